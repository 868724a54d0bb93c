// Runs passes on IR, for compiler people and tests.

#include "compiler/Pipelines/Pipelines.h"
#include "dialects/Registration.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::registerTransformsPasses();
  limen::registerPasses();
  mlir::DialectRegistry registry;
  limen::registerDialects(registry);
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Limen optimizer driver\n", registry));
}
