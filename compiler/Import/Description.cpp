#include "compiler/Import/Description.h"

#include "compiler/Import/DescriptionSchema.h"
#include "dialects/support/Diagnostics.h"
#include "hw-models/base/Files.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
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
      signals.push_back(node.model ? emitPopulation(node) : emitInput(node));
    for (const Projection &projection : description.projections)
      emitProjection(projection);
    builder.setInsertionPointToEnd(&network.getBody().front());
    if (description.readout)
      emitReadout(*description.readout);
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
    return snn::InputOp::create(
        builder, at(node.place),
        snn::SpikesType::get(builder.getContext(), node.shape, node.spikeBits),
        builder.getStringAttr(node.name));
  }

  Value emitPopulation(const Node &node) {
    snn::ModelOp model = node.model;
    SmallVector<NamedAttribute> parameters;
    for (const auto &[name, values] : node.parameters) {
      Attribute value = builder.getF64FloatAttr(values.front());
      if (values.size() > 1)
        value = DenseElementsAttr::get(
            RankedTensorType::get({static_cast<int64_t>(values.size())},
                                  builder.getF64Type()),
            ArrayRef<double>(values));
      parameters.push_back(builder.getNamedAttr(name, value));
    }
    Type type;
    if (model.isSpiking())
      type = snn::SpikesType::get(builder.getContext(), node.shape);
    else
      type = snn::CurrentType::get(builder.getContext(), node.shape);
    return snn::NeuronOp::create(builder, at(node.place), type,
                                 builder.getStringAttr(node.name),
                                 FlatSymbolRefAttr::get(model), ValueRange(),
                                 builder.getDictionaryAttr(parameters),
                                 DenseI32ArrayAttr(), FlatSymbolRefAttr());
  }

  void emitProjection(const Projection &projection) {
    auto neuron = signals[projection.target].getDefiningOp<snn::NeuronOp>();
    builder.setInsertionPoint(neuron);
    SmallVector<int32_t> receptors(neuron.getCurrents().size(), 0);
    if (auto given = neuron.getReceptors())
      receptors.assign(given->begin(), given->end());
    receptors.push_back(static_cast<int32_t>(projection.receptor));
    neuron.getCurrentsMutable().append(emitSynapses(projection));
    if (llvm::any_of(receptors, [](int32_t r) { return r != 0; }))
      neuron.setReceptors(receptors);
  }

  Value emitSynapses(const Projection &projection) {
    const Node &source = description.nodes[projection.source];
    const Node &target = description.nodes[projection.target];
    const Location loc = at(projection.place);
    const Value input = signals[projection.source];
    const Type type = snn::CurrentType::get(builder.getContext(), target.shape);
    const auto delay =
        builder.getI64IntegerAttr(static_cast<int64_t>(projection.delay));
    const auto weight = static_cast<float>(projection.gain * projection.a);
    if (projection.rule == Rule::OneToOne)
      return snn::OneToOneOp::create(builder, loc, type, input,
                                     constant({}, weight), delay);
    if (projection.rule == Rule::Dense &&
        projection.distribution == snn::DistributionKind::Constant)
      return snn::DenseOp::create(builder, loc, type, input,
                                  constant({target.size, source.size}, weight),
                                  ElementsAttr(), delay);
    return snn::RandomOp::create(
        builder, loc, type, builder.getStringAttr(projection.name), input,
        snn::DistributionKindAttr::get(builder.getContext(),
                                       projection.distribution),
        builder.getF64FloatAttr(projection.a),
        builder.getF64FloatAttr(projection.b),
        builder.getF64FloatAttr(projection.density),
        builder.getF64FloatAttr(projection.gain),
        builder.getI64IntegerAttr(static_cast<int64_t>(projection.seed)),
        delay);
  }

  void emitReadout(const Readout &readout) {
    const Node &source = description.nodes[readout.source];
    const Location loc = at(readout.place);
    const StringAttr name = builder.getStringAttr("readout");
    Value scores = snn::ReadoutOp::create(
        builder, loc,
        snn::ScoresType::get(builder.getContext(), {readout.classes}), name,
        signals[readout.source], constant({readout.classes, source.size}, 0),
        ElementsAttr());
    snn::OutputOp::create(builder, loc, name, scores);
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

Result<OwningOpRef<ModuleOp>>
limen::importDescriptionText(const std::string &text, const std::string &file,
                             MLIRContext *context,
                             std::vector<std::string> &assumptions) {
  context
      ->loadDialect<snn::SnnDialect, arith::ArithDialect, math::MathDialect>();
  Result<YamlDocument> document = YamlDocument::parse(text, file);
  if (!document)
    return document.takeError();
  DiagnosticCollector diagnostics(context);
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(FileLineColLoc::get(context, file, 1, 1));
  const Description description =
      description::read(*document, *module, assumptions);
  if (!document->errors().empty()) {
    Error error = document->errors().front();
    for (const Error &other : llvm::drop_begin(document->errors()))
      error.note("also at " + other.place.text() + ": " + other.message);
    return error;
  }
  Emitter(description, *module).run();
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
