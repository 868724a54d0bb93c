#include "compiler/Mapping/SliceFit.h"

#include <algorithm>
#include <cmath>

using namespace limen;
using namespace limen::mapping;

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
      (synapse.weight < 0 ? negative : positive) = true;
    }
}

bool SynapseCounts::oneSourceEach() const {
  for (size_t i = 0; i < synapses.size(); ++i)
    if (synapses[i] > 0 && firstSource[i] != lastSource[i])
      return false;
  return true;
}

SliceFit::SliceFit(const network::Network &network,
                   const target::SpinMachine &machine, const CoreLoads &loads,
                   const Retiming &retiming,
                   const std::vector<uint32_t> &spreads,
                   const std::vector<SynapseCounts> &counts,
                   const std::vector<unsigned> &longest,
                   std::vector<uint32_t> sizes, std::vector<NodeSplit> splits)
    : network(network), machine(machine), loads(loads), retiming(retiming),
      spreads(spreads), counts(counts), size(std::move(sizes)),
      split(std::move(splits)) {
  for (unsigned delay : longest)
    stages.push_back(delayStages(delay, machine.delaySlots));
  for (const SynapseCounts &of : counts)
    oneToOne.push_back(!of.synapses.empty() && of.oneSourceEach());
  // Ring buffers are in use that any weight arrives at.
  for (size_t p = 0; p < counts.size(); ++p) {
    const network::Projection &projection = network.projections[p];
    const bool direct = split[projection.source].direct == static_cast<int>(p);
    NodeSplit &of = split[direct ? projection.source : projection.target];
    for (const unsigned sign : {0u, 1u})
      if (sign ? counts[p].negative : counts[p].positive)
        of.types.push_back(2 * projection.receptor + sign);
  }
  for (NodeSplit &of : split) {
    std::sort(of.types.begin(), of.types.end());
    of.types.erase(std::unique(of.types.begin(), of.types.end()),
                   of.types.end());
    // A core that hands over nothing is of no use, but harmless.
    if (of.parts > 0 && of.types.empty())
      of.types = {0};
  }
  // What is moved between cores is no larger than it must be.
  for (unsigned n = 0; n < split.size(); ++n) {
    const auto all = static_cast<uint32_t>(network.nodes[n].size);
    setSize(n, split[n].parts > 0 ? std::clamp(all, 1u, size[n]) : size[n]);
  }
}

unsigned SliceFit::mostParts(unsigned node) const {
  const unsigned most = std::min(machine.groupCores, machine.coresPerChip);
  const auto others = static_cast<unsigned>(
      std::count_if(split.begin(), split.end(), [&](const NodeSplit &source) {
        return source.direct >= 0 &&
               network.projections[static_cast<size_t>(source.direct)].target ==
                   node;
      }));
  return most > others + 2 ? most - others - 1 : 1;
}

void SliceFit::setSize(unsigned node, uint32_t cut) {
  if (split[node].direct >= 0)
    return;
  if (cut < size[node])
    for (size_t p = 0; p < oneToOne.size(); ++p)
      if (network.projections[p].target == node)
        size[network.projections[p].source] = sourceSize(p, cut);
  size[node] = cut;
  // Cores that write to buffers are cut like their targets.
  for (unsigned n = 0; n < split.size(); ++n)
    if (split[n].direct >= 0 &&
        network.projections[static_cast<size_t>(split[n].direct)].target ==
            node)
      size[n] = cut;
}

uint32_t SliceFit::sourceSize(size_t projection, uint32_t cut) const {
  const network::Projection &of = network.projections[projection];
  if (of.source == of.target)
    return cut;
  return oneToOne[projection] ? std::min(cut, size[of.source])
                              : size[of.source];
}

double SliceFit::fullest(unsigned node, uint32_t cut, bool withNeurons) const {
  const auto all = static_cast<uint32_t>(network.nodes[node].size);
  double most = 0;
  for (uint32_t begin = 0; begin < all; begin += cut) {
    const uint32_t end = std::min(all, begin + cut);
    double cycles = withNeurons ? loads.neurons(node, end - begin) : 0;
    for (size_t p = 0; p < network.projections.size(); ++p) {
      const network::Projection &projection = network.projections[p];
      const SynapseCounts &of = counts[p];
      const unsigned source = projection.source;
      if (projection.target != node || of.synapses.empty() ||
          split[source].direct >= 0)
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
      // Every stage of a delay-extension core has a row, too.
      const uint32_t step = sourceSize(p, cut);
      const uint64_t from = first / step * step;
      const uint64_t to = std::min<uint64_t>(
          network.nodes[source].size, (uint64_t(last) / step + 1) * step);
      auto rows = static_cast<double>(std::min(to - from, synapses * step));
      rows *= std::max(1.0, std::ceil(double(synapses) / rows / longestRow));
      rows *=
          (retiming.delays[p] <= machine.delaySlots ? 1 : 0) +
          (retiming.delays[p] + spreads[p] > machine.delaySlots ? stages[source]
                                                                : 0);
      cycles += loads.spikes(source) *
                (rows * loads.row() +
                 static_cast<double>(synapses) * loads.synapse());
    }
    most = std::max(most, cycles);
  }
  return most;
}

double SliceFit::largestShare(unsigned node, unsigned parts) const {
  std::vector<double> rows(parts, 0);
  unsigned next = 0;
  for (unsigned from = 0; from < network.nodes.size(); ++from) {
    const bool sends =
        split[from].direct < 0 &&
        std::any_of(
            network.projections.begin(), network.projections.end(),
            [&](const network::Projection &p) {
              return p.source == from && p.target == node;
            });
    if (!sends)
      continue;
    const uint32_t step = size[from];
    const auto slices =
        static_cast<unsigned>((network.nodes[from].size + step - 1) / step);
    for (unsigned k : dealSources(slices, parts, next))
      rows[k] += loads.spikes(from) * step;
  }
  double sum = 0;
  for (double each : rows)
    sum += each;
  return sum > 0 ? *std::max_element(rows.begin(), rows.end()) / sum : 0;
}

bool SliceFit::fits(unsigned node, uint32_t cut) {
  if (split[node].parts == 0)
    return fullest(node, cut, true) <= loads.limit();
  const double rows = fullest(node, cut, false);
  const double room =
      loads.limit() - loads.synapses(bitsFor(cut), split[node].types.size());
  unsigned &parts = split[node].parts;
  if (choosesParts(node)) {
    const unsigned most = mostParts(node);
    for (parts = 1; parts < most; ++parts)
      if (rows * largestShare(node, parts) <= room)
        break;
  }
  return rows * largestShare(node, parts) <= room &&
         loads.neurons(node, cut, bitsFor(cut),
                       loads.slicesRead(split, node)) <= loads.limit();
}

void SliceFit::choose() {
  if (!limited()) {
    for (unsigned n = 0; n < split.size(); ++n)
      if (choosesParts(n))
        fits(n, size[n]);
    return;
  }
  // Smaller slices of a source may ask for other rows of its targets: again
  // until nothing changes. Slices only become smaller.
  for (bool changed = true; changed;) {
    changed = false;
    for (unsigned n = 0; n < network.nodes.size(); ++n) {
      if (network.nodes[n].size == 0 || split[n].direct >= 0)
        continue;
      const auto inTime = [&](uint32_t cut) {
        bool all = network.nodes[n].isInput
                       ? loads.neurons(n, cut) <= loads.limit()
                       : fits(n, cut);
        for (unsigned from = 0; from < split.size(); ++from)
          if (split[from].direct >= 0 &&
              network.projections[static_cast<size_t>(split[from].direct)]
                      .target == n)
            all &= loads.writer(from, cut, bitsFor(cut),
                                split[from].types.size()) <= loads.limit();
        return all;
      };
      if (inTime(size[n]) || size[n] == 1)
        continue;
      uint32_t low = 1, high = size[n];
      while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        (inTime(middle) ? low : high) = middle;
      }
      inTime(low); // with its synapse cores
      setSize(n, low);
      changed = true;
    }
  }
}

bool SliceFit::relieve(const Partition &partition,
                       const std::vector<double> &found) {
  bool changed = false;
  std::vector<char> grown(network.nodes.size(), 0);
  for (size_t s = 0; s < found.size(); ++s) {
    const Slice &slice = partition.slices[s];
    const unsigned n = slice.node;
    const double part = loads.limit() / found[s];
    if (part >= 1 || slice.isDelay() || split[n].direct >= 0 || grown[n])
      continue;
    if (slice.isSynapse() && choosesParts(n) && split[n].parts < mostParts(n)) {
      ++split[n].parts;
      grown[n] = changed = true;
      continue;
    }
    if (!limited() || slice.size() == 1 || size[n] < slice.size())
      continue;
    setSize(n, std::clamp(static_cast<uint32_t>(slice.size() * part), 1u,
                          slice.size() - 1));
    changed = true;
  }
  return changed;
}

std::vector<uint32_t> SliceFit::delaySizes() const {
  std::vector<uint32_t> most;
  if (!limited())
    return most;
  constexpr uint32_t many = 1 << 16;
  for (unsigned n = 0; n < stages.size(); ++n) {
    const double none = loads.delays(n, 0, stages[n]);
    const double each = (loads.delays(n, many, stages[n]) - none) / many;
    most.push_back(static_cast<uint32_t>(
        std::clamp((loads.limit() - none) / each, 1.0, 1.0 * many)));
  }
  return most;
}
