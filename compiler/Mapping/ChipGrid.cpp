#include "compiler/Mapping/ChipGrid.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

using namespace limen;
using namespace limen::mapping;
using target::Chip;

/// Hops of the hexagonal vector (dx, dy): diagonal links serve both at once
/// where the signs agree.
static int hops(int dx, int dy) {
  return (dx > 0) == (dy > 0) ? std::max(std::abs(dx), std::abs(dy))
                              : std::abs(dx) + std::abs(dy);
}

Way limen::mapping::shortestWay(int dx, int dy, int width, int height,
                                bool wraps) {
  Chip best = {dx, dy};
  if (wraps)
    for (int i : {0, -1, 1})
      for (int j : {0, -1, 1}) {
        const Chip vector = {dx + i * width, dy + j * height};
        if (hops(vector.x, vector.y) < hops(best.x, best.y))
          best = vector;
      }
  int diagonal = 0;
  if (best.x > 0 && best.y > 0)
    diagonal = std::min(best.x, best.y);
  else if (best.x < 0 && best.y < 0)
    diagonal = std::max(best.x, best.y);
  const int across = best.x - diagonal, up = best.y - diagonal;
  // Links E NE N W SW S are 0 to 5.
  struct Leg {
    int count;
    uint8_t link;
  };
  std::array<Leg, 3> legs = {
      {{std::abs(across), static_cast<uint8_t>(across > 0 ? 0 : 3)},
       {std::abs(diagonal), static_cast<uint8_t>(diagonal > 0 ? 1 : 4)},
       {std::abs(up), static_cast<uint8_t>(up > 0 ? 2 : 5)}}};
  std::stable_sort(legs.begin(), legs.end(), [](const Leg &a, const Leg &b) {
    return a.count > b.count;
  });
  Way way;
  for (size_t i = 0; i < legs.size(); ++i) {
    way.counts[i] = static_cast<uint16_t>(legs[i].count);
    way.links[i] = legs[i].link;
    way.length += static_cast<unsigned>(legs[i].count);
  }
  return way;
}

ChipGrid::ChipGrid(int width, int height, bool wraps)
    : width(width), height(height), wraps(wraps),
      cores(static_cast<size_t>(width * height), 0),
      sdram(static_cast<size_t>(width * height), 0),
      present(static_cast<size_t>(width * height), 0),
      linkMask(static_cast<size_t>(width * height), 0) {
  const int stride = 2 * width - 1;
  origin = (height - 1) * stride + width - 1;
  for (int chip = 0; chip < size(); ++chip) {
    const Chip at = chipOf(chip);
    slots.push_back(at.y * stride + at.x);
    std::array<int, 6> &next = steps.emplace_back();
    for (unsigned link = 0; link < 6; ++link) {
      Chip to = {at.x + target::linkSteps[link].x,
                 at.y + target::linkSteps[link].y};
      if (wraps)
        to = {(to.x + width) % width, (to.y + height) % height};
      const bool outside =
          to.x < 0 || to.y < 0 || to.x >= width || to.y >= height;
      next[link] = outside ? -1 : indexOf(to);
    }
  }
  for (int dy = 1 - height; dy < height; ++dy)
    for (int dx = 1 - width; dx < width; ++dx) {
      ways.push_back(shortestWay(dx, dy, width, height, wraps));
      distances.push_back(static_cast<uint16_t>(ways.back().length));
    }
}

void ChipGrid::linkUp() {
  for (int chip = 0; chip < size(); ++chip)
    for (unsigned link = 0; link < 6; ++link) {
      const int next = step(chip, link);
      if (present[static_cast<size_t>(chip)] && next >= 0 &&
          present[static_cast<size_t>(next)])
        linkMask[static_cast<size_t>(chip)] |= static_cast<uint8_t>(1u << link);
    }
}

ChipGrid ChipGrid::of(const target::SpinMachine &machine) {
  ChipGrid grid(machine.width, machine.height, machine.wraps);
  for (Chip chip : machine.chips()) {
    const auto i = static_cast<size_t>(grid.indexOf(chip));
    grid.present[i] = 1;
    grid.cores[i] = static_cast<unsigned>(machine.coresOf(chip).size());
    grid.sdram[i] = machine.sdramBytes;
  }
  for (int chip = 0; chip < grid.size(); ++chip)
    for (unsigned link = 0; link < 6; ++link) {
      Chip next;
      if (grid.present[static_cast<size_t>(chip)] &&
          machine.neighbour(grid.chipOf(chip), link, next))
        grid.linkMask[static_cast<size_t>(chip)] |=
            static_cast<uint8_t>(1u << link);
    }
  return grid;
}

ChipGrid ChipGrid::uniform(int width, int height, bool wraps, unsigned cores,
                           uint64_t sdram) {
  ChipGrid grid(width, height, wraps);
  std::fill(grid.present.begin(), grid.present.end(), uint8_t(1));
  std::fill(grid.cores.begin(), grid.cores.end(), cores);
  std::fill(grid.sdram.begin(), grid.sdram.end(), sdram);
  grid.linkUp();
  return grid;
}

void ChipGrid::killLink(int chip, unsigned link) {
  const int next = step(chip, link);
  linkMask[static_cast<size_t>(chip)] &= static_cast<uint8_t>(~(1u << link));
  if (next >= 0)
    linkMask[static_cast<size_t>(next)] &=
        static_cast<uint8_t>(~(1u << target::oppositeLink(link)));
}

void ChipGrid::killChip(int chip) {
  for (unsigned link = 0; link < 6; ++link)
    killLink(chip, link);
  present[static_cast<size_t>(chip)] = 0;
  cores[static_cast<size_t>(chip)] = 0;
  sdram[static_cast<size_t>(chip)] = 0;
}

std::vector<int> ChipGrid::parts() const {
  std::vector<int> part(static_cast<size_t>(size()), -1);
  std::vector<int> sizes;
  for (int first = 0; first < size(); ++first) {
    if (!present[static_cast<size_t>(first)] ||
        part[static_cast<size_t>(first)] >= 0)
      continue;
    const int number = static_cast<int>(sizes.size());
    std::vector<int> queue = {first};
    part[static_cast<size_t>(first)] = number;
    for (size_t head = 0; head < queue.size(); ++head)
      for (unsigned link = 0; link < 6; ++link)
        if (const int next = neighbour(queue[head], link);
            next >= 0 && part[static_cast<size_t>(next)] < 0) {
          part[static_cast<size_t>(next)] = number;
          queue.push_back(next);
        }
    sizes.push_back(static_cast<int>(queue.size()));
  }
  if (sizes.empty())
    return part;
  const auto largest = static_cast<int>(
      std::max_element(sizes.begin(), sizes.end()) - sizes.begin());
  for (int &p : part)
    if (p == largest)
      p = 0;
    else if (p >= 0 && p < largest)
      ++p;
  return part;
}
