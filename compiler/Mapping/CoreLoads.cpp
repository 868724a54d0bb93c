#include "compiler/Mapping/CoreLoads.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

using namespace limen;
using namespace limen::mapping;
using network::Network;
using network::Node;

CoreLoads::CoreLoads(const Network &network, const target::SpinMachine &machine,
                     const std::vector<double> &spikes)
    : network(network), machine(machine), costs(machine), work(machine, costs),
      rates(spikes), share(machine.tickShare *
                           static_cast<double>(machine.tickBudget().value())),
      perRow(static_cast<double>(costs.rows(1, 0).value())),
      perSynapse(static_cast<double>(costs.rows(1, 1).value()) - perRow),
      perSend(static_cast<double>(costs.send(1).value())) {
  rates.resize(network.nodes.size(), -1);
  for (double &rate : rates)
    if (rate < 0)
      rate = machine.spikesPerSecond.value() * network.dt.value();
}

double CoreLoads::sends(unsigned node, uint32_t count) const {
  const bool any = std::any_of(
      network.projections.begin(), network.projections.end(),
      [&](const network::Projection &p) { return p.source == node; });
  return any ? rates[node] * count * perSend : 0;
}

double CoreLoads::neurons(unsigned node, uint32_t count) const {
  const Node &of = network.nodes[node];
  const Cycles cycles = of.isInput
                            ? work.source(count)
                            : work.combined(of.model, count, ringTypes(of));
  return static_cast<double>(cycles.value()) + sends(node, count);
}

double CoreLoads::neurons(unsigned node, uint32_t count, unsigned indexBits,
                          std::span<const size_t> types) const {
  return static_cast<double>(work.neurons(network.nodes[node].model, count,
                                          indexBits, types,
                                          machine.coresPerChip)
                                 .value()) +
         sends(node, count);
}

double CoreLoads::synapses(unsigned indexBits, size_t types) const {
  return static_cast<double>(
      work.synapses(indexBits, types, machine.coresPerChip).value());
}

double CoreLoads::writer(unsigned node, uint32_t count, unsigned indexBits,
                         size_t types) const {
  return static_cast<double>(work.writer(network.nodes[node].model, count,
                                         indexBits, types, machine.coresPerChip)
                                 .value());
}

double CoreLoads::delays(unsigned node, uint32_t count, unsigned stages) const {
  return static_cast<double>(work.delay(count).value()) +
         rates[node] * count * stages * perSend;
}

std::vector<size_t> CoreLoads::slicesRead(const std::vector<NodeSplit> &splits,
                                          unsigned node) const {
  std::vector<size_t> types(splits[node].parts, splits[node].types.size());
  for (const NodeSplit &source : splits)
    if (source.direct >= 0 &&
        network.projections[static_cast<size_t>(source.direct)].target == node)
      types.push_back(source.types.size());
  return types;
}

std::vector<double> CoreLoads::of(const Partition &partition,
                                  const std::vector<CoreImage> &images) const {
  std::map<uint32_t, unsigned> nodeOf; // by key
  for (const Slice &slice : partition.slices)
    if (slice.sends)
      nodeOf[slice.key] = slice.node;
  const std::vector<NodeSplit> &splits = partition.splits;
  std::vector<double> loads;
  for (size_t s = 0; s < partition.slices.size(); ++s) {
    const Slice &slice = partition.slices[s];
    const NodeSplit &split = splits[slice.node];
    const unsigned indexBits = bitsFor(partition.sliceSize[slice.node]);
    double cycles =
        slice.isDelay()     ? delays(slice.node, slice.size(), slice.stages)
        : slice.isSynapse() ? synapses(indexBits, split.types.size())
        : split.direct >= 0
            ? writer(slice.node, slice.size(), indexBits, split.types.size())
        : split.parts > 0 ? neurons(slice.node, slice.size(), indexBits,
                                    slicesRead(splits, slice.node))
                          : neurons(slice.node, slice.size());
    const CoreImage &image = images[s];
    for (size_t e = 0; e < image.tableEntries(); ++e) {
      const uint32_t *entry = &image.table[e * tableEntryWords];
      const double rate = rates[nodeOf.at(entry[0])];
      const uint32_t rows = entry[4] & 0xffff, start = entry[2] & 0x1fff;
      for (uint32_t a = start; a < start + (entry[2] >> 16); ++a)
        cycles += rate *
                  (rows * perRow +
                   static_cast<double>(image.synapsesOf(a, rows)) * perSynapse);
    }
    loads.push_back(cycles);
  }
  return loads;
}

Result<void> limen::mapping::verify(const Network &network,
                                    const Partition &partition,
                                    const CoreLoads &model,
                                    const std::vector<double> &loads) {
  const auto fullest = std::max_element(loads.begin(), loads.end());
  if (fullest == loads.end() || *fullest <= model.limit())
    return {};
  const Slice &slice =
      partition.slices[static_cast<size_t>(fullest - loads.begin())];
  std::string what =
      slice.size() == 1
          ? fmt::format("neuron {} of '{}', alone on a core,", slice.begin,
                        network.nodes[slice.node].name)
          : fmt::format("slice [{}, {}) of '{}'", slice.begin, slice.end,
                        network.nodes[slice.node].name);
  if (slice.isSynapse())
    what += fmt::format(" (synapse core {} of {})", slice.part,
                        partition.splits[slice.node].parts);
  return Error(fmt::format("{} is expected to take {:.0f} cycles of a tick; "
                           "the limit is {:.0f}",
                           what, *fullest, model.limit()))
      .note("the limit is software.tick_share of clocks.timer_tick of the "
            "target; rows count with software.spikes_per_second of their "
            "sources")
      .note("software.partition=memory makes slices that are not done in time");
}
