#include "runtime/engine/PackedRows.h"

#include "hw-models/base/Parallel.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace limen;
using namespace limen::engine;

namespace {

/// Finds the largest power of two that divides every weight into a 16-bit
/// integer.
class ScaleFinder {
public:
  /// False when there is none.
  bool add(float weight) {
    if (weight == 0)
      return true;
    // The unit must divide the weight with the lowest set bit and still reach
    // the largest weight with 15 bits.
    int exponent = 0;
    const float mantissa = std::frexp(weight, &exponent);
    const auto digits =
        static_cast<uint32_t>(std::abs(std::ldexp(mantissa, 24)));
    lowest = std::min(lowest, exponent - 24 + std::countr_zero(digits));
    largest = std::max(largest, std::abs(weight));
    // Neither bound recovers: drawn weights end here after a few synapses.
    return lowest >= -120 && largest <= std::ldexp(32767.0f, lowest);
  }

  /// 0 without any weight.
  float scale() const { return lowest == none ? 0 : std::ldexp(1.0f, lowest); }

private:
  static constexpr int none = 1000;
  int lowest = none;
  float largest = 0;
};

} // namespace

static bool addAll(ScaleFinder &finder, std::span<const float> weights) {
  return std::all_of(weights.begin(), weights.end(),
                     [&](float weight) { return finder.add(weight); });
}

static bool addAll(ScaleFinder &finder, const network::Rows &rows) {
  return std::all_of(
      rows.synapses.begin(), rows.synapses.end(),
      [&](const network::Synapse &s) { return finder.add(s.weight); });
}

/// The scale of compact rows; 0 if there is none.
static float commonScale(uint32_t sources,
                         const std::vector<RowsInput> &inputs) {
  ScaleFinder finder;
  network::Rows rows;
  for (const RowsInput &input : inputs) {
    if (input.rows) {
      if (!addAll(finder, *input.rows))
        return 0;
    } else if (const auto known = input.expander->weights()) {
      if (!addAll(finder, known->values))
        return 0;
    } else {
      // Drawn weights rarely pass the first row.
      uint32_t step = 1;
      for (uint32_t first = 0; first < sources; first += step) {
        step = std::min(2 * step, 1024u);
        input.expander->expand(first, std::min(sources - first, step) + first,
                               false, rows);
        if (!addAll(finder, rows))
          return 0;
      }
    }
  }
  return finder.scale();
}

namespace {

struct Entry {
  uint32_t key; ///< partition << 16 | delay
  uint32_t target;
  float weight;
};

uint64_t orderOf(const Entry &entry) {
  return static_cast<uint64_t>(entry.key) << 16 | entry.target;
}

/// Sorts a row by partition, delay and target. Stable: synapses of one pair
/// keep the order of their projections, and with it the order of their sum.
class RowSorter {
public:
  void sort(std::vector<Entry> &row) {
    uint64_t bits = 0; // that differ
    uint32_t delays = 0, partitions = 0;
    bool sorted = true, ascending = true;
    for (size_t i = 1; i < row.size(); ++i) {
      bits |= orderOf(row[i]) ^ orderOf(row[0]);
      sorted &= orderOf(row[i - 1]) <= orderOf(row[i]);
      ascending &= row[i - 1].key >> 16 == row[i].key >> 16
                       ? row[i - 1].target <= row[i].target
                       : row[i - 1].key < row[i].key;
    }
    if (sorted)
      return;
    if (row.size() < 32)
      return insert(row);
    for (const Entry &entry : row) {
      delays = std::max(delays, (entry.key & 0xFFFFu) + 1);
      partitions = std::max(partitions, (entry.key >> 16) + 1);
    }
    // Ascending slots need no sorting by target.
    const auto target = [&](unsigned shift) {
      if (!ascending && (bits >> shift & 0xFFu) != 0)
        pass(row, 256, [shift](const Entry &entry) {
          return entry.target >> shift & 0xFFu;
        });
    };
    target(0);
    target(8);
    if (static_cast<uint64_t>(delays) * partitions <= 2048) {
      pass(row, delays * partitions, [delays](const Entry &entry) {
        return (entry.key >> 16) * delays + (entry.key & 0xFFFFu);
      });
      return;
    }
    for (unsigned shift = 0; shift < 32; shift += 8)
      if ((bits >> (16 + shift) & 0xFFu) != 0)
        pass(row, 256, [shift](const Entry &entry) {
          return entry.key >> shift & 0xFFu;
        });
  }

private:
  static void insert(std::vector<Entry> &row) {
    for (size_t i = 1; i < row.size(); ++i) {
      const Entry entry = row[i];
      size_t k = i;
      for (; k > 0 && orderOf(row[k - 1]) > orderOf(entry); --k)
        row[k] = row[k - 1];
      row[k] = entry;
    }
  }

  template <typename Place>
  void pass(std::vector<Entry> &row, uint32_t places, Place placeOf) {
    starts.assign(places, 0);
    for (const Entry &entry : row)
      ++starts[placeOf(entry)];
    std::exclusive_scan(starts.begin(), starts.end(), starts.begin(), 0u);
    other.resize(row.size());
    for (const Entry &entry : row)
      other[starts[placeOf(entry)]++] = entry;
    row.swap(other);
  }

  std::vector<Entry> other;
  std::vector<uint32_t> starts;
};

/// What one thread needs.
struct Scratch {
  std::vector<network::Rows> expanded; ///< by input
  std::vector<Entry> row;
  std::vector<uint32_t> words;
  RowSorter sorter;
};

} // namespace

/// Appends a sorted row as a stream of words.
static void appendRow(const std::vector<Entry> &row, float scale,
                      std::vector<uint32_t> &words) {
  const size_t header = words.size();
  words.push_back(0);
  const auto endOf = [&](size_t begin) {
    size_t end = begin;
    while (end < row.size() && row[end].key == row[begin].key)
      ++end;
    return end;
  };
  for (size_t i = 0, end = 0; i < row.size(); i = end) {
    end = endOf(i);
    words.push_back(row[i].key);
    words.push_back(static_cast<uint32_t>(end - i));
    ++words[header];
  }
  if (scale != 0) {
    for (const Entry &entry : row)
      words.push_back(
          static_cast<uint32_t>(static_cast<uint16_t>(
              static_cast<int16_t>(std::lrint(entry.weight / scale))))
              << 16 |
          entry.target);
    return;
  }
  const uint32_t segments = words[header];
  size_t at = words.size(), i = 0;
  words.resize(at + row.size() + (row.size() + segments) / 2);
  for (uint32_t s = 0; s < segments; ++s) {
    const uint32_t count = words[header + 2 + 2 * s];
    for (uint32_t k = 0; k < count; ++k)
      words[at + k] = std::bit_cast<uint32_t>(row[i + k].weight);
    at += count;
    for (uint32_t k = 0; k < count; k += 2)
      words[at + k / 2] =
          row[i + k].target | (k + 1 < count ? row[i + k + 1].target << 16 : 0);
    at += (count + 1) / 2;
    i += count;
  }
  words.resize(at);
}

PackedRows::PackedRows(uint32_t sources, const std::vector<RowsInput> &inputs,
                       unsigned threads) {
  if (inputs.empty())
    return;
  if (threads == 0)
    threads = processorCount();
  const float unit = commonScale(sources, inputs);
  compact = unit != 0;
  if (compact)
    scale = unit;

  uint64_t synapses = 0;
  for (const RowsInput &input : inputs)
    synapses +=
        input.rows ? input.rows->synapses.size() : input.expander->estimate();
  const uint64_t step = network::sourcesAtATime(sources, synapses, threads);
  const uint64_t pieces = (sources + step - 1) / step;
  rows.resize(sources);
  blocks.resize(pieces);
  std::vector<uint64_t> sizes(pieces, 0);
  std::vector<Scratch> scratches(threads);
  parallelFor(pieces, threads, [&](uint64_t piece, unsigned thread) {
    Scratch &scratch = scratches[thread];
    const auto first = static_cast<uint32_t>(piece * step);
    const auto last =
        static_cast<uint32_t>(std::min<uint64_t>(sources, first + step));
    scratch.expanded.resize(inputs.size());
    for (size_t k = 0; k < inputs.size(); ++k)
      if (!inputs[k].rows) {
        inputs[k].expander->expand(first, last, false, scratch.expanded[k]);
        inputs[k].expander->release(first, last);
      }
    scratch.words.clear();
    for (uint32_t source = first; source < last; ++source) {
      scratch.row.clear();
      for (size_t k = 0; k < inputs.size(); ++k) {
        const RowsInput &input = inputs[k];
        for (const network::Synapse &synapse :
             input.rows ? input.rows->row(source)
                        : scratch.expanded[k].row(source - first)) {
          const uint64_t slot = input.firstSlot + synapse.target;
          scratch.row.push_back(
              {static_cast<uint32_t>(slot >> partitionBits << 16) |
                   (input.delay + synapse.delay),
               static_cast<uint32_t>(slot & 0xFFFFu), synapse.weight});
        }
      }
      if (scratch.row.empty())
        continue;
      scratch.sorter.sort(scratch.row);
      const size_t before = scratch.words.size();
      appendRow(scratch.row, unit, scratch.words);
      rows[source].size = static_cast<uint32_t>(scratch.words.size() - before);
      rows[source].synapses = static_cast<uint32_t>(scratch.row.size());
    }
    // Memory of just the right size, written once.
    const size_t size = sizes[piece] = scratch.words.size();
    blocks[piece] = Pages(size * sizeof(uint32_t));
    auto *at = static_cast<uint32_t *>(blocks[piece].data());
    std::copy(scratch.words.begin(), scratch.words.end(), at);
    for (uint32_t source = first; source < last; ++source) {
      rows[source].words = at;
      at += rows[source].size;
    }
  });
  words = std::reduce(sizes.begin(), sizes.end(), uint64_t(0));
}

uint64_t PackedRows::bytes() const {
  return words * sizeof(uint32_t) + rows.size() * sizeof(Row);
}
