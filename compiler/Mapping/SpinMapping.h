// A network onto a SpiNNaker-style machine: all stages in order.
//
//   retime -> partition -> keys -> scales -> images -> place -> route -> tables
//
// Where cycles limit slices, images that overload a core lead back to the
// partition.
//
// Every stage's result is verified, the images and the tables by their
// inverses.
#pragma once

#include "compiler/Mapping/Routing.h"
#include "compiler/Mapping/SynapticRows.h"
#include "hw-models/target/StdpRule.h"

#include <optional>

namespace limen::mapping {

/// Which rows a program holds.
enum class RowStorage {
  Auto,   ///< all but those of populations with random projections
  Stored, ///< all
};

struct SpinOptions {
  /// In place of the machine's.
  std::optional<ScaleRule> scaleRule = {};
  /// Per node and receptor, bits behind the point of its inputs; 15 where a
  /// list is empty.
  std::vector<std::vector<unsigned>> receptorFractions;
  std::optional<target::Placer> placer; ///< else the machine's
  uint64_t placerSeed = 0;
  /// Per node that does not spike, the largest whole number of spikes that it
  /// yields in a step, sent as the payload of one packet; 0 where its values
  /// are something else. Empty: all 0.
  std::vector<uint32_t> mostCounted;
  /// Per projection, the rule of its synapses; empty: none has one.
  std::vector<std::optional<target::StdpRule>> rules;
  RowStorage rows = RowStorage::Auto;
  /// Per node, the spikes of a neuron that are expected in a step; a negative
  /// number or no entry means the machine's `spikesPerSecond`.
  std::vector<double> spikes;
};

struct SpinMapping {
  Retiming retiming;
  Partition partition;
  /// Per node: one scale per ring buffer type; empty for inputs.
  std::vector<std::vector<RingScale>> scales;
  /// Per projection, the longest delay of its synapses beyond
  /// Projection::delay: exact where rows are drawn, else a bound.
  std::vector<uint32_t> spreads;
  /// Per node and receptor: constant input per neuron and step, or empty.
  std::vector<std::vector<std::vector<float>>> bias;
  std::vector<CoreImage> images; ///< per slice; empty for inputs
  std::vector<double> loads;     ///< per slice, expected cycles of a tick
  Placement placement;           ///< per slice
  PlacementReport hops;
  Destinations destinations; ///< per slice
  target::RoutingTables tables;
  TableSizes tableSizes;
  std::vector<RoundingReport> rounding; ///< per node
  /// Per node, the rule of its cores.
  std::vector<std::optional<target::StdpRule>> rules;
};

/// Maps `network`. Errors: what its stages report, and: a network without
/// neurons, a source of spikes that has none, a core whose DTCM overflows, a
/// population with two rules, a projection with a rule whose ends retiming
/// moves apart or whose delays need delay-extension cores.
Result<SpinMapping> mapToSpin(const network::Network &network,
                              const target::SpinMachine &machine,
                              const SpinOptions &options = {});

/// Bytes of tightly coupled data memory that a core of `node` with `image`
/// needs: ring buffers, states and coefficients, tables, two buffers for its
/// longest row.
uint64_t dtcmBytes(const network::Node &node, const CoreImage &image,
                   uint32_t neurons);

} // namespace limen::mapping
