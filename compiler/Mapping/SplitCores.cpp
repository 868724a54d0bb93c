#include "compiler/Mapping/SplitCores.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::mapping;
using network::Network;
using network::Node;

/// The only projection of `node`, if the node draws its spikes and the
/// projection can do without packets; else -1.
static int directOf(const Network &network, const target::SpinMachine &machine,
                    const Retiming &retiming,
                    const std::vector<uint32_t> &spreads, uint32_t most,
                    unsigned node) {
  const Node &source = network.nodes[node];
  int found = -1;
  if (source.isInput || !source.model.receptors.empty() || most == 0)
    return -1;
  for (size_t p = 0; p < network.projections.size(); ++p) {
    if (network.projections[p].source != node)
      continue;
    if (found >= 0)
      return -1;
    found = static_cast<int>(p);
  }
  if (found < 0)
    return -1;
  const auto p = static_cast<size_t>(found);
  const network::Projection &projection = network.projections[p];
  const bool oneToOne =
      projection.stages.size() == 1 &&
      std::holds_alternative<network::OneToOne>(projection.stages[0].kind);
  return oneToOne && !projection.plasticity &&
                 network.nodes[projection.target].size == source.size &&
                 retiming.delays[p] >= 1 &&
                 retiming.delays[p] + spreads[p] <= machine.delaySlots
             ? found
             : -1;
}

std::vector<NodeSplit> limen::mapping::wantedSplits(
    const Network &network, const target::SpinMachine &machine,
    const Retiming &retiming, const std::vector<uint32_t> &spreads,
    const std::vector<uint32_t> &most) {
  std::vector<NodeSplit> out(network.nodes.size());
  if (machine.cores == target::CoreSplit::Combined)
    return out;
  // Without sources there is nothing to have synapse cores for.
  for (const network::Projection &projection : network.projections)
    out[projection.target].parts = std::max(1u, machine.synapseCores);
  for (const network::Projection &projection : network.projections)
    if (projection.plasticity)
      out[projection.target].parts = 0;
  std::vector<unsigned> writers(network.nodes.size(), 0);
  for (unsigned n = 0; n < network.nodes.size(); ++n) {
    const int direct =
        directOf(network, machine, retiming, spreads, most[n], n);
    if (direct < 0)
      continue;
    const unsigned target =
        network.projections[static_cast<size_t>(direct)].target;
    // The others of the group must have room, too.
    const unsigned others = 1 + out[target].parts;
    if (out[target].parts == 0 ||
        others + writers[target] >=
            std::min(machine.groupCores, machine.coresPerChip))
      continue;
    out[n].direct = direct;
    ++writers[target];
  }
  return out;
}

std::vector<uint32_t> limen::mapping::writerWords(
    const Network &network, const Retiming &retiming, const Slice &slice,
    int projection, const RowLayout &layout,
    const std::vector<RingScale> &scales, RoundingReport &report) {
  const auto p = static_cast<size_t>(projection);
  const network::Projection &from = network.projections[p];
  const network::RowExpander expander(from, 1);
  network::Rows rows;
  expander.expand(slice.begin, slice.end, true, rows);
  std::vector<uint32_t> words(slice.size(), 0);
  for (uint32_t i = 0; i < slice.size(); ++i)
    for (const network::Synapse &synapse : rows.row(i)) {
      const uint32_t type = target::ringType(from.receptor, synapse.weight);
      const uint32_t weight = quantise(synapse.weight, scales[type]);
      const double exact = std::abs(static_cast<double>(synapse.weight));
      const double unit = scales[type].unit();
      ++report.synapses;
      report.vanished += weight == 0;
      report.clipped += exact > (65535 + 0.5) * unit;
      report.largestError =
          std::max(report.largestError, std::abs(exact - weight * unit));
      if (weight > 0)
        words[i] = layout.encode(weight, retiming.delays[p] + synapse.delay,
                                 type, synapse.target - slice.begin);
    }
  return words;
}

Result<void> limen::mapping::verifyWords(const Network &network,
                                         const Retiming &retiming,
                                         const Slice &slice, int projection,
                                         const RowLayout &layout,
                                         const std::vector<RingScale> &scales,
                                         std::span<const uint32_t> words) {
  const auto p = static_cast<size_t>(projection);
  const network::Projection &from = network.projections[p];
  const network::Stage &stage = from.stages.front();
  const auto &kind = std::get<network::OneToOne>(stage.kind);
  const auto fail = [&](uint32_t i) {
    return Error(
        fmt::format("what the core of neuron {} of '{}' writes to '{}' "
                    "is not the synapse of projection '{}'",
                    slice.begin + i, network.nodes[from.source].name,
                    network.nodes[from.target].name, from.name));
  };
  if (words.size() != slice.size())
    return fail(0);
  for (uint32_t i = 0; i < slice.size(); ++i) {
    const uint32_t word = words[i], neuron = slice.begin + i;
    const float given = kind.weights.broadcast(neuron);
    const unsigned type = 2 * from.receptor + (given < 0 ? 1 : 0);
    const uint32_t weight = quantise(given, scales[type]);
    if (weight == 0 || word == 0) {
      if (weight != 0 || word != 0)
        return fail(i);
      continue;
    }
    const uint32_t low = word & 0xffff;
    const uint32_t slots = 1u << layout.delayBits;
    const unsigned delay =
        retiming.delays[p] + (kind.delays.empty()
                                  ? 0
                                  : static_cast<unsigned>(kind.delays[neuron]) -
                                        stage.shortestDelay);
    if (word >> 16 != weight || low % (1u << layout.indexBits) != i ||
        (low >> layout.indexBits) % (1u << layout.typeBits) != type ||
        (low >> (layout.indexBits + layout.typeBits)) % slots != delay % slots)
      return fail(i);
  }
  return {};
}

uint64_t limen::mapping::splitDtcmBytes(const Node &node, const Slice &slice,
                                        const NodeSplit &split,
                                        const CoreImage &image,
                                        const RowLayout &layout) {
  const uint64_t sums = uint64_t(2) << layout.indexBits; // of one type
  if (slice.isSynapse()) {
    uint32_t longest = 0;
    for (uint32_t address : image.addresses)
      longest = std::max(longest, (address & 0xff) + 1);
    return (uint64_t(2) << layout.ringBits()) +
           4 * (image.table.size() + image.addresses.size()) +
           2 * 4 * (longest + rowHeaderWords);
  }
  uint64_t perNeuron = 4 * node.model.states.size(), once = 0;
  for (const network::Coefficient &coefficient : node.model.coefficients)
    (coefficient.values.size() > 1 ? perNeuron : once) += 4;
  perNeuron += 4 * node.model.receptors.size(); // inputs or biases
  if (split.direct >= 0)                        // its words and its own ring
    return perNeuron * slice.size() + once + 4 * slice.size() +
           (sums * split.types.size() << layout.delayBits);
  // Sums of 32 bits, and two slices on their way.
  return perNeuron * slice.size() + once + 2 * sums * split.types.size() +
         2 * sums * split.types.size();
}

uint64_t limen::mapping::bufferBytes(const Slice &slice,
                                     const NodeSplit &split) {
  return (uint64_t(2) << bitsFor(slice.size())) * split.types.size();
}
