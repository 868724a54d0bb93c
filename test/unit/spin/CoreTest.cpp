// Ring buffers and cycle accounting against closed formulas and at their gates.

#include "hw-models/spin/CoreCosts.h"
#include "hw-models/spin/RingBuffers.h"
#include "hw-models/target/Target.h"

#include <gtest/gtest.h>

using namespace limen;
using namespace limen::spinhw;
using limen::target::RowFormat;

TEST(RingBuffers, SaturatesAtSixteenBitsAndCounts) {
  RingBuffers ring({2, 1, 1});
  const uint32_t word = 0x8000u << 16 | 1u << 3 | 2; // delay 1, type 0, index 2
  ring.add(std::span(&word, 1), 0);
  EXPECT_EQ(ring.due(1, 0)[2], 0x8000);
  EXPECT_EQ(ring.saturations(), 0u);
  const uint32_t rest = 0x7fffu << 16 | 1u << 3 | 2;
  ring.add(std::span(&rest, 1), 0);
  EXPECT_EQ(ring.due(1, 0)[2], 0xffff);
  EXPECT_EQ(ring.saturations(), 0u);
  const uint32_t least = 1u << 16 | 1u << 3 | 2;
  ring.add(std::span(&least, 1), 0);
  EXPECT_EQ(ring.due(1, 0)[2], 0xffff);
  EXPECT_EQ(ring.saturations(), 1u);
}

TEST(RingBuffers, DeliversAfterTheDelayAndNeverBefore) {
  const RowFormat format = {3, 1, 4};
  for (uint32_t delay = 1; delay <= 16; ++delay) {
    RingBuffers ring(format);
    const uint32_t now = 1000;
    const uint32_t word = 7u << 16 | (delay & 15) << 4 | 1u << 3 | 5;
    ring.clear(now); // a slot is read and emptied before packets arrive
    ring.add(std::span(&word, 1), now);
    for (uint32_t t = now + 1; t <= now + 16; ++t) {
      EXPECT_EQ(ring.due(t, 1)[5], t == now + delay ? 7 : 0);
      EXPECT_EQ(ring.due(t, 0)[5], 0);
      ring.clear(t);
    }
  }
}

static target::SpinMachine machine() {
  auto target = target::loadDocument("spinnaker1-48");
  return std::move(*target::SpinMachine::parse(target->document));
}

TEST(CoreCosts, FullRowsMatchThePublishedThroughput) {
  const target::SpinMachine spin = machine();
  const TableCosts costs(spin);
  EXPECT_EQ(costs.rows(1, 256).value(), 4379u);
  // 44 rows of 256 synapses fit beside the constant overhead, 45 do not.
  EXPECT_LE((costs.tick() + costs.rows(44, 44 * 256)), spin.tickBudget());
  EXPECT_GT((costs.tick() + costs.rows(45, 45 * 256)), spin.tickBudget());
}

TEST(CoreCosts, FunctionsHavePricesOfTheirOwn) {
  target::SpinMachine spin = machine();
  network::Model model;
  model.name = "own";
  model.ops.add = 3;
  model.ops.other = 4; // exp, two divisions, and another
  const uint64_t plain = TableCosts(spin).neurons(model, 10, 2).value();
  spin.costs.functionsOf["own"] = {{"exp", 1}, {"divide", 2}};
  const auto price = [&](const char *name) {
    return spin.costs.functions.at(name).value.value();
  };
  EXPECT_EQ(TableCosts(spin).neurons(model, 10, 2).value(),
            plain + 10 * (price("exp") + 2 * price("divide") -
                          3 * spin.costs.other.value.value()));
  // Whole steps are priced as such.
  model.name = "cuba_lif";
  spin.costs.functionsOf["cuba_lif"] = {{"exp", 1}};
  EXPECT_EQ(TableCosts(spin).neurons(model, 1, 0).value(), 171u);
}

// Published: 1,143 + 226 + (107 + 30 r_post / r_pre) per synapse, 11,150 a
// tick.
TEST(CoreCosts, PlasticRowsHaveTheirOwn) {
  const target::SpinMachine spin = machine();
  const TableCosts costs(spin);
  EXPECT_EQ(costs.plasticTick().value(), 11150u);
  EXPECT_EQ(costs.plasticRows(1, 0, 0).value(), 1143u + 226);
  EXPECT_EQ(costs.plasticRows(3, 300, 0).value(),
            3u * (1143 + 226) + 300 * 107);
  // Targets fire twice as often as the source: 2 spikes per synapse and row.
  EXPECT_EQ(costs.plasticRows(1, 256, 2 * 256).value(),
            1143u + 226 + 256 * (107 + 30 * 2));
  // Linear in all three, so that mean rates give the mean.
  EXPECT_EQ(costs.plasticRows(7, 11, 13), costs.plasticRows(7, 0, 0) +
                                              costs.plasticRows(0, 11, 0) +
                                              costs.plasticRows(0, 0, 13));
  EXPECT_EQ(costs.delayPackets(0).value(), 0u);
  EXPECT_EQ(costs.delayPackets(5).value(),
            5 * spin.costs.delayReceive.value.value());
}

TEST(CoreLoad, OverrunsJustAboveTheBudget) {
  CoreLoad load(Cycles(100));
  load.work(Cycles(100));
  load.endTick();
  EXPECT_EQ(load.overruns(), 0u);
  EXPECT_EQ(load.margin(), 0);
  load.work(Cycles(101));
  load.endTick();
  EXPECT_EQ(load.overruns(), 1u);
  EXPECT_EQ(load.margin(), -1);
  EXPECT_EQ(load.busy().value(), 201u);
}
