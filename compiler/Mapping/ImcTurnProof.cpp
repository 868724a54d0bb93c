// The independent checker of turns: it follows the cells, not the mapper.

#include "compiler/Mapping/ImcSharing.h"
#include "runtime/network/Parts.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::mapping;
using network::Network;

namespace {

class TurnProof {
public:
  TurnProof(const Network &network, const target::ImcMacro &machine,
            const ImcPlan &plan)
      : network(network), machine(machine), plan(plan),
        parts(network::partsOf(network)) {}

  Result<void> run() {
    if (Result<void> fine = checkOrder(); !fine)
      return fine;
    if (Result<void> fine = checkFormed(); !fine)
      return fine;
    return follow();
  }

private:
  const ImcGroup &groupOf(unsigned t) const {
    return plan.groups[plan.tiles[t].group];
  }

  template <typename Visit> void forCells(unsigned t, Visit visit) const {
    const ImcTile &tile = plan.tiles[t];
    for (uint32_t r = 0; r < tile.rows; ++r)
      for (uint32_t c = 0; c < tile.cellColumns; ++c)
        visit(r, c,
              (size_t(tile.macro) * machine.rows + tile.row + r) *
                      machine.cols +
                  tile.column + c);
  }

  size_t cellCount() const {
    return size_t(plan.macros) * machine.rows * machine.cols;
  }

  /// Every population once, after its sources: those of other turns have run
  /// all their steps, those of the same turn this one.
  Result<void> checkOrder() const {
    std::vector<int> turnOf(network.nodes.size(), -1), place(turnOf);
    int next = 0;
    for (size_t turn = 0; turn < plan.turns.size(); ++turn)
      for (unsigned n : plan.turns[turn].populations) {
        if (turnOf[n] >= 0)
          return Error(fmt::format("population '{}' runs in turns {} and {}",
                                   network.nodes[n].name, turnOf[n], turn));
        turnOf[n] = static_cast<int>(turn);
        place[n] = next++;
      }
    for (unsigned n = 0; n < network.nodes.size(); ++n)
      if (!network.nodes[n].isInput && turnOf[n] < 0)
        return Error(fmt::format("population '{}' runs in no turn",
                                 network.nodes[n].name));
    for (const network::Projection &projection : network.projections) {
      if (network.nodes[projection.source].isInput)
        continue;
      const int from = turnOf[projection.source],
                to = turnOf[projection.target];
      if (from > to || (from == to && projection.delay == 0 &&
                        place[projection.source] > place[projection.target]))
        return Error(fmt::format("projection '{}' leads from turn {} back to "
                                 "turn {}",
                                 projection.name, from, to));
    }
    return {};
  }

  /// What a formed cell is: a place in the drawing of a projection.
  struct Drawn {
    int tile = -1;
    unsigned projection = 0;
    uint32_t row = 0, column = 0;
  };

  Drawn drawnBy(unsigned t, uint32_t r, uint32_t c) const {
    const ImcTile &tile = plan.tiles[t];
    const uint32_t row = tile.groupRow + r;
    const ImcBlock &block = blockOf(groupOf(t), row);
    Drawn drawn{static_cast<int>(t), block.projection, row - block.firstRow,
                2 * tile.groupColumn + c};
    for (const ImcWindow &window : plan.windows)
      if (window.projection == block.projection) {
        drawn.projection = window.of;
        drawn.row += window.rows;
        drawn.column += 2 * window.columns;
      }
    return drawn;
  }

  Result<void> checkFormed() {
    formed.assign(cellCount(), {});
    Result<void> result;
    for (unsigned t = 0; t < plan.tiles.size() && result; ++t) {
      if (!groupOf(t).formed)
        continue;
      forCells(t, [&](uint32_t r, uint32_t c, size_t cell) {
        const Drawn drawn = drawnBy(t, r, c);
        Drawn &before = formed[cell];
        if (before.tile < 0) {
          before = drawn;
          return;
        }
        if (!result)
          return;
        const unsigned other = static_cast<unsigned>(before.tile);
        if (parts.of[groupOf(t).target] == parts.of[groupOf(other).target])
          result = Error(fmt::format("tiles {} and {} of one network share "
                                     "formed cells",
                                     other, t));
        else if (before.projection != drawn.projection ||
                 before.row != drawn.row || before.column != drawn.column)
          result = Error(fmt::format(
              "a formed cell of macro {} is row {} column {} of projection "
              "'{}' for tile {}, row {} column {} of '{}' for tile {}",
              plan.tiles[t].macro, before.row, before.column,
              network.projections[before.projection].name, other, drawn.row,
              drawn.column, network.projections[drawn.projection].name, t));
      });
    }
    return result;
  }

  /// Writes a tile.
  Result<void> load(unsigned t) {
    Result<void> result;
    forCells(t, [&](uint32_t, uint32_t, size_t cell) {
      if (formed[cell].tile >= 0 && result)
        result = Error(fmt::format("tile {} writes cells that tile {} formed",
                                   t, formed[cell].tile));
      holder[cell] = static_cast<int>(t);
    });
    return result;
  }

  Result<void> read(unsigned t) const {
    if (groupOf(t).formed)
      return {};
    int found = static_cast<int>(t);
    forCells(t, [&](uint32_t, uint32_t, size_t cell) {
      if (holder[cell] != static_cast<int>(t))
        found = holder[cell];
    });
    if (found == static_cast<int>(t))
      return {};
    if (found < 0)
      return Error(fmt::format("tile {} is read before it is written", t));
    return Error(
        fmt::format("tile {} is read where tile {} was written", t, found));
  }

  Result<void> follow() {
    holder.assign(cellCount(), -1);
    std::vector<int> pageOf(plan.tiles.size(), -1);
    for (const ImcTurn &turn : plan.turns)
      for (size_t p = 0; p < turn.pages.size(); ++p)
        for (unsigned t : turn.pages[p]) {
          if (groupOf(t).formed)
            return Error(fmt::format("tile {} is formed and on a page", t));
          if (pageOf[t] >= 0)
            return Error(fmt::format("tile {} is on two pages", t));
          pageOf[t] = static_cast<int>(p);
        }
    for (unsigned t = 0; t < plan.tiles.size(); ++t)
      if (!groupOf(t).formed && pageOf[t] < 0)
        if (Result<void> done = load(t); !done)
          return done;
    for (int sample = 0; sample < 2; ++sample)
      for (const ImcTurn &turn : plan.turns)
        if (Result<void> done = followTurn(turn, pageOf); !done)
          return done;
    return {};
  }

  Result<void> followTurn(const ImcTurn &turn, const std::vector<int> &pageOf) {
    if (turn.pages.size() == 1)
      for (unsigned t : turn.pages.front())
        if (Result<void> done = load(t); !done)
          return done;
    for (int step = 0; step < 2; ++step) {
      int page = -1;
      for (unsigned n : turn.populations)
        for (unsigned t = 0; t < plan.tiles.size(); ++t) {
          if (groupOf(t).target != n)
            continue;
          if (turn.pages.size() > 1 && pageOf[t] >= 0 && pageOf[t] != page) {
            if (pageOf[t] != page + 1)
              return Error(
                  fmt::format("page {} follows page {}", pageOf[t], page));
            page = pageOf[t];
            for (unsigned member : turn.pages[static_cast<size_t>(page)])
              if (Result<void> done = load(member); !done)
                return done;
          }
          if (Result<void> done = read(t); !done)
            return done;
        }
    }
    return {};
  }

  const Network &network;
  const target::ImcMacro &machine;
  const ImcPlan &plan;
  network::Parts parts;
  std::vector<Drawn> formed; ///< by cell
  std::vector<int> holder;   ///< by cell: written tile, -1
};

} // namespace

Result<void> mapping::verifyTurns(const Network &network,
                                  const target::ImcMacro &machine,
                                  const ImcPlan &plan) {
  return TurnProof(network, machine, plan).run();
}
