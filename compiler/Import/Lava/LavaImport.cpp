#include "compiler/Import/Lava/LavaImport.h"

#include "compiler/Import/Lava/LavaNet.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "dialects/support/Diagnostics.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Verifier.h"

#include <fmt/format.h>

using namespace mlir;
using namespace limen;
using namespace limen::lava;

namespace {

class NetworkBuilder {
public:
  NetworkBuilder(const Net &net, ModuleOp module)
      : net(net), module(module), builder(module.getContext()) {}

  Result<void> run(double dt);

private:
  Location at(const std::string &path) {
    return NameLoc::get(
        builder.getStringAttr(Place{net.file, 0, 0, path}.text()));
  }
  template <typename T>
  ElementsAttr array(const std::string &name, ArrayRef<int64_t> shape,
                     const std::vector<T> &values);
  Attribute parameter(const std::vector<double> &values,
                      const h5::Shape &shape);
  Result<Value> synapses(const Layer &layer, Value input,
                         ArrayRef<int32_t> delays);

  const Net &net;
  ModuleOp module;
  OpBuilder builder;
};

/// Small arrays in the text, large ones as resources.
template <typename T>
ElementsAttr NetworkBuilder::array(const std::string &name,
                                   ArrayRef<int64_t> shape,
                                   const std::vector<T> &values) {
  Type element = builder.getF32Type();
  if constexpr (std::is_integral_v<T>)
    element = builder.getIntegerType(8 * sizeof(T));
  const auto type = RankedTensorType::get(shape, element);
  if (values.size() <= 64)
    return DenseElementsAttr::get(type, ArrayRef<T>(values));
  return DenseResourceElementsAttr::get(
      type, name,
      HeapAsmResourceBlob::allocateAndCopyInferAlign(ArrayRef<T>(values)));
}

Attribute NetworkBuilder::parameter(const std::vector<double> &values,
                                    const h5::Shape &shape) {
  if (llvm::all_equal(values))
    return builder.getF64FloatAttr(values.front());
  return DenseElementsAttr::get(
      RankedTensorType::get(shape, builder.getF64Type()),
      ArrayRef<double>(values));
}

/// The synapses of `layer`; `delays` are those behind the source's neurons.
Result<Value> NetworkBuilder::synapses(const Layer &layer, Value input,
                                       ArrayRef<int32_t> delays) {
  const Type type = snn::CurrentType::get(builder.getContext(), layer.out);
  const std::string name = layer.path + ".weight";
  const ElementsAttr weights =
      array(name, layer.weight.shape, layer.weight.values);
  const bool uniform = llvm::all_equal(delays);
  const int64_t common = 1 + (uniform && !delays.empty() ? delays.front() : 0);
  if (layer.isConv) {
    if (!uniform)
      return Error("the delays of the layer before differ, which a "
                   "convolution cannot express",
                   Place{net.file, 0, 0, layer.path});
    return Value(snn::Conv2dOp::create(
        builder, at(layer.path), type, input, weights, ElementsAttr(),
        builder.getDenseI64ArrayAttr(layer.stride),
        builder.getDenseI64ArrayAttr(layer.padding),
        builder.getDenseI64ArrayAttr(layer.dilation),
        builder.getI64IntegerAttr(layer.groups),
        builder.getI64IntegerAttr(common)));
  }
  ElementsAttr own;
  if (!uniform) {
    std::vector<int32_t> each;
    for (int64_t row = 0; row < layer.weight.shape[0]; ++row)
      each.insert(each.end(), delays.begin(), delays.end());
    own = array(layer.path + ".delay", layer.weight.shape, each);
  }
  return Value(snn::DenseOp::create(builder, at(layer.path), type, input,
                                    weights, ElementsAttr(), own,
                                    builder.getI64IntegerAttr(common)));
}

Result<void> NetworkBuilder::run(double dt) {
  builder.setInsertionPointToEnd(module.getBody());
  auto network =
      snn::NetworkOp::create(builder, at({}), builder.getStringAttr("network"),
                             builder.getF64FloatAttr(dt));
  builder.createBlock(&network.getBody());
  Value signal = snn::InputOp::create(
      builder, at("/layer"),
      snn::SpikesType::get(builder.getContext(), net.input, 1),
      builder.getStringAttr("input"), ElementsAttr());
  std::vector<int32_t> delays;
  StringAttr name;
  for (const Layer &layer : net.layers) {
    Result<Value> current = synapses(layer, signal, delays);
    if (!current)
      return current.takeError();
    NamedAttrList list;
    list.set("i_decay", parameter(layer.iDecay, layer.out));
    list.set("v_decay", parameter(layer.vDecay, layer.out));
    list.set("v_threshold", parameter(layer.threshold, layer.out));
    if (!layer.bias.empty())
      list.set("bias", parameter(layer.bias, layer.out));
    name = builder.getStringAttr("layer" +
                                 layer.path.substr(layer.path.rfind('/') + 1));
    signal = snn::NeuronOp::create(
        builder, at(layer.path),
        snn::SpikesType::get(builder.getContext(), layer.out, 1), name,
        FlatSymbolRefAttr::get(builder.getContext(), "lava_cuba"),
        ValueRange(*current), list.getDictionary(builder.getContext()),
        DenseI32ArrayAttr(), FlatSymbolRefAttr(), DictionaryAttr());
    delays = layer.delay;
  }
  snn::OutputOp::create(builder, at(net.layers.back().path), name, signal);
  return {};
}

} // namespace

Result<OwningOpRef<ModuleOp>>
limen::lava::importLava(const std::string &file, MLIRContext *context,
                        std::vector<std::string> &assumptions) {
  Result<Net> net = readNet(file, assumptions);
  if (!net)
    return net.takeError();
  if (!net->stepMs)
    assumptions.push_back("a step is 1 ms: the file does not say it, and its "
                          "integer arithmetic does not depend on it");
  assumptions.push_back("a spike acts one step later, as in Lava, on every "
                        "layer");
  if (!net->layers.back().delay.empty())
    assumptions.push_back("the delays behind the last layer are not applied: "
                          "its spikes leave the network");
  context
      ->loadDialect<snn::SnnDialect, arith::ArithDialect, math::MathDialect>();
  DiagnosticCollector diagnostics(context);
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(NameLoc::get(StringAttr::get(context, file)));
  if (!snn::getOrInsertModel(*module, "lava_cuba"))
    return diagnostics.takeError("the library has no model 'lava_cuba'");
  if (Result<void> done =
          NetworkBuilder(*net, *module).run(net->stepMs.value_or(1) * 1e-3);
      !done)
    return done.takeError();
  if (failed(verify(*module)))
    return diagnostics.takeError(file + ": the network is not valid");
  return module;
}
