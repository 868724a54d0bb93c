#include "dialects/spin/IR/Spin.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace limen::spin;

#include "dialects/spin/IR/SpinDialect.cpp.inc"

void SpinDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/spin/IR/SpinOps.cpp.inc"
      >();
}
