#include "compiler/Mapping/CoreLoads.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

using namespace limen;
using namespace limen::mapping;
using network::Network;
using network::Node;

void SynapseCounts::add(uint32_t first, const network::Rows &rows,
                        int64_t targets) {
  const auto size = static_cast<size_t>(targets);
  for (uint32_t i = 0; i < rows.sources(); ++i)
    for (const network::Synapse &synapse : rows.row(i)) {
      if (synapses.empty()) {
        synapses.assign(size, 0);
        firstSource.assign(size, ~0u);
        lastSource.assign(size, 0);
      }
      const uint32_t source = first + i, target = synapse.target;
      ++synapses[target];
      firstSource[target] = std::min(firstSource[target], source);
      lastSource[target] = std::max(lastSource[target], source);
    }
}

CoreLoads::CoreLoads(const Network &network, const target::SpinMachine &machine,
                     const std::vector<double> &spikes)
    : network(network), machine(machine), costs(machine), rates(spikes),
      sends(network.nodes.size(), 0),
      share(machine.tickShare *
            static_cast<double>(machine.tickBudget().value())),
      perRow(static_cast<double>(costs.rows(1, 0).value())),
      perSynapse(static_cast<double>(costs.rows(1, 1).value()) - perRow),
      perSend(static_cast<double>(costs.send(1).value())) {
  rates.resize(network.nodes.size(), -1);
  for (double &rate : rates)
    if (rate < 0)
      rate = machine.spikesPerSecond.value() * network.dt.value();
  for (const network::Projection &projection : network.projections)
    sends[projection.source] = 1;
}

double CoreLoads::neurons(unsigned node, uint32_t count) const {
  const Node &of = network.nodes[node];
  const Cycles work = of.isInput
                          ? costs.sources(count)
                          : costs.neurons(of.model, count, ringTypes(of));
  const double sent = sends[node] ? rates[node] * count : 0;
  return static_cast<double>((costs.tick() + work).value()) + sent * perSend;
}

double CoreLoads::delays(unsigned node, uint32_t count, unsigned stages) const {
  return static_cast<double>((costs.tick() + costs.delays(count)).value()) +
         rates[node] * count * stages * perSend;
}

double CoreLoads::fullest(unsigned node, uint32_t size,
                          const Retiming &retiming,
                          const std::vector<uint32_t> &spreads,
                          const std::vector<SynapseCounts> &counts,
                          const std::vector<unsigned> &stages,
                          const std::vector<uint32_t> &sizes) const {
  const auto all = static_cast<uint32_t>(network.nodes[node].size);
  double most = 0;
  for (uint32_t begin = 0; begin < all; begin += size) {
    const uint32_t end = std::min(all, begin + size);
    double cycles = neurons(node, end - begin);
    for (size_t p = 0; p < network.projections.size(); ++p) {
      const network::Projection &projection = network.projections[p];
      const SynapseCounts &of = counts[p];
      if (projection.target != node || of.synapses.empty())
        continue;
      uint64_t synapses = 0;
      uint32_t first = ~0u, last = 0;
      for (uint32_t i = begin; i < end; ++i) {
        synapses += of.synapses[i];
        first = std::min(first, of.firstSource[i]);
        last = std::max(last, of.lastSource[i]);
      }
      if (synapses == 0)
        continue;
      // Every neuron of a source slice has a row where one of them has, and
      // every stage of a delay-extension core.
      const unsigned source = projection.source;
      const uint32_t cut = source == node ? size : sizes[source];
      const uint32_t from = first / cut * cut;
      const uint32_t to = static_cast<uint32_t>(std::min<uint64_t>(
          network.nodes[source].size, (uint64_t(last) / cut + 1) * cut));
      double rows =
          static_cast<double>(std::min<uint64_t>(to - from, synapses * cut));
      rows *= std::max(1.0, std::ceil(double(synapses) / rows / longestRow));
      rows *=
          (retiming.delays[p] <= machine.delaySlots ? 1 : 0) +
          (retiming.delays[p] + spreads[p] > machine.delaySlots ? stages[source]
                                                                : 0);
      cycles += rates[source] *
                (rows * perRow + static_cast<double>(synapses) * perSynapse);
    }
    most = std::max(most, cycles);
  }
  return most;
}

std::vector<uint32_t> CoreLoads::fit(const Retiming &retiming,
                                     const std::vector<uint32_t> &spreads,
                                     const std::vector<SynapseCounts> &counts,
                                     const std::vector<unsigned> &stages,
                                     std::vector<uint32_t> most) const {
  // Smaller slices of a source may ask for other rows of its targets: again
  // until nothing changes. Slices only become smaller.
  for (bool changed = true; changed;) {
    changed = false;
    for (unsigned n = 0; n < network.nodes.size(); ++n) {
      const auto cycles = [&](uint32_t size) {
        return network.nodes[n].isInput
                   ? neurons(n, size)
                   : fullest(n, size, retiming, spreads, counts, stages, most);
      };
      if (network.nodes[n].size == 0 || most[n] == 1 ||
          cycles(most[n]) <= share)
        continue;
      uint32_t low = 1, high = most[n];
      while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        (cycles(middle) <= share ? low : high) = middle;
      }
      most[n] = low;
      changed = true;
    }
  }
  return most;
}

std::vector<uint32_t>
CoreLoads::fitDelays(const std::vector<unsigned> &stages) const {
  std::vector<uint32_t> most;
  for (unsigned n = 0; n < stages.size(); ++n) {
    const double none = delays(n, 0, stages[n]);
    const double each = (delays(n, 1 << 16, stages[n]) - none) / (1 << 16);
    most.push_back(static_cast<uint32_t>(
        std::clamp((share - none) / each, 1.0, 1.0 * (1 << 16))));
  }
  return most;
}

std::vector<double> CoreLoads::of(const Partition &partition,
                                  const std::vector<CoreImage> &images) const {
  std::map<uint32_t, unsigned> nodeOf; // by key
  for (const Slice &slice : partition.slices)
    if (slice.sends)
      nodeOf[slice.key] = slice.node;
  std::vector<double> loads;
  for (size_t s = 0; s < partition.slices.size(); ++s) {
    const Slice &slice = partition.slices[s];
    double cycles = slice.isDelay()
                        ? delays(slice.node, slice.size(), slice.stages)
                        : neurons(slice.node, slice.size());
    const CoreImage &image = images[s];
    for (size_t e = 0; e < image.tableEntries(); ++e) {
      const uint32_t *entry = &image.table[e * tableEntryWords];
      const double rate = rates[nodeOf.at(entry[0])];
      const uint32_t neurons = entry[4] & 0xffff, start = entry[2] & 0x1fff;
      for (uint32_t a = start; a < start + (entry[2] >> 16); ++a)
        cycles += rate * (neurons * perRow +
                          static_cast<double>(image.synapsesOf(a, neurons)) *
                              perSynapse);
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
  const std::string what =
      slice.size() == 1
          ? fmt::format("neuron {} of '{}', alone on a core,", slice.begin,
                        network.nodes[slice.node].name)
          : fmt::format("slice [{}, {}) of '{}'", slice.begin, slice.end,
                        network.nodes[slice.node].name);
  return Error(
             fmt::format("{} is expected to take {:.0f} cycles of a tick; the "
                         "limit is {:.0f}",
                         what, *fullest, model.limit()))
      .note("the limit is software.tick_share of clocks.timer_tick of the "
            "target; rows count with software.spikes_per_second of their "
            "sources")
      .note("software.partition=memory makes slices that are not done in time");
}
