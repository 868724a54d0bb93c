// Shapes, recurrence and signal paths of a NIR graph.
#pragma once

#include "compiler/Import/NIR/NIRGraph.h"

namespace limen::nir {

/// A signal path into a neuron or an output: a source (input or neuron), the
/// linear nodes from there on, and how long it takes.
struct Path {
  unsigned source = 0;
  std::vector<unsigned> nodes; ///< linear nodes in the order of the signal
  std::vector<bool> biased;    ///< per node: whether this path adds its bias
  /// Steps: one for each edge that carries the last signal, and Delays that are
  /// the same for all signals.
  unsigned delay = 0;
};

/// What is known about a graph once its edges are ordered.
struct Topology {
  /// Per edge of the graph: whether it closes a cycle. Recurrent edges are the
  /// back edges of a depth-first search from the inputs that follows edges in
  /// their sorted order.
  std::vector<bool> recurrent;
  /// Per edge: whether it carries the signal of the last step. Recurrent edges
  /// do, unless every cycle through them has a Delay of at least one step.
  std::vector<bool> carriesLast;
  /// Every node, sources before targets along edges that are not recurrent.
  std::vector<unsigned> order;
  /// Per node, indices of incoming edges, ascending.
  std::vector<std::vector<unsigned>> incoming;
  /// Per node, the shape that it takes and the shape that it gives.
  std::vector<Shape> in, out;
};

/// Orders the graph and infers all shapes. Errors: no input or output, nodes
/// that no input reaches or that have no input, shapes that do not fit (naming
/// both nodes and shapes).
Result<Topology> analyze(const Graph &graph,
                         std::vector<std::string> &assumptions);

/// Every path into `node` in the order of its incoming edges. A linear node
/// that receives several signals lies on several paths and adds its bias on the
/// first of them. Errors: a cycle without neurons, too many paths.
Result<std::vector<Path>> pathsInto(const Graph &graph,
                                    const Topology &topology, unsigned node);

} // namespace limen::nir
