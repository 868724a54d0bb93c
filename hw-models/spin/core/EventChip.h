// The cores of a chip and their shared SDRAM, event by event.
#pragma once

#include "hw-models/spin/core/Timing.h"
#include "hw-models/spin/core/TimingWheel.h"

#include <deque>
#include <optional>
#include <tuple>
#include <vector>

namespace limen::spinhw {

/// Times count from the start of the run. Events happen in the order of (time,
/// core, kind, source, sequence), which is unique: chips do not share events,
/// so that they can be advanced on any number of threads.
class EventChip {
public:
  /// What happened, for the caller to take away after `advance`.
  struct Done {
    uint32_t core = 0, id = 0;
    uint32_t tick = 0; ///< in which the row acts
  };
  struct Lost {
    uint32_t core = 0, id = 0;
    Loss why = Loss::Buffer;
  };
  struct Log {
    std::vector<Done> done;
    std::vector<Lost> lost;
  };

  EventChip(const CoreTiming &timing, unsigned cores);

  /// The timer of `core` interrupts at `time` for tick `tick`, whose neuron
  /// loop takes `loop` cycles.
  void timer(unsigned core, uint64_t time, uint32_t tick, uint64_t loop);
  /// A packet is in the port of `core` at row.time. `source` and `sequence`
  /// order packets of one time.
  void arrive(unsigned core, const Row &row, uint32_t source,
              uint32_t sequence);
  /// Runs all events before `end`.
  void advance(uint64_t end);

  /// When a neuron loop would begin whose timer interrupts at `time`, as far
  /// as is known before `time`.
  uint64_t nextLoop(unsigned core, uint64_t time) const;
  /// Whether the core works at `time`, to which the chip has been advanced, or
  /// rows wait.
  bool works(unsigned core, uint64_t time) const;
  /// The core worked, or rows waited, when its last timer interrupted.
  bool overran(unsigned core) const { return cores[core].overran; }
  /// Cycles that the core's processor worked since the start.
  uint64_t busy(unsigned core) const { return cores[core].busy; }
  /// Events so far.
  uint64_t events() const { return handled; }

  Log log;

private:
  enum Kind : uint8_t { Timer, DmaDone, TaskDone, Burst, Arrival };
  struct Event {
    uint64_t time = 0;
    uint32_t core = 0;
    Kind kind = Timer;
    uint32_t source = 0, sequence = 0;
    uint32_t row = 0; ///< of an arrival: into `rows`

    bool operator<(const Event &o) const {
      return std::tie(time, core, kind, source, sequence) <
             std::tie(o.time, o.core, o.kind, o.source, o.sequence);
    }
  };
  enum class Task : uint8_t { None, Receive, Loop, Fetch, Work };
  struct Pending {
    uint64_t time = 0, loop = 0;
    uint32_t tick = 0;
  };
  struct Core {
    Task task = Task::None;
    uint64_t taskEnd = 0;       ///< without what interrupted the task
    uint64_t stolen = 0;        ///< cycles by which packets interrupted it
    std::deque<Pending> timers; ///< known; the first `due` have interrupted
    unsigned due = 0;
    uint32_t tick = 0;
    std::deque<Row> waiting;    ///< the incoming spike buffer
    std::optional<Row> fetched; ///< its transfer begins when Fetch is done
    std::optional<Row> moving;  ///< being transferred
    std::optional<Row> ready;   ///< transferred
    uint64_t nextWork = 0;      ///< of the row that waits for Fetch to be done
    bool hasWork = false;
    uint64_t moveStart = 0;
    uint32_t moved = 0; ///< bytes of the transfer that the SDRAM served
    uint32_t sequence = 0;
    uint64_t busy = 0;
    bool overran = false;
  };

  void handle(const Event &event);
  void run(unsigned core, Task task, uint64_t now, uint64_t cycles);
  void dispatch(unsigned core, uint64_t now);
  void finishTask(unsigned core, uint64_t now);
  void requestBurst(unsigned core, uint64_t earliest);
  void serveBurst(unsigned core, uint64_t now);
  void schedule(unsigned core, Kind kind, uint64_t time);

  const CoreTiming timing;
  std::vector<Core> cores;
  TimingWheel<Event> queue;
  std::vector<Row> rows; ///< of arrivals in the wheel
  std::vector<uint32_t> spare;
  double sdramFree = 0; ///< when the SDRAM has served what it was asked for
  uint64_t handled = 0;
};

} // namespace limen::spinhw
