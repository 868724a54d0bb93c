#include "hw-models/spin/core/TickCore.h"

#include <algorithm>

using namespace limen::spinhw;

/// The processor's time within one tick.
struct TickCore::Pass {
  TickCore &core;
  const CoreTiming &timing;
  std::span<const Row> rows; ///< by the time at which they are received
  std::vector<Lost> &lost;
  size_t next = 0;
  uint64_t now = 0, busy = 0;

  void receive() {
    if (core.queue.size() < timing.buffer)
      core.queue.push_back(rows[next]);
    else
      lost.push_back({rows[next].id, Loss::Buffer});
    ++next;
    busy += timing.receive;
  }

  /// Work of `cycles`, which packets interrupt.
  void work(uint64_t cycles) {
    uint64_t end = now + cycles;
    busy += cycles;
    while (next < rows.size() && rows[next].time < end) {
      receive();
      end += timing.receive;
    }
    now = end;
  }

  /// Nothing to do until `time` but to receive.
  void wait(uint64_t time) {
    while (next < rows.size() && rows[next].time < time) {
      now = std::max(now, rows[next].time) + timing.receive;
      receive();
    }
    now = std::max(now, time);
  }

  void start() {
    const Row row = core.queue.front();
    core.queue.pop_front();
    work(timing.fetch);
    core.transfer = Transfer{row, 0};
  }
};

TickCore::Outcome TickCore::tick(const CoreTiming &timing, uint64_t loop,
                                 double slowdown, std::span<const Row> arrivals,
                                 std::vector<uint32_t> &done,
                                 std::vector<Lost> &lost) {
  // The port hands over one packet at a time; the router holds the others.
  std::vector<Row> rows;
  rows.reserve(arrivals.size() + unread.size());
  const std::vector<Row> before = std::move(unread);
  unread.clear();
  const auto pass = [&](Row row) {
    row.time = std::max(row.time, portFree);
    portFree = row.time + timing.receive;
    (row.time < timing.budget ? rows : unread).push_back(row);
  };
  for (const Row &row : before)
    pass(row);
  for (const Row &row : arrivals)
    pass(row);
  for (Row &row : unread)
    row.time -= timing.budget;
  portFree -= std::min(portFree, timing.budget);

  Pass cpu{*this, timing, rows, lost};
  const auto begin = [&](Transfer &transfer) {
    transfer.end = cpu.now + timing.transfer(transfer.row.bytes, slowdown);
  };
  cpu.work(behind);
  cpu.busy -= behind; // counted when it began
  if (behind < timing.budget && timing.dropLate) {
    for (const Row &row : queue)
      lost.push_back({row.id, Loss::Late});
    queue.clear();
  }
  cpu.work(loop);
  Outcome outcome;
  outcome.end = cpu.now;
  while (cpu.now < timing.budget) {
    if (transfer) {
      cpu.wait(std::min(transfer->end, timing.budget));
      if (cpu.now >= timing.budget || transfer->end > cpu.now)
        break;
      const Row row = transfer->row;
      transfer.reset();
      done.push_back(row.id);
      if (!queue.empty()) {
        cpu.start();
        begin(*transfer);
      }
      cpu.work(row.work);
      outcome.end = cpu.now;
    } else if (!queue.empty()) {
      cpu.start();
      begin(*transfer);
    } else if (cpu.next < rows.size()) {
      cpu.now = std::max(cpu.now, rows[cpu.next].time) + timing.receive;
      cpu.receive();
      outcome.end = cpu.now;
    } else {
      break;
    }
  }
  cpu.wait(timing.budget);
  behind = cpu.now - timing.budget;
  if (transfer)
    transfer->end -= std::min(transfer->end, timing.budget);
  outcome.busy = cpu.busy;
  outcome.overrun = behind > 0 || !queue.empty() || transfer.has_value();
  if (outcome.overrun)
    outcome.end = std::max(outcome.end, timing.budget);
  return outcome;
}

bool limen::spinhw::certainlyInTime(const CoreTiming &timing, uint64_t loop,
                                    uint64_t last, uint64_t packets,
                                    uint64_t bytes, uint64_t work,
                                    unsigned cores) {
  if (packets == 0)
    return loop <= timing.budget;
  if (packets > timing.buffer)
    return false;
  const double worst =
      std::max(1.0, cores * timing.coreBytes / timing.chipBytes);
  const double moved = static_cast<double>(packets) * (timing.latency + 1) +
                       worst * static_cast<double>(bytes) / timing.coreBytes;
  const double end =
      static_cast<double>(std::max(loop, last) +
                          packets * (timing.receive + timing.fetch) + work) +
      moved;
  return end <= static_cast<double>(timing.budget);
}

double limen::spinhw::chipSlowdown(const CoreTiming &timing,
                                   uint64_t otherBytes, unsigned otherCores,
                                   uint64_t span) {
  if (otherBytes == 0 || span == 0)
    return 1;
  const double used = static_cast<double>(otherBytes) / timing.chipBytes /
                      static_cast<double>(span);
  const double most = otherCores;
  const double before = used < 1 ? std::min(most, used / (1 - used)) : most;
  return std::max(1.0, (1 + before) * timing.coreBytes / timing.chipBytes);
}
