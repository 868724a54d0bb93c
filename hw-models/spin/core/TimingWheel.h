// Events in the order of a key, most of them in the near future.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace limen::spinhw {

/// A queue of events that have `uint64_t time` and an operator<, which orders
/// by time first. Events are put into slots by time, those beyond the wheel
/// aside; only the slot at hand is kept in order.
template <typename Event> class TimingWheel {
public:
  /// Not before the last event taken.
  void push(const Event &event) {
    const uint64_t slot = event.time >> slotBits;
    ++count;
    if (slot <= current) {
      near.push_back(event);
      std::push_heap(near.begin(), near.end(), later);
    } else if (slot - current < slots) {
      wheel[slot % slots].push_back(event);
    } else {
      far.push_back(event);
    }
  }

  bool empty() const { return count == 0; }

  /// Takes the first event if it is before `end`.
  bool pop(uint64_t end, Event &out) {
    while (near.empty()) {
      if (count == 0 || (current + 1) << slotBits >= end)
        return false;
      turn();
    }
    if (near.front().time >= end)
      return false;
    std::pop_heap(near.begin(), near.end(), later);
    out = near.back();
    near.pop_back();
    --count;
    return true;
  }

private:
  static constexpr unsigned slotBits = 7;
  static constexpr uint64_t slots = 1024;

  static bool later(const Event &a, const Event &b) { return b < a; }

  void turn() {
    ++current;
    std::vector<Event> &slot = wheel[current % slots];
    near.swap(slot);
    if (current % slots == 0) {
      // Once around: what was too far may have its slot now.
      std::vector<Event> kept;
      for (const Event &event : far) {
        const uint64_t at = event.time >> slotBits;
        if (at <= current)
          near.push_back(event);
        else if (at - current < slots)
          wheel[at % slots].push_back(event);
        else
          kept.push_back(event);
      }
      far.swap(kept);
    }
    std::make_heap(near.begin(), near.end(), later);
  }

  uint64_t current = 0; ///< slot at hand
  size_t count = 0;
  std::vector<Event> near; ///< a heap, first event on top
  std::array<std::vector<Event>, slots> wheel;
  std::vector<Event> far;
};

} // namespace limen::spinhw
