// A core's tick by hand, in one pass, and event by event.

#include "hw-models/base/Parallel.h"
#include "hw-models/spin/core/EventChip.h"
#include "hw-models/spin/core/TickCore.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <random>

using namespace limen;
using namespace limen::spinhw;

namespace {

/// Round numbers: a transfer of 100 bytes takes 50 + 100 cycles.
CoreTiming simple() {
  CoreTiming timing;
  timing.budget = 10000;
  timing.receive = 20;
  timing.fetch = 400;
  timing.buffer = 4;
  timing.latency = 50;
  timing.coreBytes = 1;
  timing.chipBytes = 1000; // no contention
  return timing;
}

Row row(uint64_t time, uint32_t id, uint32_t work, uint32_t bytes = 100) {
  return {time, id, work, bytes};
}

using Ids = std::vector<uint32_t>;

struct Tick {
  Ids done;
  std::vector<TickCore::Lost> lost;
  TickCore::Outcome outcome;

  Tick(TickCore &core, const CoreTiming &timing, uint64_t loop,
       const std::vector<Row> &rows, double slowdown = 1) {
    outcome = core.tick(timing, loop, slowdown, rows, done, lost);
  }
};

} // namespace

TEST(TickCore, OneRowInAnIdleCore) {
  TickCore core;
  // Received 3020, looked up 3420, transferred 3570, processed 4270.
  const Tick tick(core, simple(), 1000, {row(3000, 7, 700)});
  EXPECT_EQ(tick.done, Ids({7}));
  EXPECT_EQ(tick.outcome.end, 4270u);
  EXPECT_EQ(tick.outcome.busy, 1000u + 20 + 400 + 700);
  EXPECT_FALSE(tick.outcome.overrun);
  EXPECT_TRUE(core.idle());
}

TEST(TickCore, PacketsInterruptTheNeuronLoopAndWait) {
  TickCore core;
  // The loop ends at 1040; fetch 1440, transfer 1590. Then: fetch of the second
  // 1990 (transfer until 2140), work of the first 2690, work of the second.
  const Tick tick(core, simple(), 1000, {row(10, 0, 700), row(500, 1, 700)});
  EXPECT_EQ(tick.done, Ids({0, 1}));
  EXPECT_EQ(tick.outcome.end, 1040u + 400 + 150 + 400 + 700 + 700);
}

TEST(TickCore, ALongTransferHidesBehindNothing) {
  TickCore core;
  CoreTiming timing = simple();
  // The second transfer (2050 cycles) outlasts the work of the first row.
  const Tick tick(core, timing, 0, {row(0, 0, 100), row(0, 1, 100, 2000)});
  // Received 20 (the second one interrupts the look-up at 20): 440, moved 590,
  // fetch 990, its transfer until 3040, work 3140.
  EXPECT_EQ(tick.outcome.end, 3140u);
  EXPECT_EQ(tick.done, Ids({0, 1}));
}

TEST(TickCore, WhatIsLeftActsATickLater) {
  TickCore core;
  const CoreTiming timing = simple();
  // The first row begins at 9570 and ends after the timer; the second's
  // transfer is done, but the timer goes first.
  const Tick first(core, timing, 9000, {row(0, 0, 700), row(1, 1, 500)});
  EXPECT_EQ(first.done, Ids({0}));
  EXPECT_TRUE(first.outcome.overrun);
  EXPECT_EQ(core.lag(), 9040u + 400 + 150 + 400 + 700 - 10000);
  const Tick second(core, timing, 1000, {});
  EXPECT_EQ(second.done, Ids({1}));
  EXPECT_EQ(second.outcome.end, 690u + 1000 + 500);
  EXPECT_FALSE(second.outcome.overrun);
}

TEST(TickCore, TheTimerMayEmptyTheBuffer) {
  CoreTiming timing = simple();
  timing.dropLate = true;
  TickCore core;
  const Tick first(core, timing, 9500,
                   {row(0, 0, 700), row(1, 1, 500), row(2, 2, 500)});
  EXPECT_TRUE(first.done.empty());
  const Tick second(core, timing, 1000, {});
  // The first is being fetched at the timer; the others waited.
  EXPECT_EQ(second.done, Ids({0}));
  ASSERT_EQ(second.lost.size(), 2u);
  EXPECT_EQ(second.lost[0].id, 1u);
  EXPECT_EQ(second.lost[1].why, Loss::Late);
}

TEST(TickCore, AFullBufferLosesPackets) {
  TickCore core;
  std::vector<Row> rows;
  for (uint32_t i = 0; i < 7; ++i)
    rows.push_back(row(100 + i * 30, i, 10));
  const Tick tick(core, simple(), 1000, rows);
  EXPECT_EQ(tick.done, Ids({0, 1, 2, 3}));
  ASSERT_EQ(tick.lost.size(), 3u);
  EXPECT_EQ(tick.lost[0].id, 4u);
  EXPECT_EQ(tick.lost[0].why, Loss::Buffer);
}

TEST(TickCore, ALoopLongerThanTheTickFallsBehind) {
  TickCore core;
  const CoreTiming timing = simple();
  for (uint64_t t = 1; t <= 3; ++t) {
    const Tick tick(core, timing, 12000, {});
    EXPECT_TRUE(tick.outcome.overrun);
    EXPECT_EQ(core.lag(), 2000 * t);
  }
}

namespace {

/// Random loads of the cores of a chip over many ticks.
struct Load {
  CoreTiming timing;
  unsigned cores = 0;
  uint32_t ticks = 0;
  std::vector<std::vector<uint64_t>> loops;        ///< [tick][core]
  std::vector<std::vector<std::vector<Row>>> rows; ///< [tick][core], from timer

  Load(uint64_t seed, unsigned cores, uint32_t ticks, double fill,
       uint32_t synapses)
      : cores(cores), ticks(ticks) {
    timing.budget = 200000;
    timing.receive = 20;
    timing.fetch = 466;
    timing.latency = 100;
    timing.coreBytes = 2.75;
    timing.chipBytes = 4.5;
    std::mt19937 draw(static_cast<uint32_t>(seed));
    uint32_t id = 0;
    loops.resize(ticks);
    rows.resize(ticks);
    for (uint32_t t = 0; t < ticks; ++t) {
      const double burst = fill * (0.5 + draw() / 4294967296.0);
      for (unsigned c = 0; c < cores; ++c) {
        loops[t].push_back(3850 + draw() % 60000);
        const double each = 539 + 15.0 * synapses;
        const auto count =
            static_cast<size_t>(burst * (200000.0 - 34000) / each);
        std::vector<Row> list;
        for (size_t k = 0; k < count; ++k) {
          const uint32_t n = 1 + draw() % (2 * synapses);
          list.push_back({draw() % 70000u, 0, 53 + 15 * n, 4 * (n + 3)});
        }
        std::sort(list.begin(), list.end(),
                  [](const Row &a, const Row &b) { return a.time < b.time; });
        for (size_t k = 1; k < list.size(); ++k) // as the port hands over
          list[k].time = std::max(list[k].time, list[k - 1].time + 20);
        for (Row &r : list)
          r.id = id++;
        rows[t].push_back(std::move(list));
      }
    }
  }
};

struct Outcomes {
  std::vector<std::pair<uint32_t, uint32_t>> acted; ///< id, tick
  std::vector<uint32_t> lost;
  std::vector<uint64_t> busy; ///< by core
  uint64_t overruns = 0;

  void sort() {
    std::sort(acted.begin(), acted.end());
    std::sort(lost.begin(), lost.end());
  }
};

Outcomes byTick(const Load &load) {
  Outcomes out;
  std::vector<TickCore> cores(load.cores);
  out.busy.assign(load.cores, 0);
  for (uint32_t t = 0; t < load.ticks; ++t) {
    std::vector<uint64_t> bytes(load.cores);
    uint64_t allBytes = 0, span = 1;
    for (unsigned c = 0; c < load.cores; ++c) {
      uint64_t work = 0;
      for (const Row &r : load.rows[t][c]) {
        bytes[c] += r.bytes;
        work += r.work + load.timing.fetch + load.timing.receive;
      }
      allBytes += bytes[c];
      span = std::max(span, work);
    }
    for (unsigned c = 0; c < load.cores; ++c) {
      std::vector<uint32_t> done;
      std::vector<TickCore::Lost> lost;
      const double slow =
          chipSlowdown(load.timing, allBytes - bytes[c], load.cores - 1, span);
      const auto outcome = cores[c].tick(load.timing, load.loops[t][c], slow,
                                         load.rows[t][c], done, lost);
      out.busy[c] += outcome.busy;
      out.overruns += outcome.overrun;
      for (uint32_t id : done)
        out.acted.emplace_back(id, t);
      for (const auto &l : lost)
        out.lost.push_back(l.id);
    }
  }
  out.sort();
  return out;
}

void feed(EventChip &chip, const Load &load, uint32_t t) {
  const uint64_t begin = t * load.timing.budget;
  for (unsigned c = 0; c < load.cores; ++c) {
    chip.timer(c, begin, t, load.loops[t][c]);
    uint32_t sequence = 0;
    for (Row r : load.rows[t][c]) {
      r.time += begin;
      chip.arrive(c, r, c, sequence++);
    }
  }
}

Outcomes byEvent(const Load &load) {
  Outcomes out;
  EventChip chip(load.timing, load.cores);
  for (uint32_t t = 0; t < load.ticks; ++t) {
    feed(chip, load, t);
    chip.advance((t + 1) * load.timing.budget);
    if (t > 0)
      for (unsigned c = 0; c < load.cores; ++c)
        out.overruns += chip.overran(c);
  }
  for (const auto &done : chip.log.done)
    out.acted.emplace_back(done.id, done.tick);
  for (const auto &lost : chip.log.lost)
    out.lost.push_back(lost.id);
  for (unsigned c = 0; c < load.cores; ++c)
    out.busy.push_back(chip.busy(c));
  out.sort();
  return out;
}

} // namespace

TEST(TickAndEvent, AreTheSameForACoreThatHasTheMemoryForItself) {
  // From half full to twice what a tick can take, late rows dropped or not.
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Load load(seed, 1, 30, 0.5 + 0.04 * static_cast<double>(seed),
              10 + 13 * static_cast<uint32_t>(seed % 10));
    load.timing.dropLate = seed % 3 == 0;
    load.timing.buffer = seed % 2 ? 256 : 40;
    const Outcomes tick = byTick(load), event = byEvent(load);
    EXPECT_EQ(tick.acted, event.acted) << seed;
    EXPECT_EQ(tick.lost, event.lost) << seed;
    if (seed > 30 && seed % 2) {
      EXPECT_GT(tick.overruns, 20u);
      EXPECT_FALSE(tick.lost.empty() && load.timing.dropLate);
    }
  }
}

/// Parts of all rows: that act in another tick or are lost in one model only,
/// and the difference in busy cycles.
struct Difference {
  double rows = 0, busy = 0;
};

static Difference difference(const Load &load) {
  const Outcomes tick = byTick(load), event = byEvent(load);
  std::vector<std::pair<uint32_t, uint32_t>> differ;
  std::set_symmetric_difference(tick.acted.begin(), tick.acted.end(),
                                event.acted.begin(), event.acted.end(),
                                std::back_inserter(differ));
  const auto sum = [](const std::vector<uint64_t> &busy) {
    return static_cast<double>(
        std::accumulate(busy.begin(), busy.end(), uint64_t(0)));
  };
  return {static_cast<double>(differ.size()) / 2 /
              static_cast<double>(std::max(tick.acted.size(), size_t(1))),
          std::abs(sum(tick.busy) / sum(event.busy) - 1)};
}

TEST(TickAndEvent, AgreeWithinABoundOnASharedMemory) {
  // 17 cores with up to so much of a tick, and up to twice as much, in bursts.
  const std::vector<std::pair<double, double>> bounds = {
      {0.3, 0}, {0.7, 0.005}, {0.9, 0.01}, {1.3, 0.05}};
  for (const auto &[fill, bound] : bounds)
    for (uint32_t synapses : {4u, 30u, 200u})
      for (uint64_t seed = 0; seed < 3; ++seed) {
        const Difference found = difference({seed, 17, 12, fill, synapses});
        EXPECT_LE(found.rows, bound) << fill << " " << synapses;
        EXPECT_LE(found.busy, 0.005) << fill << " " << synapses;
        if (seed == 0)
          RecordProperty("differ_" + std::to_string(int(fill * 10)) + "_" +
                             std::to_string(synapses),
                         std::to_string(found.rows));
      }
}

TEST(TickAndEvent, AgreeWhereTheMemoryIsTheBottleneck) {
  Load load(1, 17, 12, 0.5, 200);
  load.timing.chipBytes = 1.31; // 250 MiB/s for 17 cores
  load.timing.coreBytes = 1.31;
  const Difference found = difference(load);
  EXPECT_LE(found.busy, 0.12);
}

TEST(TickAndEvent, CertainlyInTimeIsNeverWrong) {
  unsigned sure = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const Load load(seed, 17, 1, 0.02 * static_cast<double>(seed), 30);
    const Outcomes event = byEvent(load);
    for (unsigned c = 0; c < 17; ++c) {
      const auto &rows = load.rows[0][c];
      uint64_t bytes = 0, work = 0, last = 0, acted = 0;
      for (const Row &r : rows) {
        bytes += r.bytes;
        work += r.work;
        last = std::max(last, r.time);
        acted += std::binary_search(event.acted.begin(), event.acted.end(),
                                    std::pair(r.id, 0u));
      }
      if (!certainlyInTime(load.timing, load.loops[0][c], last, rows.size(),
                           bytes, work, 17))
        continue;
      ++sure;
      EXPECT_EQ(acted, rows.size()) << seed;
    }
  }
  EXPECT_GT(sure, 200u);
}

TEST(EventChip, ChipsOnAnyNumberOfThreads) {
  const auto run = [](unsigned threads) {
    std::vector<Load> loads;
    std::vector<EventChip> chips;
    for (uint64_t k = 0; k < 6; ++k) {
      loads.emplace_back(k, 17, 4, 1.0, 30);
      chips.emplace_back(loads.back().timing, 17);
    }
    std::vector<std::pair<uint32_t, uint32_t>> out;
    for (uint32_t t = 0; t < 4; ++t) {
      for (size_t k = 0; k < chips.size(); ++k)
        feed(chips[k], loads[k], t);
      parallelFor(chips.size(), threads, [&](uint64_t k, unsigned) {
        chips[k].advance((t + 1) * loads[k].timing.budget);
      });
    }
    for (const EventChip &chip : chips)
      for (const auto &done : chip.log.done)
        out.emplace_back(done.id, done.tick);
    return out;
  };
  EXPECT_EQ(run(1), run(3));
}
