// What a network description says, checked, before it becomes IR.
#pragma once

#include "dialects/snn/IR/Snn.h"
#include "hw-models/base/Yaml.h"

#include <optional>
#include <string>
#include <vector>

namespace limen::description {

/// An input or a population.
struct Node {
  std::string name;
  Place place;
  std::vector<int64_t> shape;
  int64_t size = 0;
  unsigned spikeBits = 1; ///< inputs only
  snn::ModelOp model;     ///< null for an input
  /// One value, or one per neuron, by parameter of the model.
  std::vector<std::pair<std::string, std::vector<double>>> parameters;
};

enum class Rule { Random, Dense, OneToOne };

struct Projection {
  std::string name;
  Place place;
  size_t source = 0; ///< index into Description::nodes
  size_t target = 0;
  unsigned receptor = 0;
  uint64_t delay = 0; ///< steps
  Rule rule = Rule::Random;
  snn::DistributionKind distribution = snn::DistributionKind::Constant;
  double a = 0, b = 0; ///< numbers of the distribution, as in snn.random
  double density = 1;
  double gain = 1;
  uint64_t seed = 0;
};

struct Readout {
  Place place;
  size_t source = 0;
  int64_t classes = 0;
};

/// What the network returns besides its readout.
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
  std::optional<Readout> readout;
};

/// Reads and checks `document`. Models are looked up in `module`, which gets
/// those of the library that are used. Errors are recorded in the document; the
/// result means something only when there are none.
Description read(YamlDocument &document, mlir::ModuleOp module,
                 std::vector<std::string> &assumptions);

} // namespace limen::description
