// A NIR file as a plain, flat graph: nested graphs are inlined, parameters are
// read and checked one by one, edges are resolved. Nothing here knows MLIR.
//
// Container and node types: the NIR project (neuromorphs/NIR, nir/serialization
// and nir/ir); Pedersen et al., Nature Communications 15, 2024.
#pragma once

#include "hw-models/base/Error.h"
#include "runtime/hdf5/File.h"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace limen::nir {

using h5::Shape;

enum class Kind {
  Input,
  Output,
  Port, ///< Input or Output of an inlined graph: passes on what it gets
  Affine,
  Linear,
  Conv1d,
  Conv2d,
  SumPool2d,
  AvgPool2d,
  Flatten,
  IF,
  LIF,
  CubaLIF,
  LI,
  CubaLI,
  I,
  Threshold,
  Scale,
  Delay,
};

/// "Conv2d".
std::string_view toString(Kind kind);

/// Whether a node becomes a population; its output is what synapses read.
bool isNeuron(Kind kind);

/// Whether a population emits spikes rather than values.
bool isSpiking(Kind kind);

/// A numeric parameter in double precision; every value is finite.
using Parameter = h5::Data<double>;

struct Node {
  std::string name; ///< names of enclosing graphs and the node, joined by '.'
  std::string path; ///< HDF5 path, for messages
  Kind kind = Kind::Port;
  /// Neuron parameters by NIR name, and the delay of a Delay, as in the file.
  std::map<std::string, Parameter> parameters;
  /// Affine, Linear; Scale: its factors; Conv1d and Conv2d: [Co, Ci / g, H, W]
  /// with H = 1 for Conv1d.
  h5::Data<float> weight;
  h5::Data<float> bias; ///< Affine, Conv1d, Conv2d; empty without
  /// Input, Output, Port: the declared shape. Flatten: input_type. Conv1d and
  /// Conv2d: the declared input_shape. Empty when the file does not say.
  Shape shape;
  std::array<int64_t, 2> kernel{1, 1}, stride{1, 1}, padding{0, 0},
      dilation{1, 1};
  int64_t groups = 1;
  int64_t startDim = 1, endDim = -1; ///< Flatten
  /// Delay: whole steps, one for all elements or one each. Set once the step is
  /// known.
  std::vector<uint32_t> delaySteps;

  /// Whether every signal through this node takes at least one step.
  bool takesTime() const;
};

/// Indices into Graph::nodes.
struct Edge {
  unsigned source = 0;
  unsigned target = 0;
};

struct Graph {
  std::string file;
  std::string version; ///< "" when the file does not say
  /// Step in seconds that the file's metadata names, for a file whose times are
  /// in seconds (see NIRExport.h); 0 when it does not say.
  double dt = 0;
  std::vector<Node> nodes; ///< sorted by path of discovery: alphabetical
  std::vector<Edge> edges; ///< sorted by source name, then target name; unique

  Place place(unsigned node) const { return {file, 0, 0, nodes[node].path}; }
};

/// Reads `file`. What had to be assumed is added to `assumptions`. Errors: not
/// HDF5, damaged, missing or impossible parameters, unknown node types, edges
/// that lead nowhere; each with its HDF5 path.
Result<Graph> readGraph(const std::string &file,
                        std::vector<std::string> &assumptions);

} // namespace limen::nir
