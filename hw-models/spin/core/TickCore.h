// A core's tick in one pass over its arrivals.
#pragma once

#include "hw-models/spin/core/Timing.h"

#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace limen::spinhw {

/// One core from tick to tick. Times are counted from the tick's timer
/// interrupt. A tick costs time in proportion to its arrivals and to what was
/// left over from the tick before.
class TickCore {
public:
  struct Outcome {
    uint64_t busy = 0; ///< cycles that the processor worked
    /// When the tick's last work was done; the budget or more if some was left.
    uint64_t end = 0;
    /// The processor was busy, or rows waited, at the next timer interrupt.
    bool overrun = false;
  };
  struct Lost {
    uint32_t id = 0;
    Loss why = Loss::Buffer;
  };

  /// One tick: a neuron loop of `loop` cycles, then rows. `arrivals` are in
  /// ascending order and below the budget. Appends to `done` the rows that act
  /// in this tick, also such as came in earlier ones, and to `lost` what is
  /// lost. `slowdown` is that of transfers, see chipSlowdown.
  Outcome tick(const CoreTiming &timing, uint64_t loop, double slowdown,
               std::span<const Row> arrivals, std::vector<uint32_t> &done,
               std::vector<Lost> &lost);

  /// Cycles after the timer at which the next neuron loop will begin.
  uint64_t lag() const { return behind; }
  /// Nothing is left over.
  bool idle() const {
    return behind == 0 && queue.empty() && unread.empty() && !transfer;
  }
  void reset() { *this = TickCore(); }

private:
  struct Transfer {
    Row row;
    uint64_t end = 0;
  };
  struct Pass;

  uint64_t behind = 0;   ///< cycles of work begun before the timer
  uint64_t portFree = 0; ///< when the next packet may be received
  std::deque<Row> queue;
  std::vector<Row> unread; ///< in the port at the end of the tick
  std::optional<Transfer> transfer;
};

/// Whether no row can be late or lost, whatever the order of arrivals: a core
/// that is idle at its timer, with a neuron loop of `loop` cycles and `packets`
/// packets, the last at `last`, for rows that move `bytes` and take `work`
/// cycles in all, on a chip with `cores` cores. Never true when wrong.
bool certainlyInTime(const CoreTiming &timing, uint64_t loop, uint64_t last,
                     uint64_t packets, uint64_t bytes, uint64_t work,
                     unsigned cores);

/// How much longer transfers of a core take as `otherCores` of its chip move
/// `otherBytes` in a tick in which rows are processed for `span` cycles. With
/// the memory in use for a part u of that time, a burst finds u / (1 - u)
/// others before it (as in a queue with random arrivals and service, of which
/// each core has one at most).
double chipSlowdown(const CoreTiming &timing, uint64_t otherBytes,
                    unsigned otherCores, uint64_t span);

} // namespace limen::spinhw
