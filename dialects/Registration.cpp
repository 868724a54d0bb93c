#include "dialects/Registration.h"

#include "dialects/imc/IR/Imc.h"
#include "dialects/snn/IR/Snn.h"
#include "dialects/spin/IR/Spin.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

void limen::registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<snn::SnnDialect, spin::SpinDialect, imc::ImcDialect,
                  mlir::arith::ArithDialect, mlir::math::MathDialect,
                  mlir::LLVM::LLVMDialect>();
}
