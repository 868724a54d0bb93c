#include "runtime/engine/PackedRows.h"

#include "hw-models/base/HugePages.h"

#include <algorithm>
#include <cmath>

using namespace limen;
using namespace limen::engine;

/// The largest power of two that divides every weight into a 16-bit integer; 0
/// if there is none.
static float commonScale(const std::vector<RowsInput> &inputs) {
  // The unit must divide the weight with the lowest set bit and still reach the
  // largest weight with 15 bits.
  int lowest = 1000;
  float largest = 0;
  for (const RowsInput &input : inputs)
    for (const network::Synapse &synapse : input.rows->synapses) {
      int exponent = 0;
      const float mantissa = std::frexp(synapse.weight, &exponent);
      const auto digits =
          static_cast<uint32_t>(std::abs(std::ldexp(mantissa, 24)));
      lowest = std::min(lowest, exponent - 24 + std::countr_zero(digits));
      largest = std::max(largest, std::abs(synapse.weight));
      // Neither bound recovers: drawn weights end here after a few synapses.
      if (lowest < -120 || largest > std::ldexp(32767.0f, lowest))
        return 0;
    }
  if (lowest == 1000 || lowest < -120)
    return 0;
  const float unit = std::ldexp(1.0f, lowest);
  return largest / unit <= 32767.0f ? unit : 0;
}

namespace {

struct Entry {
  uint32_t key; ///< partition << 16 | delay
  uint32_t target;
  float weight;
};

/// Sorts a row that ascends by slot by (key, target), stable: by counting where
/// there are fewer delays than synapses.
void sortByKey(std::vector<Entry> &row, std::vector<Entry> &sorted,
               std::vector<uint32_t> &starts) {
  uint32_t delays = 0, partitions = 0;
  for (const Entry &entry : row) {
    delays = std::max(delays, (entry.key & 0xFFFFu) + 1);
    partitions = std::max(partitions, (entry.key >> 16) + 1);
  }
  if (static_cast<uint64_t>(delays) * partitions > row.size()) {
    std::stable_sort(
        row.begin(), row.end(),
        [](const Entry &a, const Entry &b) { return a.key < b.key; });
    return;
  }
  const auto place = [&](const Entry &entry) {
    return (entry.key >> 16) * delays + (entry.key & 0xFFFFu);
  };
  starts.assign(static_cast<size_t>(delays) * partitions + 1, 0);
  for (const Entry &entry : row)
    ++starts[place(entry) + 1];
  for (size_t k = 1; k < starts.size(); ++k)
    starts[k] += starts[k - 1];
  sorted.resize(row.size());
  for (const Entry &entry : row)
    sorted[starts[place(entry)]++] = entry;
  row.swap(sorted);
}

} // namespace

PackedRows::PackedRows(uint32_t sources, const std::vector<RowsInput> &inputs) {
  if (inputs.empty())
    return;
  scale = commonScale(inputs);
  compact = scale != 0;
  if (!compact)
    scale = 1;

  std::vector<Entry> row;
  std::vector<Entry> sorted;
  std::vector<uint32_t> starts;
  // Memory that is reserved and never written costs nothing; growing would
  // hold the rows twice.
  uint64_t synapses = 0;
  for (const RowsInput &input : inputs)
    synapses += input.rows->synapses.size();
  words.reserve(sources + synapses * (compact ? 3 : 4));
  adviseHugePages(words.data(), words.capacity() * sizeof(uint32_t));
  offsets.reserve(sources + 1);
  offsets.push_back(0);
  fan.reserve(sources);
  for (uint32_t source = 0; source < sources; ++source) {
    row.clear();
    for (const RowsInput &input : inputs)
      for (const network::Synapse &synapse : input.rows->row(source)) {
        const uint64_t slot = input.firstSlot + synapse.target;
        row.push_back({static_cast<uint32_t>(slot >> partitionBits << 16) |
                           (input.delay + synapse.delay),
                       static_cast<uint32_t>(slot & 0xFFFFu), synapse.weight});
      }
    // Stable: synapses of one pair keep the order of their projections, and
    // with it the order of their sum.
    const auto before = [](const Entry &a, const Entry &b) {
      return a.key >> 16 != b.key >> 16 ? a.key >> 16 < b.key >> 16
                                        : a.target < b.target;
    };
    if (!std::is_sorted(row.begin(), row.end(), before))
      std::stable_sort(row.begin(), row.end(), before);
    sortByKey(row, sorted, starts);
    fan.push_back(static_cast<uint32_t>(row.size()));
    if (!row.empty()) {
      const size_t header = words.size();
      words.push_back(0);
      for (size_t i = 0; i < row.size();) {
        size_t end = i;
        while (end < row.size() && row[end].key == row[i].key)
          ++end;
        words.push_back(row[i].key);
        words.push_back(static_cast<uint32_t>(end - i));
        ++words[header];
        i = end;
      }
      for (const Entry &entry : row) {
        if (compact) {
          const auto weight =
              static_cast<int16_t>(std::lrint(entry.weight / scale));
          words.push_back(static_cast<uint32_t>(static_cast<uint16_t>(weight))
                              << 16 |
                          entry.target);
        } else {
          words.push_back(entry.target);
          words.push_back(std::bit_cast<uint32_t>(entry.weight));
        }
      }
    }
    offsets.push_back(words.size());
  }
}
