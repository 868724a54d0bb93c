#include "hw-models/target/SpinMemory.h"

#include <fmt/format.h>

using namespace limen;
using namespace limen::target;

/// That the rows' headers are sound.
static Result<void> checkRows(const RowBlock &block,
                              std::span<const uint32_t> rows) {
  for (uint32_t neuron = 0; neuron < block.neurons; ++neuron) {
    const uint64_t at = block.rowAt(neuron);
    const uint64_t region = rows[at];
    const auto fail = [&](uint64_t fixed, uint64_t plastic) {
      return Error(fmt::format(
          "row {} of key {:#010x} has {} plastic words, {} "
          "fixed and {} plastic synapses; at most {} words "
          "in all, and plastic ones together, were wanted",
          neuron, block.key, region, fixed, plastic, block.rowLength));
    };
    if (region > block.rowLength)
      return fail(0, 0);
    const uint64_t fixed = rows[at + region + 1];
    const uint64_t plastic = rows[at + region + 2];
    if (region + fixed + (plastic + 1) / 2 > block.rowLength ||
        (region == 0) != (plastic == 0))
      return fail(fixed, plastic);
  }
  return {};
}

Result<std::vector<RowBlock>>
limen::target::readBlocks(std::span<const uint32_t> table,
                          std::span<const uint32_t> addresses,
                          std::span<const uint32_t> rows) {
  auto blocks = readBlocks(table, addresses, uint64_t(rows.size()));
  if (!blocks)
    return blocks;
  for (const RowBlock &block : *blocks)
    if (auto fine = checkRows(block, rows); !fine)
      return fine.takeError();
  return blocks;
}

Result<std::vector<RowBlock>>
limen::target::readBlocks(std::span<const uint32_t> table,
                          std::span<const uint32_t> addresses, uint64_t words) {
  constexpr size_t entryWords = 5;
  if (table.size() % entryWords != 0)
    return Error(
        fmt::format("a population table of {} words has no whole number "
                    "of entries",
                    table.size()));
  std::vector<RowBlock> blocks;
  for (size_t e = 0; e < table.size(); e += entryWords) {
    const auto entry = table.subspan(e, entryWords);
    if (e > 0 && entry[0] <= table[e - entryWords])
      return Error(
          fmt::format("key {:#010x} of a population table is not above "
                      "its predecessor",
                      entry[0]));
    const uint32_t start = entry[2] & 0x1fff, count = entry[2] >> 16;
    if (start + count > addresses.size())
      return Error(
          fmt::format("key {:#010x} needs address words {} to {}; there "
                      "are {}",
                      entry[0], start, start + count, addresses.size()));
    for (uint32_t a = start; a < start + count; ++a) {
      const RowBlock block = {entry[0], entry[1], entry[4] & 0xffff,
                              (addresses[a] & 0xff) + 1,
                              uint64_t(addresses[a] >> 8) * 4};
      if (block.rowAt(block.neurons) > words)
        return Error(fmt::format("the rows of key {:#010x} end at word {}; the "
                                 "memory has {}",
                                 block.key, block.rowAt(block.neurons), words));
      blocks.push_back(block);
    }
  }
  return blocks;
}
