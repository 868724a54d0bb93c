// Which chips there are, which links join them, and which of those share a
// serial link between boards.
#pragma once

#include "hw-models/target/SpinMachine.h"

#include <array>
#include <cstdint>
#include <vector>

namespace limen::spin::noc {

/// Eight chip links that leave a board by the same edge share one serial link
/// (a trunk) to the board behind that edge.
inline constexpr unsigned trunkChannels = 8;

struct Topology {
  int width = 0, height = 0;
  bool wraps = false;
  std::vector<target::Chip> chips; ///< by y, then x
  std::vector<int32_t> indexOf;    ///< by y * width + x; -1: no chip
  struct Link {
    int32_t to = -1;      ///< index of the chip at the other end; -1: none
    int32_t trunk = -1;   ///< shared serial link; -1: on the board
    int32_t channel = -1; ///< 0..7 within the trunk
  };
  std::vector<std::array<Link, 6>> links; ///< by chip and link
  unsigned trunks = 0;

  /// -1 for no chip.
  int32_t at(target::Chip chip) const;
};

/// A torus of any size, all links alike; width and height multiples of 12 are
/// made of 48-chip boards, three to a triad of 12 x 12 chips.
Topology makeTorus(int width, int height);
/// One 48-chip board without wrap-around.
Topology makeBoard();
/// The machine of a chip's YAML.
Topology topologyOf(const target::SpinMachine &machine);

} // namespace limen::spin::noc
