#include "compiler/Mapping/KeyIndex.h"
#include "compiler/Mapping/TableCompression.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>

using namespace limen;
using namespace limen::mapping;
using target::RoutingEntry;

namespace {

/// Searches for keys outside a union of cubes, with a limit on the steps.
class Remainder {
public:
  explicit Remainder(uint64_t work) : work(work) {}

  /// A key of `cube` that is in none of `parts`; nothing if there is none, or
  /// if the work ran out.
  std::optional<uint32_t> find(KeyCube cube, std::span<const KeyCube> parts);
  bool exhausted() const { return work == 0; }
  void spend(uint64_t steps) { work -= std::min(work, steps); }

private:
  uint64_t work;
};

std::vector<KeyCube> matchable(std::span<const RoutingEntry> entries,
                               std::vector<uint32_t> &which) {
  std::vector<KeyCube> cubes;
  for (uint32_t i = 0; i < entries.size(); ++i)
    if ((entries[i].key & ~entries[i].mask) == 0) {
      cubes.push_back({entries[i].key, entries[i].mask});
      which.push_back(i);
    }
  return cubes;
}

} // namespace

std::optional<uint32_t> Remainder::find(KeyCube cube,
                                        std::span<const KeyCube> parts) {
  std::vector<KeyCube> near;
  std::array<uint32_t, 32> tested{};
  const int size = 32 - fixedBits(cube);
  uint64_t keys = 0;
  spend(parts.size() + 1);
  if (exhausted())
    return std::nullopt;
  for (KeyCube part : parts) {
    if (contains(part, cube))
      return std::nullopt;
    if (!intersect(part, cube))
      continue;
    near.push_back(part);
    const uint32_t narrow = part.mask & ~cube.mask;
    keys += uint64_t(1) << (size - std::popcount(narrow));
    for (uint32_t rest = narrow; rest; rest &= rest - 1)
      ++tested[static_cast<size_t>(std::countr_zero(rest))];
  }
  if (near.empty())
    return cube.key;
  spend(8 * near.size());
  // Split at the bit that most parts test. Parts too small to fill the cube are
  // not tried further than it takes to find a key beside them.
  const auto split = static_cast<unsigned>(
      std::max_element(tested.begin(), tested.end()) - tested.begin());
  const uint32_t bit = 1u << split;
  const KeyCube halves[] = {{cube.key, cube.mask | bit},
                            {cube.key | bit, cube.mask | bit}};
  // With fewer keys in the parts than in the cube one half has a free key; the
  // half with the smaller share of the parts has one for sure.
  if (keys < uint64_t(1) << size) {
    std::array<uint64_t, 2> share{};
    for (KeyCube part : near)
      for (size_t h = 0; h < 2; ++h)
        if (intersect(part, halves[h]))
          share[h] += uint64_t(1) << (32 - fixedBits(meet(part, halves[h])));
    return find(halves[share[0] <= share[1] ? 0 : 1], near);
  }
  for (KeyCube half : halves)
    if (const auto key = find(half, near))
      return key;
  return std::nullopt;
}

Result<void>
limen::mapping::verifyTable(std::span<const TableLine> table,
                            std::span<const RoutingEntry> compressed,
                            uint64_t work) {
  std::vector<RoutingEntry> entries;
  for (const TableLine &line : table)
    entries.push_back(line.entry);
  std::vector<uint32_t> lineOf, entryOf;
  const std::vector<KeyCube> before = matchable(entries, lineOf);
  const std::vector<KeyCube> after = matchable(compressed, entryOf);
  const KeyIndex beforeIndex(before), afterIndex(after);

  Remainder remainder(work);
  std::vector<uint32_t> met, hiding;
  std::vector<KeyCube> above;
  for (uint32_t i = 0; i < before.size() && !remainder.exhausted(); ++i) {
    const TableLine &line = table[lineOf[i]];
    met.clear();
    remainder.spend(afterIndex.find(before[i], met));
    const auto fail = [&](uint32_t key, const std::string &now) {
      return Error(fmt::format("key {:#010x} of line {} goes to {}; after "
                               "compression it {}",
                               key, lineOf[i] + 1, line.entry.route.text(),
                               now));
    };
    // Keys of the line that lines above it take are not its own.
    above.clear();
    bool knowHiding = false;
    const auto addHiding = [&] {
      if (knowHiding)
        return;
      knowHiding = true;
      hiding.clear();
      remainder.spend(beforeIndex.find(before[i], hiding));
      for (uint32_t j : hiding)
        if (j < i)
          above.push_back(before[j]);
    };
    bool closed = false;
    for (uint32_t t : met) {
      if (compressed[entryOf[t]].route != line.entry.route) {
        addHiding();
        const KeyCube shared = meet(before[i], after[t]);
        if (const auto key = remainder.find(shared, above))
          return fail(*key, fmt::format("goes to {} (line {})",
                                        compressed[entryOf[t]].route.text(),
                                        entryOf[t] + 1));
      }
      above.push_back(after[t]);
      // Nothing of the line reaches what comes below this one.
      closed = contains(after[t], before[i]);
      if (closed || remainder.exhausted())
        break;
    }
    if (closed || line.defaultable)
      continue;
    addHiding();
    if (const auto key = remainder.find(before[i], above))
      return fail(*key, "matches nothing, and default routing sends it "
                        "elsewhere");
  }
  if (remainder.exhausted())
    return Error(fmt::format("the proof that a table of {} lines and its "
                             "compressed form of {} are the same takes more "
                             "than {} steps",
                             table.size(), compressed.size(), work))
        .note("lines that overlap in many ways need long proofs");
  return {};
}
