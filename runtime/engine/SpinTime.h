// When packets and rows of a SpiNNaker-style machine are where: which rows act
// in a tick, which are late, which are lost.
//
// Time flows one way within a tick: neuron loops begin (as late as the tick
// before made them), send, the network carries, cores receive and process. What
// cores do does not delay the packets of the same tick, but by full ports in
// fidelity `event`.
#pragma once

#include "hw-models/base/Team.h"
#include "hw-models/spin/core/EventChip.h"
#include "hw-models/spin/core/TickCore.h"
#include "hw-models/spin/core/Trees.h"
#include "hw-models/spin/noc/Network.h"
#include "runtime/engine/SpinDelivery.h"

#include <functional>
#include <memory>

namespace limen::engine {

struct SpinShared;

/// What does not change from tick to tick.
struct SpinTimeTables {
  spinhw::CoreTiming timing;
  spin::noc::Topology topology;
  spin::noc::Parameters router;
  std::unique_ptr<spin::noc::TableRouting> routing;
  std::vector<spinhw::Tree> trees; ///< per core; empty for silent ones
  /// Per core and block (or 0, of a delay-extension core): the leaf of the
  /// sender's tree.
  std::vector<std::vector<uint32_t>> leaves;
  std::vector<uint32_t> chip;  ///< per core: index in the topology
  std::vector<uint32_t> local; ///< per core: index on its chip
  std::vector<std::vector<unsigned>> coresOf; ///< per chip
  std::vector<uint64_t> phase;                ///< per core: of its timer
  double hop = 0;               ///< cycles from a router to the next
  double arrive = 0;            ///< cycles from a router to a core
  double packet = 0, trunk = 0; ///< cycles that a packet occupies a link
  unsigned mostHops = 0;        ///< of any packet
  /// Rows of a sender's packets on one core, at most.
  struct Link {
    uint32_t core = 0, rows = 0, synapses = 0, bytes = 0;
  };
  std::vector<std::vector<Link>> links; ///< per sender
};

/// Tables of a program whose blocks are known.
SpinTimeTables timeTables(const SpinShared &shared);

class SpinTime {
public:
  /// Row `index` of block `block`, `times` times.
  struct Act {
    uint32_t block = 0, index = 0, times = 0;
  };
  /// What befell a core in a tick.
  struct CoreTick {
    /// Every row of this tick's packets acts in it, and nothing else does.
    bool calm = true;
    bool overrun = false;
    std::vector<Act> acts; ///< unless calm
    uint64_t busy = 0;     ///< cycles; unless calm
    uint64_t asked = 0;    ///< cycles of packets that came; unless calm
    uint32_t late = 0;     ///< rows that act later than their packet's tick
    uint32_t droppedLate = 0, droppedFull = 0; ///< rows
    uint32_t early = 0; ///< packets that came before the core's own timer
    /// Of a delay-extension core that did not get all packets: those it got.
    bool partial = false;
    std::vector<SpinFired> heard;
  };

  virtual ~SpinTime() = default;
  virtual void reset(uint32_t sample) = 0;
  /// After the neurons of `tick` were stepped.
  virtual void tick(uint32_t tick,
                    std::span<const std::span<const SpinFired>> fired) = 0;
  const CoreTick &at(size_t core) const { return cores[core]; }
  /// Packets lost in routers and links since the reset; copies count each.
  virtual uint64_t droppedInNetwork() const = 0;

protected:
  std::vector<CoreTick> cores;
};

/// Cycles that a row of a core asks for (rowCycles).
using RowPrice =
    std::function<Cycles(size_t core, const target::RowBlock &block,
                         uint32_t source, uint32_t times, uint32_t tick)>;

/// Null for a machine that waits. Cores and chips are shared among `team`, so
/// that `price` is called for different cores at once.
std::unique_ptr<SpinTime> makeSpinTime(const SpinShared &shared, Team &team,
                                       RowPrice price);

} // namespace limen::engine
