#include "compiler/Mapping/ImcSharing.h"

#include "compiler/Mapping/ImcPacker.h"
#include "compiler/Mapping/ImcStages.h"
#include "runtime/network/Parts.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <numeric>

using namespace limen;
using namespace limen::mapping;
using network::Network;

const network::Random &mapping::formedStage(const Network &network,
                                            const ImcBlock &block) {
  return std::get<network::Random>(
      network.projections[block.projection].stages.back().kind);
}

const ImcBlock &mapping::blockOf(const ImcGroup &group, uint32_t row) {
  return *std::ranges::find_if(group.blocks, [&](const ImcBlock &block) {
    return row >= block.firstRow && row < block.firstRow + block.rows;
  });
}

/// Places `tiles`, tallest first; false (and `packer` is of no use) if one
/// finds no cells.
static bool placeAll(ImcPacker &packer, ImcPlan &plan,
                     std::vector<unsigned> tiles) {
  std::ranges::stable_sort(tiles, [&](unsigned a, unsigned b) {
    return plan.tiles[a].rows > plan.tiles[b].rows;
  });
  for (unsigned t : tiles) {
    ImcTile &tile = plan.tiles[t];
    const std::optional<ImcSpot> spot =
        packer.place(tile.rows, tile.cellColumns);
    if (!spot)
      return false;
    tile.macro = spot->macro;
    tile.row = spot->row;
    tile.column = spot->column;
  }
  return true;
}

static std::vector<unsigned> allTiles(const ImcPlan &plan) {
  std::vector<unsigned> tiles(plan.tiles.size());
  std::iota(tiles.begin(), tiles.end(), 0);
  return tiles;
}

unsigned mapping::placeAtOnce(const Network &network,
                              const target::ImcMacro &machine, ImcPlan &plan) {
  ImcPacker packer(machine, std::numeric_limits<unsigned>::max());
  placeAll(packer, plan, allTiles(plan));
  plan.macros = packer.used();
  plan.turns = {{network.order, {}}};
  return plan.macros;
}

namespace {

class Sharing {
public:
  Sharing(const Network &network, const target::ImcMacro &machine,
          ImcPlan &plan, unsigned needed)
      : network(network), machine(machine), plan(plan), needed(needed),
        parts(network::partsOf(network)), base(machine, machine.macros) {}

  Result<void> run() {
    if (Result<void> placed = placeFormed(); !placed)
      return placed;
    plan.turns = {{network.order, {}}};
    if (std::ranges::any_of(plan.tiles, [&](const ImcTile &tile) {
          return !plan.groups[tile.group].formed;
        }))
      if (Result<void> placed = placeWritten(); !placed)
        return placed;
    plan.macros = 0;
    for (const ImcTile &tile : plan.tiles)
      plan.macros = std::max(plan.macros, tile.macro + 1);
    return {};
  }

private:
  unsigned partOf(const ImcTile &tile) const {
    return parts.of[plan.groups[tile.group].target];
  }
  bool isFormed(unsigned t) const {
    return plan.groups[plan.tiles[t].group].formed;
  }

  //===--------------------------------------------------------------------===//
  // Formed cells
  //===--------------------------------------------------------------------===//

  Result<void> placeFormed() {
    std::map<unsigned, std::vector<unsigned>> byPart;
    std::map<unsigned, uint64_t> cells;
    std::vector<unsigned> all;
    for (unsigned t = 0; t < plan.tiles.size(); ++t)
      if (isFormed(t)) {
        const unsigned part = partOf(plan.tiles[t]);
        byPart[part].push_back(t);
        cells[part] += plan.tiles[t].cells();
        all.push_back(t);
      }
    ImcPacker together = base;
    if (placeAll(together, plan, all)) {
      base = together;
      return {};
    }
    // The largest network first: others fit into its windows.
    std::vector<unsigned> order;
    for (const auto &[part, tiles] : byPart)
      order.push_back(part);
    std::ranges::stable_sort(
        order, [&](unsigned a, unsigned b) { return cells[a] > cells[b]; });
    for (unsigned part : order) {
      ImcPacker alone = base;
      if (placeAll(alone, plan, byPart[part])) {
        base = alone;
        placed.insert(placed.end(), byPart[part].begin(), byPart[part].end());
        continue;
      }
      if (!shareWindows(byPart[part]))
        return doesNotFit(network, machine, plan, needed)
            .note(fmt::format(
                "formed cells cannot be written again: the {} of '{}' fit "
                "neither beside those of other networks nor into a window of "
                "them that is formed alike",
                cells[part], network::nameOf(network, parts, part)));
    }
    return {};
  }

  /// Makes all of `tiles`, of one network, windows of tiles that are placed.
  bool shareWindows(const std::vector<unsigned> &tiles) {
    std::map<unsigned, ImcWindow> windows; // by projection
    std::vector<unsigned> done;
    for (unsigned t : tiles) {
      if (!findWindow(t, done, windows))
        return false;
      done.push_back(t);
    }
    for (const auto &[projection, window] : windows)
      plan.windows.push_back(window);
    return true;
  }

  bool findWindow(unsigned t, const std::vector<unsigned> &siblings,
                  std::map<unsigned, ImcWindow> &windows) {
    ImcTile &tile = plan.tiles[t];
    for (unsigned o : placed) {
      const ImcTile &owner = plan.tiles[o];
      if (owner.rows < tile.rows || owner.columns < tile.columns)
        continue;
      for (uint32_t row = 0; row + tile.rows <= owner.rows; ++row)
        for (uint32_t column = 0; column + tile.columns <= owner.columns;
             ++column) {
          std::map<unsigned, ImcWindow> found = windows;
          if (!formedAlike(tile, owner, row, column, found))
            continue;
          tile.macro = owner.macro;
          tile.row = owner.row + row;
          tile.column = owner.column + 2 * column;
          if (std::ranges::any_of(siblings, [&](unsigned s) {
                return overlap(tile, plan.tiles[s]);
              }))
            continue;
          tile.shares = static_cast<int>(o);
          windows = std::move(found);
          return true;
        }
    }
    return false;
  }

  /// Whether `tile` can be the window of `owner` at (row, column): its cells
  /// are formed as its own would be, and every projection gets one window.
  bool formedAlike(const ImcTile &tile, const ImcTile &owner, uint32_t row,
                   uint32_t column,
                   std::map<unsigned, ImcWindow> &windows) const {
    const ImcGroup &group = plan.groups[tile.group];
    const ImcGroup &from = plan.groups[owner.group];
    for (uint32_t r = 0; r < tile.rows; ++r) {
      const uint32_t mine = tile.groupRow + r;
      const uint32_t theirs = owner.groupRow + row + r;
      const ImcBlock &block = blockOf(group, mine);
      const ImcBlock &other = blockOf(from, theirs);
      const network::Random &a = formedStage(network, block);
      const network::Random &b = formedStage(network, other);
      if (a.a != b.a || a.b != b.b || a.density != b.density ||
          (a.gain < 0) != (b.gain < 0))
        return false;
      const uint32_t fromRow = theirs - other.firstRow;
      const uint32_t fromColumn = owner.groupColumn + column;
      if (fromRow < mine - block.firstRow || fromColumn < tile.groupColumn)
        return false;
      const ImcWindow window{block.projection, other.projection,
                             fromRow - (mine - block.firstRow),
                             fromColumn - tile.groupColumn};
      const auto [known, fresh] = windows.try_emplace(block.projection, window);
      if (!fresh &&
          (known->second.of != window.of || known->second.rows != window.rows ||
           known->second.columns != window.columns))
        return false;
    }
    return true;
  }

  static bool overlap(const ImcTile &a, const ImcTile &b) {
    return a.macro == b.macro && a.row < b.row + b.rows &&
           b.row < a.row + a.rows && a.column < b.column + b.cellColumns &&
           b.column < a.column + a.cellColumns;
  }

  //===--------------------------------------------------------------------===//
  // Written cells
  //===--------------------------------------------------------------------===//

  /// A choice of macros that are left for loading.
  struct Choice {
    std::vector<ImcTile> tiles;
    std::vector<ImcTurn> turns;
    uint64_t perStep = 0, perSample = 0; ///< cells written
  };

  uint64_t cellsOf(const std::vector<unsigned> &tiles) const {
    uint64_t cells = 0;
    for (unsigned t : tiles)
      cells += plan.tiles[t].cells();
    return cells;
  }

  Result<void> placeWritten() {
    stages = stagesOf(network, plan);
    for (const ImcStage &stage : stages) {
      ImcPacker alone = base;
      larger.push_back(!placeAll(alone, plan, stage.tiles));
    }
    std::optional<Choice> best;
    const unsigned most = std::min(machine.macros, needed);
    for (unsigned reserve = 1; reserve <= most; ++reserve) {
      std::optional<Choice> choice = choose(machine.macros - reserve);
      if (choice && (!best || std::pair(choice->perStep, choice->perSample) <
                                  std::pair(best->perStep, best->perSample)))
        best = std::move(choice);
    }
    if (!best)
      return doesNotFit(network, machine, plan, needed)
          .note("formed cells, which are never written, leave no room in which "
                "the others could take turns");
    plan.tiles = std::move(best->tiles);
    plan.turns = std::move(best->turns);
    return {};
  }

  /// Resident tiles on the first `resident` macros, the others by pages in what
  /// is left.
  std::optional<Choice> choose(unsigned resident) {
    ImcPacker packer = base;
    packer.setLimit(resident);
    std::vector<bool> stays(plan.tiles.size(), false);
    const auto settle = [&](const std::vector<unsigned> &tiles) {
      ImcPacker next = packer;
      if (!placeAll(next, plan, tiles))
        return;
      packer = next;
      for (unsigned t : tiles)
        stays[t] = true;
    };
    // What would be loaded in every step stays first, then the largest stages.
    std::vector<size_t> order(stages.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](size_t a, size_t b) {
      return cellsOf(stages[a].tiles) > cellsOf(stages[b].tiles);
    });
    for (size_t s = 0; s < stages.size(); ++s)
      if (larger[s])
        for (unsigned t : stages[s].tiles)
          settle({t});
    for (size_t s : order)
      if (!larger[s])
        settle(stages[s].tiles);

    packer.setLimit(machine.macros);
    Choice choice;
    for (size_t s = 0; s < stages.size(); ++s) {
      std::vector<unsigned> loaded;
      for (unsigned t : stages[s].tiles)
        if (!stays[t])
          loaded.push_back(t);
      if (!addTurn(choice, s, loaded, packer))
        return std::nullopt;
    }
    keepUntouched(choice);
    choice.tiles = plan.tiles;
    if (std::ranges::all_of(choice.turns, [](const ImcTurn &turn) {
          return turn.pages.empty();
        }))
      choice.turns = {{network.order, {}}};
    for (const ImcTurn &turn : choice.turns)
      for (const std::vector<unsigned> &page : turn.pages)
        (turn.pages.size() > 1 ? choice.perStep : choice.perSample) +=
            cellsOf(page);
    return choice;
  }

  /// Adds a stage whose tiles `loaded` are written for it. False: one of them
  /// has no room.
  bool addTurn(Choice &choice, size_t stage,
               const std::vector<unsigned> &loaded, const ImcPacker &packer) {
    std::vector<ImcTurn> &turns = choice.turns;
    const std::vector<unsigned> &members = stages[stage].populations;
    const bool joins = stage > 0 &&
                       stages[stage - 1].part == stages[stage].part &&
                       turns.back().pages.size() <= 1;
    if (joins && !larger[stage]) {
      std::vector<unsigned> page;
      if (!turns.back().pages.empty())
        page = turns.back().pages.front();
      page.insert(page.end(), loaded.begin(), loaded.end());
      ImcPacker both = packer;
      const std::vector<ImcTile> before = plan.tiles;
      if (placeAll(both, plan, page)) {
        if (!page.empty())
          turns.back().pages = {page};
        turns.back().populations.insert(turns.back().populations.end(),
                                        members.begin(), members.end());
        return true;
      }
      plan.tiles = before;
    }
    turns.push_back({members, {}});
    std::vector<unsigned> page;
    for (unsigned t : loaded) {
      std::vector<unsigned> next = page;
      next.push_back(t);
      ImcPacker fits = packer;
      const std::vector<ImcTile> before = plan.tiles;
      if (placeAll(fits, plan, next)) {
        page = std::move(next);
        continue;
      }
      plan.tiles = before;
      // Only a stage that is larger than the chip is cut.
      if (page.empty() || !larger[stage])
        return false;
      turns.back().pages.push_back(std::move(page));
      page = {t};
      ImcPacker alone = packer;
      if (!placeAll(alone, plan, page))
        return false;
    }
    if (!page.empty())
      turns.back().pages.push_back(std::move(page));
    return true;
  }

  /// Takes tiles off their page that no other page overwrites.
  void keepUntouched(Choice &choice) const {
    std::vector<std::pair<unsigned, unsigned>> loaded; // (page, tile)
    unsigned count = 0;
    for (const ImcTurn &turn : choice.turns)
      for (const std::vector<unsigned> &page : turn.pages) {
        for (unsigned t : page)
          loaded.push_back({count, t});
        ++count;
      }
    unsigned number = 0;
    for (ImcTurn &turn : choice.turns) {
      for (std::vector<unsigned> &page : turn.pages) {
        std::erase_if(page, [&](unsigned t) {
          return std::ranges::none_of(loaded, [&](const auto &other) {
            return other.first != number &&
                   overlap(plan.tiles[t], plan.tiles[other.second]);
          });
        });
        ++number;
      }
      std::erase_if(turn.pages, [](const auto &page) { return page.empty(); });
    }
  }

  const Network &network;
  const target::ImcMacro &machine;
  ImcPlan &plan;
  unsigned needed;
  network::Parts parts;
  ImcPacker base;               ///< after the formed tiles
  std::vector<unsigned> placed; ///< formed tiles with cells of their own
  std::vector<ImcStage> stages;
  std::vector<bool> larger; ///< per stage: than the chip
};

} // namespace

Result<void> mapping::placeInTurns(const Network &network,
                                   const target::ImcMacro &machine,
                                   ImcPlan &plan, unsigned needed) {
  return Sharing(network, machine, plan, needed).run();
}
