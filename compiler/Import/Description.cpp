#include "compiler/Import/Description.h"

#include "compiler/Import/DescriptionSchema.h"
#include "dialects/snn/IR/Arrays.h"
#include "dialects/support/Diagnostics.h"
#include "hw-models/base/Files.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace limen;
using namespace limen::description;

namespace {

/// Writes a checked description as IR. Neurons come first without operands:
/// recurrent projections need their results.
class Emitter {
public:
  Emitter(const Description &description, ModuleOp module)
      : description(description), builder(module.getBodyRegion()),
        body(module) {}

  void run() {
    builder.setInsertionPointToEnd(body.getBody());
    auto network = snn::NetworkOp::create(
        builder, at(description.place), builder.getStringAttr(description.name),
        builder.getF64FloatAttr(description.dt.value()));
    builder.createBlock(&network.getBody());
    for (const Node &node : description.nodes)
      signals.push_back(node.isInput ? emitInput(node) : emitPopulation(node));
    for (const Projection &projection : description.projections)
      emitProjection(projection);
    builder.setInsertionPointToEnd(&network.getBody().front());
    for (const Readout &readout : description.readouts)
      emitReadout(readout);
    for (const Output &output : description.outputs)
      snn::OutputOp::create(
          builder, at(output.place),
          builder.getStringAttr(description.nodes[output.node].name),
          signals[output.node]);
  }

private:
  Location at(const Place &place) {
    return FileLineColLoc::get(builder.getContext(), place.file, place.line,
                               place.column);
  }

  Value emitInput(const Node &node) {
    ElementsAttr events;
    if (node.hasSpikes) {
      std::vector<int32_t> flat;
      for (auto [step, element] : node.spikes)
        flat.insert(flat.end(), {step, element});
      events =
          array<int32_t>(node.name + "_events",
                         {static_cast<int64_t>(node.spikes.size()), 2}, flat);
    }
    return snn::InputOp::create(
        builder, at(node.place),
        snn::SpikesType::get(builder.getContext(), node.shape, node.spikeBits),
        builder.getStringAttr(node.name), events);
  }

  Value emitPopulation(const Node &node) {
    snn::ModelOp model = node.model;
    Type type;
    if (model.isSpiking())
      type = snn::SpikesType::get(builder.getContext(), node.shape);
    else
      type = snn::CurrentType::get(builder.getContext(), node.shape);
    return snn::NeuronOp::create(
        builder, at(node.place), type, builder.getStringAttr(node.name),
        FlatSymbolRefAttr::get(model), ValueRange(),
        valuesOf(node, node.parameters), DenseI32ArrayAttr(),
        FlatSymbolRefAttr(),
        node.initial.empty() ? DictionaryAttr() : valuesOf(node, node.initial));
  }

  /// Parameters or initial states, by name.
  DictionaryAttr valuesOf(
      const Node &node,
      const std::vector<std::pair<std::string, std::vector<double>>> &given) {
    SmallVector<NamedAttribute> entries;
    for (const auto &[name, values] : given) {
      Attribute value = builder.getF64FloatAttr(values.front());
      if (values.size() > 1)
        value = array<double>(node.name + "_" + name,
                              {static_cast<int64_t>(values.size())}, values);
      entries.push_back(builder.getNamedAttr(name, value));
    }
    return builder.getDictionaryAttr(entries);
  }

  void emitProjection(const Projection &projection) {
    auto neuron = signals[projection.target].getDefiningOp<snn::NeuronOp>();
    builder.setInsertionPoint(neuron);
    SmallVector<int32_t> receptors(neuron.getCurrents().size(), 0);
    if (auto given = neuron.getReceptors())
      receptors.assign(given->begin(), given->end());
    receptors.push_back(static_cast<int32_t>(projection.receptor));
    const Value current = emitSynapses(projection);
    if (projection.learning)
      current.getDefiningOp()->setAttr(snn::plasticityName,
                                       emitLearning(*projection.learning));
    neuron.getCurrentsMutable().append(current);
    if (llvm::any_of(receptors, [](int32_t r) { return r != 0; }))
      neuron.setReceptors(receptors);
  }

  snn::PlasticityAttr emitLearning(const Learning &learning) {
    SmallVector<NamedAttribute> entries;
    for (const auto &[name, value] : learning.parameters)
      entries.push_back(
          builder.getNamedAttr(name, builder.getF64FloatAttr(value)));
    return snn::PlasticityAttr::get(
        builder.getContext(),
        FlatSymbolRefAttr::get(builder.getContext(), learning.rule),
        builder.getDictionaryAttr(entries));
  }

  Value emitSynapses(const Projection &projection) {
    const Node &source = description.nodes[projection.source];
    const Node &target = description.nodes[projection.target];
    const Location loc = at(projection.place);
    const Value input = signals[projection.source];
    const Type type = snn::CurrentType::get(builder.getContext(), target.shape);
    const auto delay =
        builder.getI64IntegerAttr(static_cast<int64_t>(projection.delay));
    const Draw &weights = projection.weights;
    const bool constant =
        weights.distribution == snn::DistributionKind::Constant;
    if (projection.rule == Rule::List) {
      const auto count = static_cast<int64_t>(projection.targets.size());
      return snn::SparseOp::create(
          builder, loc, type, input,
          array<int64_t>(projection.name + "_offsets", {source.size + 1},
                         projection.offsets),
          array<int32_t>(projection.name + "_targets", {count},
                         projection.targets),
          weightsOf(projection, projection.values.empty()
                                    ? SmallVector<int64_t>{1}
                                    : SmallVector<int64_t>{count}),
          delaysOf(projection, {count}), delay);
    }
    if (projection.rule == Rule::Convolution)
      return emitConvolution(projection, input, target, delay);
    if (projection.rule == Rule::Pool)
      return emitPool(projection, input, target, delay);
    const bool plain = projection.autapses && !projection.delays;
    const bool listed = constant || !projection.values.empty();
    if (plain && listed && projection.wiring == snn::WiringKind::OneToOne)
      return snn::OneToOneOp::create(
          builder, loc, type, input,
          weightsOf(projection, projection.values.empty()
                                    ? SmallVector<int64_t>{}
                                    : SmallVector<int64_t>{target.size}),
          delaysOf(projection, {target.size}), delay);
    // One weight for more pairs than an array can have stays a rule.
    const bool fits = target.size <= snn::maxElements / source.size;
    if (projection.rule == Rule::Dense && plain && listed &&
        (fits || !projection.values.empty())) {
      const int64_t shape[] = {target.size, source.size};
      return snn::DenseOp::create(builder, loc, type, input,
                                  weightsOf(projection, shape), ElementsAttr(),
                                  delaysOf(projection, shape), delay);
    }
    return emitRandom(projection, input, type, delay);
  }

  ElementsAttr delaysOf(const Projection &projection, ArrayRef<int64_t> shape) {
    if (projection.synapseDelays.empty())
      return {};
    return array<int32_t>(projection.name + "_delays", shape,
                          projection.synapseDelays);
  }

  /// Channels x length as channels x 1 x length; other shapes as they are.
  static SmallVector<int64_t> grid(ArrayRef<int64_t> shape) {
    if (shape.size() == 2)
      return {shape[0], 1, shape[1]};
    return SmallVector<int64_t>(shape);
  }

  Value reshaped(Location loc, Value value, ArrayRef<int64_t> shape) {
    if (snn::shapeOf(value.getType()) == shape)
      return value;
    Type type = snn::CurrentType::get(builder.getContext(), shape);
    if (auto spikes = dyn_cast<snn::SpikesType>(value.getType()))
      type =
          snn::SpikesType::get(builder.getContext(), shape, spikes.getBits());
    return snn::ReshapeOp::create(builder, loc, type, value);
  }

  Value emitConvolution(const Projection &projection, Value input,
                        const Node &target, IntegerAttr delay) {
    const Location loc = at(projection.place);
    const Value in = reshaped(loc, input, grid(snn::shapeOf(input.getType())));
    const Value result = snn::Conv2dOp::create(
        builder, loc,
        snn::CurrentType::get(builder.getContext(), grid(target.shape)), in,
        weightsOf(projection, projection.kernelShape), ElementsAttr(),
        builder.getDenseI64ArrayAttr(projection.stride),
        builder.getDenseI64ArrayAttr(projection.padding),
        builder.getDenseI64ArrayAttr(projection.dilation),
        builder.getI64IntegerAttr(projection.groups), delay);
    return reshaped(loc, result, target.shape);
  }

  /// A pool, and a weight behind it.
  Value emitPool(const Projection &projection, Value input, const Node &target,
                 IntegerAttr delay) {
    const Location loc = at(projection.place);
    const SmallVector<int64_t> out = grid(target.shape);
    const Value in = reshaped(loc, input, grid(snn::shapeOf(input.getType())));
    const auto kernel = builder.getDenseI64ArrayAttr(projection.kernelShape);
    const auto stride = builder.getDenseI64ArrayAttr(projection.stride);
    const auto padding = builder.getDenseI64ArrayAttr(projection.padding);
    Type type = snn::CurrentType::get(builder.getContext(), out);
    Value pooled;
    if (projection.average) {
      pooled = snn::AvgPoolOp::create(builder, loc, type, in, kernel, stride,
                                      padding);
    } else {
      if (auto spikes = dyn_cast<snn::SpikesType>(in.getType()))
        type = snn::SpikesType::get(
            builder.getContext(), out,
            snn::pooledBits(spikes.getBits(), projection.kernelShape[0] *
                                                  projection.kernelShape[1]));
      pooled = snn::SumPoolOp::create(builder, loc, type, in, kernel, stride,
                                      padding);
    }
    return snn::OneToOneOp::create(
        builder, loc, snn::CurrentType::get(builder.getContext(), target.shape),
        pooled,
        weightsOf(projection, projection.values.empty()
                                  ? SmallVector<int64_t>{}
                                  : SmallVector<int64_t>{target.size}),
        ElementsAttr(), delay);
  }

  Value emitRandom(const Projection &projection, Value input, Type type,
                   IntegerAttr delay) {
    const Draw &weights = projection.weights;
    auto number = [&](double value) { return builder.getF64FloatAttr(value); };
    snn::WiringAttr wiring;
    if (projection.wiring != snn::WiringKind::Pairwise || !projection.autapses)
      wiring = snn::WiringAttr::get(builder.getContext(), projection.wiring,
                                    projection.number, number(projection.scale),
                                    projection.autapses, projection.periodic);
    DenseF64ArrayAttr bounds;
    if (weights.isBounded()) {
      // The dialect bounds weights after the gain.
      double low = weights.low * projection.gain;
      double high = weights.high * projection.gain;
      if (low > high)
        std::swap(low, high);
      bounds = builder.getDenseF64ArrayAttr({low, high});
    }
    snn::DelaysAttr delays;
    if (const std::optional<Draw> &draw = projection.delays)
      delays = snn::DelaysAttr::get(builder.getContext(), draw->distribution,
                                    number(draw->a), number(draw->b),
                                    static_cast<int64_t>(draw->low),
                                    static_cast<int64_t>(draw->high));
    return snn::RandomOp::create(
        builder, at(projection.place), type,
        builder.getStringAttr(projection.name), input,
        snn::DistributionKindAttr::get(builder.getContext(),
                                       weights.distribution),
        number(weights.a), number(weights.b), number(projection.density),
        number(projection.gain),
        builder.getI64IntegerAttr(static_cast<int64_t>(projection.seed)),
        wiring, bounds, delays, StringAttr(), DenseI64ArrayAttr(), delay);
  }

  /// The weights of `projection` times its gain: those listed, or one for all.
  ElementsAttr weightsOf(const Projection &projection,
                         ArrayRef<int64_t> shape) {
    if (projection.values.empty())
      return constant(
          shape, static_cast<float>(projection.gain * projection.weights.a));
    std::vector<float> values = projection.values;
    if (projection.gain != 1)
      for (float &value : values)
        value = static_cast<float>(value * projection.gain);
    return array<float>(projection.name + "_weights", shape, values);
  }

  /// Small arrays in the text, large ones as resources.
  template <typename T>
  ElementsAttr array(const std::string &name, ArrayRef<int64_t> shape,
                     const std::vector<T> &values) {
    Type element = std::is_same_v<T, double> ? Type(builder.getF64Type())
                                             : Type(builder.getF32Type());
    if constexpr (std::is_integral_v<T>)
      element = builder.getIntegerType(8 * sizeof(T));
    const auto type = RankedTensorType::get(shape, element);
    if (values.size() <= 64)
      return DenseElementsAttr::get(type, ArrayRef<T>(values));
    return DenseResourceElementsAttr::get(
        type, name,
        HeapAsmResourceBlob::allocateAndCopyInferAlign(ArrayRef<T>(values)));
  }

  void emitReadout(const Readout &readout) {
    Value input = signals[readout.source];
    int64_t inputs = description.nodes[readout.source].size;
    for (const auto &[index, layer] : llvm::enumerate(readout.layers)) {
      const bool last = index + 1 == readout.layers.size();
      const std::string name =
          last ? readout.name
               : readout.name + "_hidden" + std::to_string(index);
      input = snn::ReadoutOp::create(
          builder, at(layer.place),
          snn::ScoresType::get(builder.getContext(), {layer.size}),
          builder.getStringAttr(name), input,
          layer.weights.empty()
              ? constant({layer.size, inputs}, 0)
              : array<float>(name + "_weights", {layer.size, inputs},
                             layer.weights),
          layer.bias.empty()
              ? ElementsAttr()
              : array<float>(name + "_bias", {layer.size}, layer.bias),
          activationAttr(layer.activation));
      inputs = layer.size;
    }
    snn::OutputOp::create(builder, at(readout.layers.back().place),
                          builder.getStringAttr(readout.name), input);
  }

  snn::ActivationKindAttr activationAttr(snn::ActivationKind kind) {
    if (kind == snn::ActivationKind::None)
      return {};
    return snn::ActivationKindAttr::get(builder.getContext(), kind);
  }

  ElementsAttr constant(ArrayRef<int64_t> shape, float value) {
    return DenseElementsAttr::get(
        RankedTensorType::get(shape, builder.getF32Type()), value);
  }

  const Description &description;
  OpBuilder builder;
  ModuleOp body;
  SmallVector<Value> signals; ///< by node
};

} // namespace

/// The document, which is large, is gone when this returns.
static Result<Description> readChecked(const std::string &text,
                                       const std::string &file, ModuleOp module,
                                       std::vector<std::string> &assumptions) {
  Result<YamlDocument> document = YamlDocument::parse(text, file);
  if (!document)
    return document.takeError();
  Description description = description::read(*document, module, assumptions);
  if (document->errors().empty())
    return description;
  Error error = document->errors().front();
  for (const Error &other : llvm::drop_begin(document->errors()))
    error.note("also at " + other.place.text() + ": " + other.message);
  return error;
}

Result<OwningOpRef<ModuleOp>>
limen::importDescriptionText(const std::string &text, const std::string &file,
                             MLIRContext *context,
                             std::vector<std::string> &assumptions) {
  context
      ->loadDialect<snn::SnnDialect, arith::ArithDialect, math::MathDialect>();
  DiagnosticCollector diagnostics(context);
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(FileLineColLoc::get(context, file, 1, 1));
  Result<Description> description =
      readChecked(text, file, *module, assumptions);
  if (!description)
    return description.takeError();
  Emitter(*description, *module).run();
  if (failed(verify(*module)))
    return diagnostics.takeError(file + ": the network is not valid");
  return module;
}

Result<OwningOpRef<ModuleOp>>
limen::importDescription(const std::string &file, MLIRContext *context,
                         std::vector<std::string> &assumptions) {
  Result<std::string> text = readFile(file);
  if (!text)
    return text.takeError();
  return importDescriptionText(*text, file, context, assumptions);
}
