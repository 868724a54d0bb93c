// Runs passes on IR, for compiler people and tests.

#include "compiler/Conversion/SnnToImc/SnnToImc.h"
#include "compiler/Conversion/SnnToLLVM/SnnToLLVM.h"
#include "compiler/Conversion/SnnToSpin/SnnToSpin.h"
#include "dialects/Registration.h"
#include "dialects/imc/Transforms/ImcPasses.h"
#include "dialects/spin/Transforms/SpinPasses.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::registerTransformsPasses();
  limen::registerConvertSnnToImcPass();
  limen::registerConvertSnnToLLVMPass();
  limen::registerConvertSnnToSpinPass();
  limen::registerConvertSpinKernelsToLLVMPass();
  limen::registerImcVerifyProgramPass();
  limen::registerSpinVerifyProgramPass();
  mlir::DialectRegistry registry;
  limen::registerDialects(registry);
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Limen optimizer driver\n", registry));
}
