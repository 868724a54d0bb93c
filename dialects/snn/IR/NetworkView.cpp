#include "dialects/snn/IR/NetworkView.h"

#include "dialects/snn/IR/ModelEvaluator.h"
#include "dialects/snn/IR/RuleEvaluator.h"
#include "hw-models/base/Random.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace limen;
using namespace limen::snn;

namespace {

/// f32 elements of an attribute: borrowed for resources and dense raw data,
/// copied for splats.
network::Array<float> floats(ElementsAttr attribute) {
  if (!attribute)
    return {};
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    const ArrayRef<char> bytes = resource.getData();
    return {std::span(reinterpret_cast<const float *>(bytes.data()),
                      bytes.size() / sizeof(float)),
            nullptr};
  }
  if (auto dense = dyn_cast<DenseElementsAttr>(attribute);
      dense && !dense.isSplat()) {
    const ArrayRef<char> bytes = dense.getRawData();
    return {std::span(reinterpret_cast<const float *>(bytes.data()),
                      bytes.size() / sizeof(float)),
            nullptr};
  }
  std::vector<float> values;
  values.reserve(attribute.getNumElements());
  for (float value : attribute.getValues<float>())
    values.push_back(value);
  return network::Array<float>::own(std::move(values));
}

template <typename T> network::Array<T> integers(ElementsAttr attribute) {
  if (!attribute)
    return {};
  std::vector<T> storage;
  const ArrayRef<T> values = integersOf(attribute, storage);
  if (storage.empty())
    return {std::span(values.data(), values.size()), nullptr};
  return network::Array<T>::own(std::move(storage));
}

std::array<int64_t, 3> triple(ArrayRef<int64_t> shape) {
  return {shape[0], shape[1], shape[2]};
}
std::array<int64_t, 2> pair(ArrayRef<int64_t> values) {
  return {values[0], values[1]};
}

/// One bias value per output element of a convolution.
network::Array<float> convBias(Conv2dOp op) {
  if (!op.getBias())
    return {};
  const network::Array<float> given = floats(op.getBiasAttr());
  const ArrayRef<int64_t> out = shapeOf(op.getType());
  if (given.size() != static_cast<size_t>(out[0]) || given.size() == 1)
    return given;
  std::vector<float> spread;
  for (int64_t channel = 0; channel < out[0]; ++channel)
    spread.insert(spread.end(), out[1] * out[2], given[channel]);
  return network::Array<float>::own(std::move(spread));
}

network::Pool2d pool(Operation *op, Type in, Type out, ArrayRef<int64_t> kernel,
                     ArrayRef<int64_t> stride, ArrayRef<int64_t> padding) {
  return {triple(shapeOf(in)), triple(shapeOf(out)), pair(kernel),
          pair(stride),        pair(padding),        isa<AvgPoolOp>(op)};
}

/// Wiring, bounds and delays of random synapses.
void readRules(RandomOp op, network::Random &kind) {
  if (const WiringAttr wiring = op.getWiringAttr()) {
    kind.wiring = static_cast<network::Wiring>(wiring.getKind());
    kind.number = wiring.getNumber();
    kind.scale = wiring.getScale().getValueAsDouble();
    kind.autapses = wiring.getAutapses();
    kind.periodic = wiring.getPeriodic();
    const ArrayRef<int64_t> from = shapeOf(op.getInput().getType());
    const ArrayRef<int64_t> to = shapeOf(op.getType());
    kind.from.assign(from.begin(), from.end());
    kind.to.assign(to.begin(), to.end());
  }
  if (const auto bounds = op.getBounds()) {
    kind.low = (*bounds)[0];
    kind.high = (*bounds)[1];
  }
  if (const DelaysAttr delays = op.getDelaysAttr())
    kind.delays = network::DelayDraw{
        static_cast<network::Distribution>(delays.getDistribution()),
        delays.getA().getValueAsDouble(), delays.getB().getValueAsDouble(),
        static_cast<uint32_t>(delays.getFrom()),
        static_cast<uint32_t>(delays.getTo())};
  kind.wires =
      network::makeWires(kind, limen::snn::sizeOf(op.getInput().getType()),
                         limen::snn::sizeOf(op.getType()));
}

std::optional<network::StageKind> kindOf(Operation *op) {
  using Kind = std::optional<network::StageKind>;
  return TypeSwitch<Operation *, Kind>(op)
      .Case([](DenseOp dense) -> Kind {
        return network::Dense{floats(dense.getWeights()),
                              integers<int32_t>(dense.getDelaysAttr())};
      })
      .Case([](Conv2dOp conv) -> Kind {
        network::Conv2d kind;
        kind.weights = floats(conv.getWeights());
        kind.in = triple(shapeOf(conv.getInput().getType()));
        kind.out = triple(shapeOf(conv.getType()));
        const ArrayRef<int64_t> shape =
            conv.getWeights().getShapedType().getShape();
        kind.kernel = pair(shape.take_back(2));
        kind.depth = shape.size() == 5 ? shape[2] : 1;
        kind.stride = pair(conv.getStride());
        kind.padding = pair(conv.getPadding());
        kind.dilation = pair(conv.getDilation());
        kind.groups = conv.getGroups();
        return kind;
      })
      .Case<SumPoolOp, AvgPoolOp>([](auto op) -> Kind {
        return pool(op, op.getInput().getType(), op.getType(), op.getKernel(),
                    op.getStride(), op.getPadding());
      })
      .Case([](OneToOneOp op) -> Kind {
        return network::OneToOne{floats(op.getWeights()),
                                 integers<int32_t>(op.getDelaysAttr())};
      })
      .Case([](RandomOp op) -> Kind {
        network::Random kind;
        kind.distribution =
            static_cast<network::Distribution>(op.getDistribution());
        kind.a = op.getA().convertToDouble();
        kind.b = op.getB().convertToDouble();
        kind.density = op.getDensity().convertToDouble();
        kind.gain = op.getGain().convertToDouble();
        kind.seed = static_cast<uint64_t>(op.getSeed());
        kind.identity =
            identityOf(op.getWindowOf().value_or(op.getName()).str());
        if (const auto window = op.getWindow())
          kind.window = {static_cast<uint32_t>((*window)[0]),
                         static_cast<uint32_t>((*window)[1])};
        readRules(op, kind);
        return kind;
      })
      .Case([](SparseOp op) -> Kind {
        return network::Sparse{integers<int64_t>(op.getOffsets()),
                               integers<int32_t>(op.getTargets()),
                               floats(op.getWeights()),
                               integers<int32_t>(op.getDelaysAttr())};
      })
      .Default([](Operation *) { return std::nullopt; });
}

network::Array<float> biasOf(Operation *op) {
  if (auto dense = dyn_cast<DenseOp>(op))
    return floats(dense.getBiasAttr());
  if (auto conv = dyn_cast<Conv2dOp>(op))
    return convBias(conv);
  return {};
}

static_assert(static_cast<int>(network::Distribution::FormedPair) ==
                  static_cast<int>(DistributionKind::FormedPair),
              "the plain enum mirrors the dialect's");
static_assert(static_cast<int>(network::Wiring::OneToOne) ==
                  static_cast<int>(WiringKind::OneToOne),
              "the plain enum mirrors the dialect's");
static_assert(static_cast<int>(network::Activation::Gelu) ==
                  static_cast<int>(ActivationKind::Gelu),
              "the plain enum mirrors the dialect's");

class Viewer {
public:
  explicit Viewer(NetworkOp op) : op(op) {}

  FailureOr<network::Network> run() {
    view.name = op.getSymName().str();
    view.dt = Seconds(op.getDt().convertToDouble());
    for (Operation &member : op.getBody().front())
      if (failed(addNode(&member)))
        return failure();
    for (NeuronOp neuron : op.getBody().front().getOps<NeuronOp>())
      if (failed(addProjections(neuron)))
        return failure();
    for (ReadoutOp readout : op.getBody().front().getOps<ReadoutOp>())
      addReadout(readout);
    for (OutputOp output : op.getBody().front().getOps<OutputOp>())
      if (failed(addOutput(output)))
        return failure();
    orderPopulations();
    return std::move(view);
  }

private:
  LogicalResult addNode(Operation *member) {
    network::Node node;
    if (auto input = dyn_cast<InputOp>(member)) {
      node.name = input.getName().str();
      node.isInput = true;
      node.spikeBits = input.getType().getBits();
      node.clips = input->hasAttr("clip");
      node.events = integers<int32_t>(input.getEventsAttr());
      node.hasEvents = input.getEventsAttr() != nullptr;
    } else if (auto neuron = dyn_cast<NeuronOp>(member)) {
      node.name = neuron.getName().str();
      if (auto latency = neuron->getAttrOfType<IntegerAttr>("latency"))
        node.latency = static_cast<unsigned>(latency.getInt());
      if (neuron.getKernel())
        node.kernel = neuron.getKernel()->str();
      FailureOr<network::Model> model = prepareModel(neuron);
      if (failed(model))
        return failure();
      node.model = std::move(*model);
    } else {
      return success();
    }
    const Type type = member->getResult(0).getType();
    node.shape.assign(shapeOf(type).begin(), shapeOf(type).end());
    node.size = limen::snn::sizeOf(type);
    nodes[member] = view.nodes.size();
    view.nodes.push_back(std::move(node));
    return success();
  }

  LogicalResult addProjections(NeuronOp neuron) {
    for (auto [index, current] : llvm::enumerate(neuron.getCurrents())) {
      network::Projection projection;
      projection.target = nodes[neuron];
      projection.receptor =
          neuron.getReceptors() ? (*neuron.getReceptors())[index] : 0;
      Value value = current;
      // Outermost first; reversed below.
      while (Operation *member = value.getDefiningOp()) {
        if (isa<InputOp, NeuronOp>(member))
          break;
        if (isa<ReadoutOp>(member) || member->getNumOperands() != 1)
          return member->emitOpError() << "cannot drive a neuron";
        projection.delay += delayOf(member);
        if (auto bits = member->getAttrOfType<IntegerAttr>("weight_bits"))
          projection.weightBits = std::min<unsigned>(
              projection.weightBits, static_cast<unsigned>(bits.getInt()));
        if (member->hasAttr(plasticityName)) {
          FailureOr<network::Plasticity> rule = prepareRule(member);
          if (failed(rule))
            return failure();
          projection.plasticity = std::move(*rule);
        }
        if (std::optional<network::StageKind> kind = kindOf(member)) {
          network::Stage stage;
          stage.kind = std::move(*kind);
          stage.inputs = limen::snn::sizeOf(member->getOperand(0).getType());
          stage.outputs = limen::snn::sizeOf(member->getResult(0).getType());
          stage.bias = biasOf(member);
          const auto [shortest, longest] = ownDelays(member);
          stage.shortestDelay = static_cast<uint32_t>(shortest);
          stage.longestDelay = static_cast<uint32_t>(longest);
          stage.keepsZeros = member->hasAttr(plasticityName);
          projection.stages.push_back(std::move(stage));
        }
        value = member->getOperand(0);
        if (projection.stages.size() >
            op.getBody().front().getOperations().size())
          return neuron.emitOpError() << "is driven by a cycle without neurons";
      }
      Operation *source = value.getDefiningOp();
      projection.source = nodes[source];
      // A value neuron may drive another one directly.
      if (projection.stages.empty()) {
        network::Stage identity;
        identity.kind = network::OneToOne{network::Array<float>::own({1.0f})};
        identity.inputs = identity.outputs =
            limen::snn::sizeOf(value.getType());
        projection.stages.push_back(std::move(identity));
      }
      std::reverse(projection.stages.begin(), projection.stages.end());
      projection.name = view.nodes[projection.source].name + " -> " +
                        view.nodes[projection.target].name;
      view.projections.push_back(std::move(projection));
    }
    return success();
  }

  /// After the readouts that it reads; there are no cycles of them.
  void addReadout(ReadoutOp readout) {
    if (readouts.contains(readout))
      return;
    network::Readout out;
    out.name = readout.getName().str();
    Operation *input = readout.getInput().getDefiningOp();
    if (auto before = dyn_cast<ReadoutOp>(input)) {
      addReadout(before);
      out.before = readouts[before];
      out.source = view.readouts[*out.before].source;
    } else {
      out.source = nodes[input];
    }
    out.activation = static_cast<network::Activation>(
        readout.getActivation().value_or(ActivationKind::None));
    out.classes = limen::snn::sizeOf(readout.getType());
    out.weights = floats(readout.getWeights());
    out.bias = floats(readout.getBiasAttr());
    readouts[readout] = view.readouts.size();
    view.readouts.push_back(std::move(out));
  }

  LogicalResult addOutput(OutputOp output) {
    Operation *source = output.getValue().getDefiningOp();
    // Shape changes do not matter to a flat result.
    while (auto reshape = dyn_cast_or_null<ReshapeOp>(source))
      source = reshape.getInput().getDefiningOp();
    if (auto it = readouts.find(source); it != readouts.end())
      view.outputs.push_back({output.getName().str(), it->second, true});
    else if (auto node = nodes.find(source); node != nodes.end())
      view.outputs.push_back({output.getName().str(), node->second, false});
    else
      return output.emitOpError()
             << "must return an snn.neuron, an snn.input or an snn.readout";
    return success();
  }

  /// Kahn's algorithm over zero-delay projections, lowest index first.
  void orderPopulations() {
    std::vector<unsigned> waiting(view.nodes.size(), 0);
    auto counts = [&](const network::Projection &p) {
      return p.delay == 0 && !view.nodes[p.source].isInput;
    };
    for (const network::Projection &p : view.projections)
      waiting[p.target] += counts(p);
    std::vector<unsigned> ready;
    for (unsigned i = view.nodes.size(); i-- > 0;)
      if (!view.nodes[i].isInput && waiting[i] == 0)
        ready.push_back(i);
    while (!ready.empty()) {
      const unsigned next = ready.back();
      ready.pop_back();
      view.order.push_back(next);
      for (const network::Projection &p : view.projections)
        if (counts(p) && p.source == next && --waiting[p.target] == 0)
          ready.push_back(p.target);
      std::sort(ready.rbegin(), ready.rend());
    }
  }

  NetworkOp op;
  network::Network view;
  llvm::DenseMap<Operation *, unsigned> nodes;
  llvm::DenseMap<Operation *, unsigned> readouts;
};

} // namespace

FailureOr<network::Network> limen::snn::viewNetwork(NetworkOp op) {
  return Viewer(op).run();
}

NetworkOp limen::snn::theNetwork(ModuleOp module) {
  NetworkOp found;
  for (NetworkOp network : module.getOps<NetworkOp>()) {
    if (found) {
      network.emitOpError() << "is the second network of the module; one was "
                               "wanted";
      return {};
    }
    found = network;
  }
  if (!found)
    module.emitError() << "holds no snn.network";
  return found;
}
