// A spiking network as plain data: what every engine and every mapping reads.
//
// It is the `snn` dialect without MLIR: nodes (inputs and populations),
// projections (chains of linear stages, still symbolic), readouts. Weights are
// borrowed from the IR or from a mapped file and shared, never copied.
//
// Signals are flat: index = row-major position in the node's shape.
#pragma once

#include "hw-models/base/Quantity.h"

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace limen::network {

using Shape = std::vector<int64_t>;

/// Number of elements of a shape (1 for a scalar).
int64_t sizeOf(const Shape &shape);

/// "2x34x34".
std::string toString(const Shape &shape);

/// A read-only array and whatever keeps it alive.
template <typename T> struct Array {
  std::span<const T> values;
  std::shared_ptr<const void> owner;

  static Array own(std::vector<T> data) {
    auto kept = std::make_shared<const std::vector<T>>(std::move(data));
    return {std::span<const T>(*kept), kept};
  }
  bool empty() const { return values.empty(); }
  size_t size() const { return values.size(); }
  const T &operator[](size_t i) const { return values[i]; }
  /// Element `i` of an array that holds one value per element or one for all.
  const T &broadcast(size_t i) const {
    return values.size() == 1 ? values[0] : values[i];
  }
};

//===----------------------------------------------------------------------===//
// Linear stages: what lies between two nodes
//===----------------------------------------------------------------------===//

/// y = W x. Weights are row-major [outputs, inputs].
struct Dense {
  Array<float> weights;
  Array<int32_t> delays = {}; ///< steps, one per weight, or empty
};

/// Synapses listed one by one, by source. Several may join one pair.
struct Sparse {
  Array<int64_t> offsets; ///< inputs + 1 places in the lists
  Array<int32_t> targets; ///< ascending for each source
  Array<float> weights;   ///< one per synapse, or one for all
  Array<int32_t> delays;  ///< steps, one per synapse, or empty
};

/// Cross-correlation, channels first. Weights are [Co, Ci / groups, D, Kh, Kw];
/// taps at depth d of D add d steps of delay.
struct Conv2d {
  Array<float> weights;
  std::array<int64_t, 3> in;  ///< Ci, H, W
  std::array<int64_t, 3> out; ///< Co, H', W'
  std::array<int64_t, 2> kernel, stride, padding, dilation;
  int64_t groups = 1;
  int64_t depth = 1; ///< D
};

/// Sum, or mean over kernel area, of a window per channel.
struct Pool2d {
  std::array<int64_t, 3> in, out;
  std::array<int64_t, 2> kernel, stride, padding;
  bool average = false;
};

/// y_i = w_i x_i; one weight or one per element.
struct OneToOne {
  Array<float> weights;
  Array<int32_t> delays = {}; ///< steps, one per element, or empty
};

enum class Distribution {
  Constant,   ///< a
  Normal,     ///< mean a, standard deviation b
  Uniform,    ///< from a to b
  LogNormal,  ///< median a, standard deviation of the logarithm b
  FormedPair, ///< G+ - G-: two resistive cells, each formed with probability
              ///< `density`, then log-normal (median a, sigma b); unformed 0
};

/// Which pairs are connected.
enum class Wiring {
  Pairwise,       ///< each pair with probability `density`
  FixedTotal,     ///< `number` synapses, ends drawn with repetition
  FixedInDegree,  ///< `number` sources for each target, with repetition
  FixedOutDegree, ///< `number` targets for each source, with repetition
  Gaussian,       ///< probability density exp(-d^2 / (2 scale^2))
  Exponential,    ///< probability density exp(-d / scale)
  OneToOne,       ///< element i drives element i
};

/// Delays that are a distribution, in steps before rounding to whole ones.
struct DelayDraw {
  Distribution distribution = Distribution::Constant;
  double a = 0, b = 0;
  uint32_t from = 0, to = 0; ///< drawn again outside of [from, to]
};

class Wires;

/// Synapses that are a rule and distributions, not a tensor: which pairs, with
/// weight `gain` x a draw, after which delay. All are functions of (seed,
/// identity, what is drawn) alone.
struct Random {
  Distribution distribution = Distribution::Normal;
  double a = 0, b = 1;
  double density = 1;
  double gain = 1;
  uint64_t seed = 0;
  uint32_t identity = 0; ///< base::identityOf the op's name

  Wiring wiring = Wiring::Pairwise;
  uint64_t number = 0;   ///< of the FIXED rules
  bool autapses = true;  ///< false: element i never drives element i
  double scale = 1;      ///< of distances; a grid has extent 1 along each axis
  bool periodic = false; ///< distances wrap around the grids
  Shape from = {}, to = {}; ///< grids of source and target
  /// Weights outside of [low, high] are drawn again.
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  std::optional<DelayDraw> delays = {};
  /// The drawn ends of FixedTotal and FixedInDegree; see makeWires().
  std::shared_ptr<const Wires> wires = {};
  /// FormedPair: the cells of element (0, 0) among those of the identity, whose
  /// array others may share.
  std::array<uint32_t, 2> window = {0, 0};
};

/// Distance of two elements on their grids, each of extent 1 along every axis
/// with element i of n at (i + 1/2) / n. Both grids have as many axes.
double gridDistance(const Shape &from, uint32_t source, const Shape &to,
                    uint32_t target, bool periodic);

/// The ends of a rule that does not draw source by source. Drawn on first use;
/// thread-safe. Null for other rules.
std::shared_ptr<const Wires> makeWires(const Random &random, int64_t inputs,
                                       int64_t outputs);

using StageKind = std::variant<Dense, Conv2d, Pool2d, OneToOne, Random, Sparse>;

/// One linear map from `inputs` to `outputs` flat elements.
struct Stage {
  StageKind kind;
  int64_t inputs = 0;
  int64_t outputs = 0;
  /// One per output, or empty. Added once per step.
  Array<float> bias;
  /// Synapses of weight 0 exist: a rule may change them.
  bool keepsZeros = false;
  /// Where synapses have delays of their own: the shortest (already part of
  /// Projection::delay) and the longest, in steps.
  uint32_t shortestDelay = 0, longestDelay = 0;
};

/// One synapse of a stage: `target` receives `weight` x the source's value,
/// `delay` steps after the projection's delay.
struct Synapse {
  uint32_t target;
  float weight;
  uint32_t delay = 0;
};

/// Appends the synapses of `source` in ascending order of target. Weights that
/// are exactly zero are left out.
void appendSynapses(const Stage &stage, uint32_t source,
                    std::vector<Synapse> &out);

/// The conductances (G+, G-) behind one FormedPair synapse, before gain.
std::array<double, 2> formedPair(const Random &random, uint32_t source,
                                 uint32_t target);

/// Weights that the stage stores; 0 for a random one.
uint64_t weightCount(const Stage &stage);

//===----------------------------------------------------------------------===//
// Nodes and projections
//===----------------------------------------------------------------------===//

/// A coefficient of a neuron model after its `prepare` region: one value for
/// all neurons or one each, in double precision.
struct Coefficient {
  std::string name;
  Array<double> values;
};

struct State {
  std::string name;
  Array<double> initial; ///< one value, or one per neuron
};

/// Operations of one neuron step, counted from the model's region.
struct StepOps {
  uint64_t add = 0, multiply = 0, compare = 0, select = 0, other = 0;
};

/// The neuron model of a population, prepared for its dt and parameters.
struct Model {
  std::string name; ///< symbol of the snn.model
  std::vector<Coefficient> coefficients;
  std::vector<State> states;
  std::vector<std::string> receptors;
  bool spiking = true; ///< false: the output is a value (LI)
  StepOps ops;
};

/// An input or a population.
struct Node {
  std::string name;
  Shape shape;
  int64_t size = 0;
  bool isInput = false;
  unsigned spikeBits = 1; ///< b_s of what it emits
  bool clips = false;     ///< inputs: counts that need more bits are cut
  /// Inputs: spikes of its own instead of a sample's, [step, element] by step.
  Array<int32_t> events = {};
  bool hasEvents = false; ///< also where `events` is empty
  unsigned latency = 0;   ///< steps by which retiming made it run later
  Model model;            ///< populations only
  std::string kernel;     ///< symbol of its compiled step, set by a lowering
};

/// The learning rule of a projection, prepared for its dt and parameters
/// (snn.rule).
struct Plasticity {
  std::string rule; ///< symbol of the snn.rule
  unsigned preTraces = 0, postTraces = 0;
  std::vector<double> decays; ///< a step: traces of the source, of the target
  double lowest = 0, highest = 0;
  std::vector<double> coefficients;
  /// Symbols of its compiled events (where a lowering made them): what a spike
  /// of the source or the target does to weights, and to the traces of its
  /// side.
  std::string onPre, onPost, preTrace, postTrace;
};

/// A chain of linear stages from a node to one receptor of a population.
struct Projection {
  std::string name;
  unsigned source = 0;   ///< index into Network::nodes
  unsigned target = 0;   ///< index into Network::nodes, a population
  unsigned receptor = 0; ///< index into Model::receptors
  unsigned delay = 0;    ///< whole steps, of its fastest synapses
  std::vector<Stage> stages;
  unsigned weightBits = 32; ///< b_w
  /// With a rule the chain is one stage.
  std::optional<Plasticity> plasticity = {};

  /// Steps by which its slowest synapses come after its fastest.
  uint32_t spread() const;
};

/// What a digital layer does to its sums.
enum class Activation {
  None,
  Relu, ///< max(0, x)
  Gelu, ///< x Phi(x), Phi the standard normal distribution function
};

double activate(Activation activation, double x);

/// A digital layer, computed once a sample: y = f(W x + b), with x the spike
/// counts of a node divided by the steps, or the results of another readout.
struct Readout {
  std::string name;
  unsigned source = 0; ///< the node at the beginning of the chain
  int64_t classes = 0;
  Array<float> weights; ///< [classes, inputs]
  Array<float> bias;    ///< [classes] or empty
  Activation activation = Activation::None;
  std::optional<unsigned> before =
      {}; ///< readout that it reads, of lower index

  int64_t inputs() const {
    return classes == 0 ? 0 : static_cast<int64_t>(weights.size()) / classes;
  }
  /// Its result for `x` [inputs()], in double, rounded at the end.
  std::vector<float> apply(std::span<const double> x) const;
  /// Operations of one evaluation, none left out for zeros: a multiplication
  /// and an addition for each weight, an addition for each bias, a division by
  /// the steps for each spike count (as a multiplication), and the activation:
  /// a comparison and a selection, or a function and a multiplication.
  StepOps operations() const;
};

/// What a network returns: the spikes or values of a node, or the scores of a
/// readout.
struct Output {
  std::string name;
  unsigned index = 0; ///< into nodes, or readouts
  bool isReadout = false;
};

struct Network {
  std::string name;
  Seconds dt{1e-3};
  std::vector<Node> nodes;
  std::vector<Projection> projections;
  std::vector<Readout> readouts;
  std::vector<Output> outputs;
  /// Populations in an order in which every zero-delay projection leads from an
  /// earlier one to a later one (or comes from an input).
  std::vector<unsigned> order;

  /// The input that a sample feeds: the first without spikes of its own; the
  /// number of nodes if there is none.
  unsigned inputNode() const;
  /// Inputs that need a sample.
  unsigned openInputs() const;
  int64_t neuronCount() const;
};

} // namespace limen::network
