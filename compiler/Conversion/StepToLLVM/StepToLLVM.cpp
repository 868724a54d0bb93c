// Shape of a kernel:
//
//   entry:  pointers of all arrays; values of uniform coefficients
//   head:   i < end ?
//   body:   load states, inputs, per-neuron coefficients; the step; store
//   exit:   return
//
// What LLVM leaves undefined is defined here, so that a kernel neither traps
// nor differs between machines: conversions to integers saturate, divisors of 0
// are replaced. Functions of f32 become polynomials, which vectorise with the
// loop.
//
// All accesses of the body are in one access group that the loop declares
// parallel: arrays never overlap, so the vectoriser needs no run-time checks.

#include "compiler/Conversion/StepToLLVM/StepToLLVM.h"

#include "compiler/Conversion/StepToLLVM/StepOps.h"
#include "dialects/spin/IR/Spin.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace limen;

namespace {

class KernelBuilder {
public:
  KernelBuilder(ModuleOp module, StringRef name, Block &step,
                const StepSignature &signature, Type element)
      : builder(module.getContext()), loc(step.getParentOp()->getLoc()),
        step(step), signature(signature), element(element),
        pointer(LLVM::LLVMPointerType::get(module.getContext())) {
    const Type i64 = builder.getI64Type();
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(module.getContext()),
        {i64, i64, pointer, pointer, pointer, pointer, pointer});
    builder.setInsertionPointToEnd(module.getBody());
    function = LLVM::LLVMFuncOp::create(builder, loc, name, type);
    group = LLVM::AccessGroupAttr::get(
        module.getContext(), DistinctAttr::create(builder.getUnitAttr()));
  }

  /// Null after a diagnostic.
  LLVM::LLVMFuncOp build() {
    Block *entry = function.addEntryBlock(builder);
    Region &body = function.getBody();
    Block *head =
        builder.createBlock(&body, body.end(), {builder.getI64Type()}, {loc});
    Block *loop = builder.createBlock(&body);
    Block *exit = builder.createBlock(&body);

    builder.setInsertionPointToEnd(entry);
    loadPointers(entry);
    LLVM::BrOp::create(builder, loc, ValueRange{entry->getArgument(0)}, head);

    builder.setInsertionPointToEnd(head);
    index = head->getArgument(0);
    Value more = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::slt,
                                      index, entry->getArgument(1));
    LLVM::CondBrOp::create(builder, loc, more, loop, exit);

    builder.setInsertionPointToEnd(loop);
    if (failed(emitStep())) {
      function.erase();
      return {};
    }
    Value one =
        LLVM::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(1));
    Value next = LLVM::AddOp::create(builder, loc, index, one);
    auto back = LLVM::BrOp::create(builder, loc, ValueRange{next}, head);
    back.setLoopAnnotationAttr(parallelLoop());

    builder.setInsertionPointToEnd(exit);
    LLVM::ReturnOp::create(builder, loc, ValueRange{});
    return function;
  }

private:
  Value elementPointer(Value base, Type type, Value at) {
    return LLVM::GEPOp::create(builder, loc, pointer, type, base,
                               ArrayRef<LLVM::GEPArg>{at});
  }

  Value load(Value base, Type type, Value at) {
    auto load = LLVM::LoadOp::create(builder, loc, type,
                                     elementPointer(base, type, at));
    load.setAccessGroupsAttr(builder.getArrayAttr({group}));
    return load;
  }

  void store(Value base, Value value, Value at) {
    auto store = LLVM::StoreOp::create(
        builder, loc, value, elementPointer(base, value.getType(), at));
    store.setAccessGroupsAttr(builder.getArrayAttr({group}));
  }

  SmallVector<Value> loadTable(Value table, unsigned count) {
    SmallVector<Value> out;
    for (unsigned k = 0; k < count; ++k) {
      Value at = LLVM::GEPOp::create(builder, loc, pointer, pointer, table,
                                     ArrayRef<LLVM::GEPArg>{int32_t(k)});
      out.push_back(LLVM::LoadOp::create(builder, loc, pointer, at));
    }
    return out;
  }

  void loadPointers(Block *entry) {
    coefficients = loadTable(entry->getArgument(2), signature.uniform.size());
    states = loadTable(entry->getArgument(3), signature.states);
    inputs = loadTable(entry->getArgument(4), signature.receptors);
    output = entry->getArgument(5);
    for (unsigned k = 0; k < coefficients.size(); ++k)
      if (signature.uniform[k])
        coefficients[k] =
            LLVM::LoadOp::create(builder, loc, element, coefficients[k]);
    if (step.getOps<snn::UniformOp>().empty() &&
        step.getOps<spin::DrawOp>().empty())
      return;
    Value draws = entry->getArgument(6);
    for (int32_t word = 0; word < 6; ++word) {
      Value at =
          LLVM::GEPOp::create(builder, loc, pointer, builder.getI32Type(),
                              draws, ArrayRef<LLVM::GEPArg>{word});
      drawKey.push_back(
          LLVM::LoadOp::create(builder, loc, builder.getI32Type(), at));
    }
  }

  LogicalResult emitStep() {
    IRMapping mapping;
    unsigned argument = 0;
    for (unsigned k = 0; k < coefficients.size(); ++k)
      mapping.map(step.getArgument(argument++),
                  signature.uniform[k] ? coefficients[k]
                                       : load(coefficients[k], element, index));
    for (Value state : states)
      mapping.map(step.getArgument(argument++), load(state, element, index));
    for (Value input : inputs)
      mapping.map(step.getArgument(argument++), load(input, element, index));
    for (Operation &op : step.without_terminator()) {
      Value value;
      if (auto draw = dyn_cast<snn::UniformOp>(op))
        value = emitUniform(builder, draw, drawKey, index, element);
      else if (auto bits = dyn_cast<spin::DrawOp>(op))
        value = emitDraw(builder, loc, static_cast<uint64_t>(bits.getNumber()),
                         drawKey, index);
      else
        value = emitStepOp(builder, op, mapping, element);
      if (!value)
        return failure();
      mapping.map(op.getResult(0), value);
    }
    const auto yielded = step.getTerminator()->getOperands();
    for (unsigned k = 0; k < states.size(); ++k)
      store(states[k], mapping.lookup(yielded[k]), index);
    Value out = mapping.lookup(yielded[states.size()]);
    if (out.getType().isInteger(1))
      out = LLVM::ZExtOp::create(builder, loc, builder.getI8Type(), out);
    store(output, out, index);
    return success();
  }

  LLVM::LoopAnnotationAttr parallelLoop() {
    LLVM::LoopAnnotationAttr none;
    MLIRContext *context = builder.getContext();
    auto vectorize = LLVM::LoopVectorizeAttr::get(
        context, /*disable=*/builder.getBoolAttr(false), {}, {}, {}, {}, {},
        {});
    return LLVM::LoopAnnotationAttr::get(
        context, /*disableNonforced=*/{}, vectorize, /*interleave=*/{},
        /*unroll=*/{}, /*unrollAndJam=*/{}, /*licm=*/{}, /*distribute=*/{},
        /*pipeline=*/{}, /*peeled=*/{}, /*unswitch=*/{},
        /*mustProgress=*/builder.getBoolAttr(true), /*isVectorized=*/{},
        /*startLoc=*/{}, /*endLoc=*/{}, /*parallelAccesses=*/{group});
  }

  OpBuilder builder;
  Location loc;
  Block &step;
  const StepSignature &signature;
  Type element;
  LLVM::LLVMPointerType pointer;
  LLVM::LLVMFuncOp function;
  LLVM::AccessGroupAttr group;
  Value index;
  Value output;
  SmallVector<Value> coefficients, states, inputs;
  SmallVector<Value> drawKey; ///< words of jit::DrawKey
};

/// Polynomials for functions of f32; f64 keeps the library's. Without them a
/// step calls the library once per neuron.
LogicalResult approximateMath(LLVM::LLVMFuncOp function) {
  RewritePatternSet patterns(function.getContext());
  populateMathPolynomialApproximationPatterns(patterns, isApproximated);
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  return applyPatternsGreedily(function, std::move(patterns));
}

} // namespace

FailureOr<LLVM::LLVMFuncOp>
limen::buildStepKernel(ModuleOp module, StringRef name, Block &step,
                       const StepSignature &signature, Type element) {
  LLVM::LLVMFuncOp function =
      KernelBuilder(module, name, step, signature, element).build();
  if (!function)
    return failure();
  if (failed(approximateMath(function))) {
    function.erase();
    return failure();
  }

  LLVMTypeConverter converter(module.getContext());
  RewritePatternSet patterns(module.getContext());
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns);
  ConversionTarget target(*module.getContext());
  target.addLegalDialect<LLVM::LLVMDialect>();
  if (failed(applyFullConversion(function, target, std::move(patterns)))) {
    function.erase();
    return failure();
  }
  return function;
}
