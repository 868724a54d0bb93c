#include "compiler/Mapping/Partition.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>

using namespace limen;
using namespace limen::mapping;
using network::Network;
using network::Node;

unsigned limen::mapping::bitsFor(uint64_t count) {
  return count <= 1 ? 0 : static_cast<unsigned>(std::bit_width(count - 1));
}

Result<std::vector<uint32_t>>
limen::mapping::largestSlices(const Network &network,
                              const target::SpinMachine &machine,
                              const std::vector<unsigned> &delayBits) {
  std::vector<uint32_t> sizes;
  for (unsigned n = 0; n < network.nodes.size(); ++n) {
    const Node &node = network.nodes[n];
    uint32_t most = machine.sourcesPerCore;
    if (!node.isInput) {
      const unsigned used = delayBits[n] + bitsFor(ringTypes(node));
      if (used > machine.ringBufferBits)
        return Error(
                   fmt::format(
                       "population '{}' needs {} ring-buffer bits for {} delay "
                       "bits and {} receptors before its first neuron; a core "
                       "has {}",
                       node.name, used, delayBits[n],
                       node.model.receptors.size(), machine.ringBufferBits))
            .note("the limit is software.ring_buffer_bits of the target");
      most = std::min<uint32_t>(machine.neuronsPerCore,
                                1u << (machine.ringBufferBits - used));
    }
    sizes.push_back(most);
  }
  return sizes;
}

Partition limen::mapping::partition(const Network &network,
                                    const std::vector<uint32_t> &sizes) {
  Partition out;
  out.sliceSize = sizes;
  for (unsigned n = 0; n < network.nodes.size(); ++n) {
    const int64_t size = network.nodes[n].size, most = sizes[n];
    out.firstSlice.push_back(static_cast<unsigned>(out.slices.size()));
    for (int64_t begin = 0; begin < size; begin += most)
      out.slices.push_back({n, static_cast<uint32_t>(begin),
                            static_cast<uint32_t>(std::min(begin + most, size)),
                            0, 0, false});
  }
  out.firstSlice.push_back(static_cast<unsigned>(out.slices.size()));
  return out;
}

uint64_t limen::mapping::delayHistory(unsigned stages, unsigned slots) {
  return std::bit_ceil(uint64_t(stages) * slots);
}

Result<void> limen::mapping::addDelayCores(
    const Network &network, const target::SpinMachine &machine,
    const std::vector<unsigned> &longest,
    const std::vector<uint32_t> &mostNeurons, Partition &partition) {
  constexpr uint64_t mostRows = 65535; // a field of 16 bits
  for (unsigned n = 0; n < network.nodes.size(); ++n) {
    const unsigned stages = delayStages(longest[n], machine.delaySlots);
    if (stages == 0)
      continue;
    const uint64_t history = delayHistory(stages, machine.delaySlots);
    uint64_t most = std::min(machine.dtcmBytes / history, mostRows / stages);
    if (most == 0)
      return Error(fmt::format(
                       "a delay of {} steps from '{}' needs {} bytes of "
                       "DTCM and {} rows for each neuron on a "
                       "delay-extension core; it has {} bytes and {} rows",
                       longest[n], network.nodes[n].name, history, stages,
                       machine.dtcmBytes, mostRows))
          .note("the limit is chip.dtcm_bytes of the target");
    if (!mostNeurons.empty())
      most = std::min<uint64_t>(most, mostNeurons[n]);
    for (unsigned s = partition.firstSlice[n]; s < partition.firstSlice[n + 1];
         ++s) {
      const Slice source = partition.slices[s];
      for (uint64_t begin = source.begin; begin < source.end; begin += most) {
        Slice slice;
        slice.node = n;
        slice.begin = static_cast<uint32_t>(begin);
        slice.end =
            static_cast<uint32_t>(std::min<uint64_t>(begin + most, source.end));
        slice.stages = stages;
        slice.extends = s;
        partition.slices.push_back(slice);
      }
    }
  }
  return {};
}

Result<void> limen::mapping::allocateKeys(const Network &network,
                                          Partition &partition) {
  std::vector<char> sends(network.nodes.size(), 0);
  for (const network::Projection &projection : network.projections)
    sends[projection.source] = 1;
  uint64_t next = 0;
  for (unsigned n = 0; n < network.nodes.size(); ++n) {
    const unsigned first = partition.firstSlice[n];
    const unsigned count = partition.firstSlice[n + 1] - first;
    if (!sends[n] || count == 0)
      continue;
    const unsigned atomBits = bitsFor(partition.slices[first].size());
    const uint64_t zone = uint64_t(1) << (atomBits + bitsFor(count));
    next = (next + zone - 1) / zone * zone;
    if (next + zone > uint64_t(1) << 32)
      return Error(
          fmt::format("'{}' needs {} routing keys; of 2^32 only {} are "
                      "left",
                      network.nodes[n].name, zone, (uint64_t(1) << 32) - next));
    for (unsigned s = 0; s < count; ++s) {
      Slice &slice = partition.slices[first + s];
      slice.sends = true;
      slice.key = static_cast<uint32_t>(next + (uint64_t(s) << atomBits));
      slice.mask = ~((1u << atomBits) - 1);
    }
    next += zone;
  }
  for (size_t s = partition.firstSlice.back(); s < partition.slices.size();
       ++s) {
    Slice &slice = partition.slices[s];
    const uint64_t block = uint64_t(1) << bitsFor(slice.keys());
    next = (next + block - 1) / block * block;
    if (next + block > uint64_t(1) << 32)
      return Error(fmt::format(
          "a delay-extension core of '{}' needs {} routing "
          "keys; of 2^32 only {} are left",
          network.nodes[slice.node].name, block, (uint64_t(1) << 32) - next));
    slice.sends = true;
    slice.key = static_cast<uint32_t>(next);
    slice.mask = static_cast<uint32_t>(~(block - 1));
    next += block;
  }
  return {};
}

Result<void> limen::mapping::verify(const Network &network,
                                    const Partition &partition,
                                    const target::SpinMachine &machine) {
  std::vector<int64_t> covered(network.nodes.size(), 0);
  std::vector<std::pair<uint64_t, uint64_t>> blocks;
  for (const Slice &slice : partition.slices) {
    const Node &node = network.nodes[slice.node];
    const unsigned limit =
        node.isInput ? machine.sourcesPerCore : machine.neuronsPerCore;
    const bool tiles =
        slice.isDelay()
            ? slice.begin >= partition.slices[slice.extends].begin &&
                  slice.end <= partition.slices[slice.extends].end
            : slice.begin == covered[slice.node] && slice.size() <= limit;
    if (!tiles || slice.size() == 0)
      return Error(
          fmt::format("slice [{}, {}) of '{}' leaves a gap or is larger "
                      "than {}",
                      slice.begin, slice.end, node.name, limit));
    if (!slice.isDelay())
      covered[slice.node] = slice.end;
    if (!slice.sends)
      continue;
    const uint64_t keys = uint64_t(~slice.mask) + 1;
    if (keys < slice.keys() || !std::has_single_bit(keys) ||
        slice.key % keys != 0)
      return Error(fmt::format("key {:#010x}, mask {:#010x} do not hold the {} "
                               "neurons of a slice of '{}'",
                               slice.key, slice.mask, slice.keys(), node.name));
    blocks.emplace_back(slice.key, slice.key + keys);
  }
  for (unsigned n = 0; n < network.nodes.size(); ++n)
    if (covered[n] != network.nodes[n].size)
      return Error(fmt::format("slices hold {} of the {} neurons of '{}'",
                               covered[n], network.nodes[n].size,
                               network.nodes[n].name));
  std::sort(blocks.begin(), blocks.end());
  for (size_t i = 1; i < blocks.size(); ++i)
    if (blocks[i].first < blocks[i - 1].second)
      return Error(
          fmt::format("two slices share the key {:#010x}", blocks[i].first));
  return {};
}
