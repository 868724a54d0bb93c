#include "compiler/Mapping/SynapticRows.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::mapping;
using network::Network;

using target::ringType;

void TableWriter::add(unsigned source, uint32_t length, uint64_t begin) {
  const Slice &slice = partition.slices[source];
  const auto start = static_cast<uint32_t>(image.addresses.size());
  if (image.table.empty() ||
      image.table[image.table.size() - tableEntryWords] != slice.key) {
    image.table.insert(image.table.end(),
                       {slice.key, slice.mask, start, 0, slice.keys()});
    startOverflow |= start >= 1u << 13;
  }
  // `count` grows by one in the third word of the entry.
  image.table[image.table.size() - 3] += 1u << 16;
  image.addresses.push_back((length - 1) | static_cast<uint32_t>(begin / 4)
                                               << 8);
  addressOverflow |= begin / 4 >= 1u << 24;
}

uint64_t CoreImage::synapsesOf(uint32_t address, uint32_t rowCount) const {
  if (rows.empty())
    return drawnSynapses[address];
  const uint64_t words = (addresses[address] & 0xff) + 1 + rowHeaderWords;
  uint64_t sum = 0;
  for (uint32_t i = 0; i < rowCount; ++i)
    sum += target::rowSynapses(rows, uint64_t(addresses[address] >> 8) * 4 +
                                         i * words);
  return sum;
}

Error limen::mapping::overflowError(std::string_view name) {
  return Error(fmt::format("a core of population '{}' needs more than 8192 "
                           "row blocks or 256 MiB of rows",
                           name))
      .note("use smaller slices: software.neurons_per_core of the target");
}

namespace {

/// A block of rows under construction: one projection, one source slice, one
/// target slice.
struct Block {
  unsigned sourceSlice = 0;
  std::vector<uint32_t> lengths; ///< words of each row
  std::vector<uint32_t> words;   ///< rows one after another
  bool plastic = false;
};

class ImageBuilder {
public:
  ImageBuilder(const Partition &partition, CoreImage &image)
      : image(image), table(partition, image) {}

  /// Blocks must come by ascending key, those of one key together. Rows that
  /// are too long for a block go on in another one.
  void add(const Block &block) {
    const uint32_t longest =
        *std::max_element(block.lengths.begin(), block.lengths.end());
    // Weights and controls of plastic synapses take half a word each.
    const uint32_t most =
        block.plastic ? (longestRow - image.historyWords) / 2 * 2 : longestRow;
    for (uint32_t begin = 0; begin < longest; begin += most)
      addPart(block, begin, std::min(longest - begin, most));
  }

  bool overflows() const { return table.overflows(); }

private:
  /// One row of synapses that a rule changes, `size` words after the header.
  void addPlastic(std::span<const uint32_t> synapses, uint32_t size) {
    const size_t at = image.rows.size();
    image.rows.resize(at + rowHeaderWords + size, 0);
    if (synapses.empty())
      return;
    const auto pairs = static_cast<uint32_t>((synapses.size() + 1) / 2);
    const uint32_t region = image.historyWords + pairs;
    uint32_t *const row = image.rows.data() + at;
    row[0] = region;
    row[region + 2] = static_cast<uint32_t>(synapses.size());
    for (size_t i = 0; i < synapses.size(); ++i) {
      const unsigned shift = 16 * (i % 2);
      row[1 + image.historyWords + i / 2] |= synapses[i] >> 16 << shift;
      row[region + rowHeaderWords + i / 2] |= (synapses[i] & 0xffff) << shift;
    }
  }

  /// Synapses [begin, begin + count) of every row that is as long.
  void addPart(const Block &block, uint32_t begin, uint32_t count) {
    const uint32_t length =
        block.plastic ? image.historyWords + (count + 1) / 2 * 2 : count;
    image.rows.resize((image.rows.size() + 3) / 4 * 4, 0);
    table.add(block.sourceSlice, length, image.rows.size());
    size_t row = 0;
    for (uint32_t words : block.lengths) {
      const uint32_t kept = std::min(words - std::min(words, begin), count);
      const auto first = block.words.begin() + static_cast<int64_t>(row) +
                         std::min(words, begin);
      row += words;
      if (block.plastic) {
        addPlastic(std::span(first, first + kept), length);
        continue;
      }
      image.rows.insert(image.rows.end(), {0, kept, 0});
      image.rows.insert(image.rows.end(), first, first + kept);
      image.rows.resize(image.rows.size() + (length - kept), 0);
    }
  }

  CoreImage &image;
  TableWriter table;
};

} // namespace

/// Cuts the rows of one source slice into blocks per target slice.
static std::vector<Block> cutRows(const Incoming &in,
                                  const Partition &partition, unsigned node,
                                  unsigned sourceSlice, uint32_t delay,
                                  unsigned slots, const RowLayout &layout,
                                  const std::vector<RingScale> &scales,
                                  bool plastic, RoundingReport &report) {
  const Slice &source = partition.slices[sourceSlice];
  const unsigned first = partition.firstSlice[node];
  std::vector<Block> blocks(partition.firstSlice[node + 1] - first);
  for (Block &block : blocks) {
    block.sourceSlice = sourceSlice;
    block.lengths.assign(source.keys(), 0);
    block.plastic = plastic;
  }
  for (uint32_t i = 0; i < source.keys(); ++i)
    for (const network::Synapse &synapse :
         in.rows->row(source.begin + i % source.size())) {
      const unsigned stage = source.isDelay() ? 1 + i / source.size() : 0;
      const uint32_t total = delay + synapse.delay;
      if (delayStages(total, slots) != stage)
        continue;
      const uint32_t type = ringType(in.receptor, synapse.weight);
      const uint32_t weight = quantise(synapse.weight, scales[type]);
      const double exact = std::abs(static_cast<double>(synapse.weight));
      const double unit = scales[type].unit();
      ++report.synapses;
      report.vanished += weight == 0 && !plastic;
      report.clipped += exact > (65535 + 0.5) * unit;
      report.largestError =
          std::max(report.largestError, std::abs(exact - weight * unit));
      if (weight == 0 && !plastic)
        continue;
      const unsigned slice = partition.sliceOf(node, synapse.target) - first;
      const uint32_t index =
          synapse.target - partition.slices[first + slice].begin;
      ++blocks[slice].lengths[i];
      blocks[slice].words.push_back(
          layout.encode(weight, total - stage * slots, type, index));
    }
  return blocks;
}

Result<std::vector<CoreImage>>
limen::mapping::buildImages(const Network &network, const Retiming &retiming,
                            const Partition &partition, unsigned node,
                            unsigned delayBits, unsigned slots,
                            const std::vector<Incoming> &incoming,
                            const std::vector<RingScale> &scales,
                            unsigned historyWords, RoundingReport &report) {
  const RowLayout layout = {bitsFor(partition.sliceSize[node]),
                            bitsFor(ringTypes(network.nodes[node])), delayBits};
  const unsigned first = partition.firstSlice[node];
  std::vector<CoreImage> images(partition.firstSlice[node + 1] - first);
  std::vector<ImageBuilder> builders;
  for (CoreImage &image : images) {
    image.layout = layout;
    image.historyWords = historyWords;
    builders.emplace_back(partition, image);
  }
  // Slices ascend by key, so going through them in order keeps tables sorted.
  for (unsigned s = 0; s < partition.slices.size(); ++s)
    for (const Incoming &in : incoming) {
      if (network.projections[in.projection].source != partition.slices[s].node)
        continue;
      const std::vector<Block> blocks = cutRows(
          in, partition, node, s, retiming.delays[in.projection], slots, layout,
          scales, network.projections[in.projection].plasticity.has_value(),
          report);
      for (size_t target = 0; target < blocks.size(); ++target)
        if (!blocks[target].words.empty())
          builders[target].add(blocks[target]);
    }
  for (const ImageBuilder &builder : builders)
    if (builder.overflows())
      return overflowError(network.nodes[node].name);
  return images;
}

Result<bool> limen::mapping::readConnections(const CoreImage &image,
                                             uint32_t key,
                                             std::vector<Connection> &out) {
  size_t low = 0, high = image.tableEntries();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    const uint32_t *entry = &image.table[middle * tableEntryWords];
    if ((key & entry[1]) > entry[0]) {
      low = middle + 1;
      continue;
    }
    if ((key & entry[1]) < entry[0]) {
      high = middle;
      continue;
    }
    const RowLayout &layout = image.layout;
    const uint32_t source = key & ~entry[1];
    const uint32_t start = entry[2] & 0x1fff, count = entry[2] >> 16;
    for (uint32_t a = start; a < start + count; ++a) {
      if (a >= image.addresses.size())
        return Error(fmt::format("address word {} of {} is missing", a,
                                 image.addresses.size()));
      const uint32_t length = (image.addresses[a] & 0xff) + 1;
      const uint64_t row = uint64_t(image.addresses[a] >> 8) * 4 +
                           uint64_t(source) * (length + rowHeaderWords);
      const auto outside = [&] {
        return Error(fmt::format("the row of key {:#010x} lies outside its "
                                 "block",
                                 key));
      };
      if (source >= (entry[4] & 0xffff) ||
          row + rowHeaderWords + length > image.rows.size() ||
          image.rows[row] > length)
        return outside();
      const uint64_t body = row + image.rows[row];
      const uint32_t fixed = image.rows[body + 1];
      const uint32_t plastic = image.rows[body + 2];
      if (body + rowHeaderWords + fixed + (uint64_t(plastic) + 1) / 2 >
          row + rowHeaderWords + length)
        return outside();
      const auto append = [&](uint32_t word) {
        const auto field = [&](unsigned from, unsigned bits) {
          return word >> from & ((1u << bits) - 1);
        };
        uint32_t delay =
            field(layout.indexBits + layout.typeBits, layout.delayBits);
        if (delay == 0)
          delay = 1u << layout.delayBits;
        out.push_back({source, field(0, layout.indexBits),
                       field(layout.indexBits, layout.typeBits), delay,
                       word >> 16});
      };
      for (uint32_t i = 0; i < fixed; ++i)
        append(image.rows[body + rowHeaderWords + i]);
      const auto half = [&](uint64_t from, uint32_t i) {
        return image.rows[from + i / 2] >> (16 * (i % 2)) & 0xffff;
      };
      for (uint32_t i = 0; i < plastic; ++i)
        append(half(row + 1 + image.historyWords, i) << 16 |
               half(body + rowHeaderWords + fixed, i));
    }
    return true;
  }
  return false;
}

/// Appends what `image` holds for neuron `i` of `source`, and for the
/// repetitions of its spike by the delay-extension cores `delays`, whose delays
/// count from the spike.
static Result<void> readAll(const CoreImage &image, const Slice &source,
                            std::span<const Slice> delays, uint32_t i,
                            unsigned slots, std::vector<Connection> &found) {
  if (auto read = readConnections(image, source.key | i, found); !read)
    return read.takeError();
  const uint32_t neuron = source.begin + i;
  for (const Slice &delay : delays) {
    if (neuron < delay.begin || neuron >= delay.end)
      continue;
    for (unsigned stage = 1; stage <= delay.stages; ++stage) {
      const size_t before = found.size();
      const uint32_t key =
          delay.key + (stage - 1) * delay.size() + (neuron - delay.begin);
      if (auto read = readConnections(image, key, found); !read)
        return read.takeError();
      for (size_t k = before; k < found.size(); ++k) {
        found[k].source = i;
        found[k].delay += stage * slots;
      }
    }
  }
  return {};
}

Result<void> limen::mapping::verify(const Network &network,
                                    const Retiming &retiming,
                                    const Partition &partition, unsigned node,
                                    unsigned slots,
                                    const std::vector<Incoming> &incoming,
                                    const std::vector<RingScale> &scales,
                                    const std::vector<CoreImage> &images) {
  const unsigned first = partition.firstSlice[node];
  std::vector<std::vector<Connection>> wanted(images.size());
  std::vector<Connection> found;
  std::vector<std::vector<Slice>> delays(partition.firstSlice.back());
  for (size_t d = delays.size(); d < partition.slices.size(); ++d)
    delays[partition.slices[d].extends].push_back(partition.slices[d]);
  for (size_t s = 0; s < partition.firstSlice.back(); ++s) {
    const Slice &source = partition.slices[s];
    for (uint32_t i = 0; source.sends && i < source.size(); ++i) {
      for (std::vector<Connection> &list : wanted)
        list.clear();
      for (const Incoming &in : incoming) {
        if (network.projections[in.projection].source != source.node)
          continue;
        for (const network::Synapse &synapse : in.rows->row(source.begin + i)) {
          const uint32_t type = ringType(in.receptor, synapse.weight);
          const uint32_t weight = quantise(synapse.weight, scales[type]);
          const uint32_t size = partition.sliceSize[node];
          if (weight != 0 || network.projections[in.projection].plasticity)
            wanted[synapse.target / size].push_back(
                {i, synapse.target % size, type,
                 retiming.delays[in.projection] + synapse.delay, weight});
        }
      }
      for (size_t target = 0; target < images.size(); ++target) {
        found.clear();
        if (auto read =
                readAll(images[target], source, delays[s], i, slots, found);
            !read)
          return read.takeError();
        std::sort(found.begin(), found.end());
        std::sort(wanted[target].begin(), wanted[target].end());
        if (found != wanted[target])
          return Error(fmt::format(
              "the image of slice {} of '{}' holds {} synapses from neuron {} "
              "of '{}' that differ from the {} wanted",
              first + target, network.nodes[node].name, found.size(),
              source.begin + i, network.nodes[source.node].name,
              wanted[target].size()));
      }
    }
  }
  return {};
}
