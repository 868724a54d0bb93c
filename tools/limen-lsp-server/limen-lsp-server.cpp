// Language server for IR text: diagnostics, completion, go-to-definition.

#include "dialects/Registration.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Support/LLVM.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  limen::registerDialects(registry);
  return mlir::MlirLspServerMain(argc, argv, registry).failed();
}
