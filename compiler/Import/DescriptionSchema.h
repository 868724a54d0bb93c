// What a network description says, checked, before it becomes IR.
#pragma once

#include "dialects/snn/IR/Snn.h"
#include "hw-models/base/Yaml.h"

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace limen::description {

/// Dale's rule: the sign that weights may have.
enum class Sign { Any, Excitatory, Inhibitory };

/// An input or a population.
struct Node {
  std::string name;
  Place place;
  std::vector<int64_t> shape;
  int64_t size = 0;
  bool isInput = false;
  unsigned spikeBits = 1; ///< inputs only
  Sign sign = Sign::Any;  ///< of the projections that start here
  snn::ModelOp model;     ///< null for an input and for an unknown model
  /// One value, or one per neuron, by parameter or state of the model, in its
  /// units.
  std::vector<std::pair<std::string, std::vector<double>>> parameters, initial;
  /// Inputs: spikes of its own, (step, element), sorted.
  std::vector<std::pair<int32_t, int32_t>> spikes;
  bool hasSpikes = false;
};

/// Which op a projection becomes: snn.random, snn.dense, snn.sparse,
/// snn.conv2d, or a pool and snn.one_to_one.
enum class Rule { Random, Dense, List, Convolution, Pool };

/// A distribution with the numbers of snn.random.
struct Draw {
  snn::DistributionKind distribution = snn::DistributionKind::Constant;
  double a = 0, b = 0;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  bool isBounded() const { return std::isfinite(low) || std::isfinite(high); }
};

/// The learning rule of a projection, with what it gives of its parameters.
struct Learning {
  std::string rule;
  std::vector<std::pair<std::string, double>> parameters; ///< in their units
};

struct Projection {
  std::string name;
  Place place;
  size_t source = 0; ///< index into Description::nodes
  size_t target = 0;
  unsigned receptor = 0;
  uint64_t delay = 0;         ///< steps, of all its synapses
  std::optional<Draw> delays; ///< steps, drawn for each; bounds are finite
  Rule rule = Rule::Random;
  std::string weightUnit; ///< of the receptor, "" for plain numbers
  Draw weights;           ///< in this unit, before gain
  double gain = 1;
  uint64_t seed = 0;
  std::optional<Learning> learning;

  // Random
  snn::WiringKind wiring = snn::WiringKind::Pairwise;
  double density = 1;
  uint64_t number = 0;
  double scale = 1;
  bool periodic = false, autapses = true;

  // List: synapses by source, then target.
  std::vector<int64_t> offsets;
  std::vector<int32_t> targets;
  // Weights, before gain, and delays in steps that the file lists: those of
  // the list, of a kernel, [target, source], or one for each element.
  std::vector<float> values;
  std::vector<int32_t> synapseDelays;
  // Convolution and Pool. Grids of one axis are one row high.
  std::vector<int64_t> kernelShape; ///< [Co, Ci / groups, (D,) Kh, Kw], [K, K]
  std::vector<int64_t> stride, padding, dilation;
  int64_t groups = 1;
  bool average = false;
};

/// A layer of the digital head.
struct Layer {
  Place place;
  int64_t size = 0;
  snn::ActivationKind activation = snn::ActivationKind::None;
  std::vector<float> weights, bias; ///< empty: 0, to be trained; none
};

struct Readout {
  std::string name; ///< of its last layer and of its output
  size_t source = 0;
  std::vector<Layer> layers; ///< the last one has an element for each class
};

/// What the network returns besides its readouts.
struct Output {
  Place place;
  size_t node = 0;
};

struct Description {
  std::string name;
  Place place;
  Seconds dt;
  std::vector<Node> nodes;
  std::vector<Projection> projections;
  std::vector<Output> outputs;
  std::vector<Readout> readouts; ///< the first outputs, in this order
};

/// Reads and checks `document`. Models are looked up in `module`, which gets
/// those of the library that are used. Errors are recorded in the document; the
/// result means something only when there are none.
Description read(YamlDocument &document, mlir::ModuleOp module,
                 std::vector<std::string> &assumptions);

} // namespace limen::description
