#include "hw-models/spin/noc/Topology.h"

#include <cassert>
#include <map>

using namespace limen;
using namespace limen::spin::noc;
using target::Chip;
using target::linkSteps;

namespace {

constexpr int boardSide = 8, triadSide = 12;
/// Lower left corners of a triad's three boards.
constexpr std::array<Chip, 3> corners = {{{0, 0}, {8, 4}, {4, 8}}};
/// Corners of the six boards around a board, seen from its own.
constexpr std::array<Chip, 6> around = {
    {{8, 4}, {4, 8}, {-4, 4}, {-8, -4}, {-4, -8}, {4, -4}}};

/// The hexagon of a 48-chip board.
bool onBoard(int x, int y) {
  return x >= 0 && y >= 0 && x < boardSide && y < boardSide && x - y >= -3 &&
         x - y <= 4;
}

int modulo(int a, int b) { return (a % b + b) % b; }

struct OnBoard {
  int corner = 0; ///< which board of the triad
  Chip local;     ///< from its corner
};

OnBoard locate(Chip chip) {
  for (int i = 0; i < 3; ++i) {
    const int x = modulo(chip.x - corners[i].x, triadSide);
    const int y = modulo(chip.y - corners[i].y, triadSide);
    if (onBoard(x, y))
      return {i, {x, y}};
  }
  assert(false && "three hexagons tile the triad");
  return {};
}

} // namespace

int32_t Topology::at(Chip chip) const {
  if (wraps)
    chip = {modulo(chip.x, width), modulo(chip.y, height)};
  if (chip.x < 0 || chip.y < 0 || chip.x >= width || chip.y >= height)
    return -1;
  return indexOf[static_cast<size_t>(chip.y * width + chip.x)];
}

template <typename Has>
static Topology makeGrid(int width, int height, bool wraps, Has has) {
  Topology out;
  out.width = width;
  out.height = height;
  out.wraps = wraps;
  out.indexOf.assign(static_cast<size_t>(width * height), -1);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      if (has(Chip{x, y})) {
        out.indexOf[static_cast<size_t>(y * width + x)] =
            static_cast<int32_t>(out.chips.size());
        out.chips.push_back({x, y});
      }
  out.links.resize(out.chips.size());
  for (size_t c = 0; c < out.chips.size(); ++c)
    for (unsigned l = 0; l < 6; ++l)
      out.links[c][l].to = out.at(
          {out.chips[c].x + linkSteps[l].x, out.chips[c].y + linkSteps[l].y});
  return out;
}

/// Numbers the trunks of a torus of triads and their channels.
static void addTrunks(Topology &out) {
  std::map<std::array<int, 3>, std::pair<int32_t, int32_t>> known;
  for (size_t c = 0; c < out.chips.size(); ++c) {
    const OnBoard here = locate(out.chips[c]);
    const Chip corner = {modulo(out.chips[c].x - here.local.x, out.width),
                         modulo(out.chips[c].y - here.local.y, out.height)};
    for (unsigned l = 0; l < 6; ++l) {
      const Chip next = {here.local.x + linkSteps[l].x,
                         here.local.y + linkSteps[l].y};
      if (onBoard(next.x, next.y))
        continue;
      int edge = 0;
      while (!onBoard(next.x - around[edge].x, next.y - around[edge].y))
        ++edge;
      auto [it, fresh] =
          known.try_emplace({corner.x, corner.y, edge}, out.trunks, 0);
      out.trunks += fresh;
      out.links[c][l].trunk = it->second.first;
      out.links[c][l].channel = it->second.second++;
    }
  }
}

Topology limen::spin::noc::makeTorus(int width, int height) {
  Topology out = makeGrid(width, height, true, [](Chip) { return true; });
  if (width % triadSide == 0 && height % triadSide == 0)
    addTrunks(out);
  return out;
}

Topology limen::spin::noc::makeBoard() {
  return makeGrid(boardSide, boardSide, false,
                  [](Chip chip) { return onBoard(chip.x, chip.y); });
}

Topology limen::spin::noc::topologyOf(const target::SpinMachine &machine) {
  Topology out = makeGrid(machine.width, machine.height, machine.wraps,
                          [&](Chip chip) { return machine.hasChip(chip); });
  for (size_t c = 0; c < out.chips.size(); ++c)
    for (unsigned l = 0; l < 6; ++l) {
      Chip to;
      if (!machine.neighbour(out.chips[c], l, to))
        out.links[c][l].to = -1;
    }
  if (machine.wraps && machine.boards > 1)
    addTrunks(out);
  return out;
}
