// Regions that take turns on the same cells: what is shared, what is loaded and
// when, and what the checker of turns sees.

#include "compiler/Mapping/ImcSharing.h"
#include "hw-models/imc/Programming.h"
#include "hw-models/imc/Timeline.h"
#include "hw-models/imc/Timing.h"
#include "test/unit/imc/Nets.h"
#include "test/unit/imc/Support.h"

using namespace limen;
using namespace limen::mapping;

namespace {

std::vector<std::string> inTime(std::vector<std::string> overrides) {
  overrides.push_back("mapping.sharing=in_time");
  return overrides;
}

/// Macros of 64 x 64 cells: 64 x 32 weights each.
std::vector<std::string> small(const char *macros) {
  return inTime({std::string("macros=") + macros, "array.rows=64",
                 "array.cols=64", "array.max_active_rows=64"});
}

ImcPlan mapped(const network::Network &net, const target::ImcMacro &machine) {
  auto plan = mapToMacros(net, machine);
  EXPECT_TRUE(bool(plan)) << plan.error().text();
  if (!plan)
    return {};
  auto proved = verifyImc(net, machine, *plan);
  EXPECT_TRUE(bool(proved)) << proved.error().text();
  EXPECT_LE(plan->macros, machine.macros);
  return std::move(*plan);
}

/// A chain of `layers` populations of 32 behind an input of 64 (then 32), each
/// one macro's worth of columns.
Net chain(unsigned layers) {
  Net net;
  unsigned from = net.node("in", 64, true);
  int64_t width = 64;
  for (unsigned k = 0; k < layers; ++k) {
    const unsigned to = net.node("layer" + std::to_string(k), 32);
    net.project(from, to, {net.dense(width, 32)});
    from = to;
    width = 32;
  }
  return net;
}

uint64_t cellsOfPages(const ImcPlan &plan) {
  uint64_t cells = 0;
  for (const ImcTurn &turn : plan.turns)
    for (const auto &page : turn.pages)
      for (unsigned t : page)
        cells += plan.tiles[t].cells();
  return cells;
}

} // namespace

TEST(Sharing, BothLiquidsReadTheCellsOfOneMacro) {
  Net net;
  addLiquid(net, 64, 200, 0.02, 0.02, 5); // the smaller one first
  addLiquid(net, 256, 200, 0.01, 0.01, 1);
  const ImcPlan plan = mapped(net, imcMachine(inTime({"macros=1"})));
  ASSERT_EQ(plan.tiles.size(), 2u);
  EXPECT_EQ(plan.macros, 1u);
  // 64 + 200 rows lie on the last 64 of 256 input rows and on the recurrent
  // ones: the only place where each block is within one.
  EXPECT_EQ(plan.tiles[1].shares, -1);
  EXPECT_EQ(plan.tiles[0].shares, 1);
  EXPECT_EQ(plan.tiles[0].row, plan.tiles[1].row + 192);
  EXPECT_EQ(plan.tiles[0].column, plan.tiles[1].column);
  ASSERT_EQ(plan.windows.size(), 2u);
  EXPECT_EQ(plan.windows[0].projection, 0u);
  EXPECT_EQ(plan.windows[0].of, 2u);
  EXPECT_EQ(plan.windows[0].rows, 192u);
  EXPECT_EQ(plan.windows[1].projection, 1u);
  EXPECT_EQ(plan.windows[1].of, 3u);
  EXPECT_EQ(plan.windows[1].rows, 0u);
  // Nothing is written, and they run side by side.
  EXPECT_EQ(plan.turns.size(), 1u);
  EXPECT_TRUE(plan.turns[0].pages.empty());
}

TEST(Sharing, CellsThatAreFormedOtherwiseAreNotShared) {
  Net net;
  addLiquid(net, 256, 200, 0.01, 0.01, 1);
  addLiquid(net, 64, 200, 0.01, 0.01, 5);
  for (unsigned p : {2u, 3u})
    std::get<network::Random>(net.projections[p].stages[0].kind).density = 0.4;
  auto refused = mapToMacros(net, imcMachine(inTime({"macros=1"})));
  ASSERT_FALSE(refused);
  const std::string text = refused.error().text();
  EXPECT_NE(text.find("needs 2 macros (288000 cells)"), std::string::npos)
      << text;
  EXPECT_NE(text.find("the 105600 of 'in5' fit neither"), std::string::npos)
      << text;
}

TEST(Sharing, OneLiquidThatIsTooLargeStaysRefused) {
  // 192-2048: 35 macros of formed cells, which cannot be loaded in turns.
  Net net;
  addLiquid(net, 192, 2048, 0.01, 0.01, 1);
  auto refused = mapToMacros(net, imcMachine(inTime({"macros=16"})));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("formed cells cannot be written again"),
            std::string::npos)
      << refused.error().text();
}

TEST(Sharing, LayersTakeTurnsOverAWholeSample) {
  const Net net = chain(3);
  EXPECT_FALSE(
      mapToMacros(net, imcMachine({"macros=1", "array.rows=64", "array.cols=64",
                                   "array.max_active_rows=64"})));
  // 64 x 64 cells, then twice 32 x 64, which one macro holds together.
  const ImcPlan one = mapped(net, imcMachine(small("1")));
  ASSERT_EQ(one.turns.size(), 2u);
  EXPECT_EQ(one.turns[0].populations, (std::vector<unsigned>{1}));
  EXPECT_EQ(one.turns[1].populations, (std::vector<unsigned>{2, 3}));
  EXPECT_EQ(one.turns[0].pages.size(), 1u);
  EXPECT_EQ(one.turns[1].pages.size(), 1u);
  EXPECT_EQ(cellsOfPages(one), 64u * 64 + 2 * 32 * 64);

  // Five layers on two macros: the largest stays, the others need one more
  // macro's worth twice.
  const Net longer = chain(5);
  const ImcPlan two = mapped(longer, imcMachine(small("2")));
  EXPECT_EQ(cellsOfPages(two), 4u * 32 * 64);
  ASSERT_EQ(two.turns.size(), 2u);
  EXPECT_EQ(two.turns[0].populations, (std::vector<unsigned>{1, 2, 3}));
  EXPECT_EQ(two.turns[1].populations, (std::vector<unsigned>{4, 5}));
}

TEST(Sharing, AStageThatIsLargerThanTheChipIsLoadedInEveryStep) {
  // 64 inputs and 64 recurrent rows for 32 neurons: two tiles of 64 x 64 cells
  // that the recurrence needs in every step.
  Net net;
  const unsigned in = net.node("in", 64, true);
  const unsigned liquid = net.node("liquid", 64);
  net.project(in, liquid, {net.dense(64, 64)});
  net.project(liquid, liquid, {net.dense(64, 64)}).delay = 1;
  ASSERT_EQ(mapped(net, imcMachine(small("4"))).turns[0].pages.size(), 0u);
  const ImcPlan plan = mapped(net, imcMachine(small("3")));
  ASSERT_EQ(plan.turns.size(), 1u);
  // Two of four tiles stay, the others take turns on the third macro.
  EXPECT_EQ(plan.turns[0].pages.size(), 2u);
  EXPECT_EQ(cellsOfPages(plan), 2u * 64 * 64);
  EXPECT_EQ(mapped(net, imcMachine(small("1"))).turns[0].pages.size(), 4u);
}

TEST(Sharing, TwoNetworksAreLoadedOneAfterTheOther) {
  Net net;
  for (const char *name : {"a", "b"}) {
    const unsigned in = net.node(std::string("in_") + name, 64, true);
    const unsigned out = net.node(std::string("out_") + name, 32);
    net.project(in, out, {net.dense(64, 32)});
  }
  const ImcPlan plan = mapped(net, imcMachine(small("1")));
  ASSERT_EQ(plan.turns.size(), 2u);
  EXPECT_EQ(plan.turns[0].pages, (std::vector<std::vector<unsigned>>{{0}}));
  EXPECT_EQ(plan.turns[1].pages, (std::vector<std::vector<unsigned>>{{1}}));
  const ImcPlan apart = mapped(net, imcMachine(small("2")));
  EXPECT_EQ(apart.turns.size(), 1u);
  EXPECT_EQ(cellsOfPages(apart), 0u);
}

TEST(Sharing, WrittenCellsTakeTurnsBesideFormedOnes) {
  Net net;
  const unsigned in = net.node("in", 32, true);
  const unsigned liquid = net.node("liquid", 32);
  net.project(in, liquid, {Net::formed(32, 32, 0.01, 1)});
  unsigned from = liquid;
  for (int k = 0; k < 2; ++k) {
    const unsigned to = net.node("layer" + std::to_string(k), 32);
    net.project(from, to, {net.dense(32, 32)});
    from = to;
  }
  const ImcPlan plan = mapped(net, imcMachine(small("1")));
  EXPECT_EQ(cellsOfPages(plan), 2u * 32 * 64);
  // A whole macro that is formed leaves nothing to take turns on.
  Net full;
  const unsigned input = full.node("in", 64, true);
  const unsigned random = full.node("liquid", 32);
  full.project(input, random, {Net::formed(64, 32, 0.01, 1)});
  full.project(random, full.node("out", 32), {full.dense(32, 32)});
  auto refused = mapToMacros(full, imcMachine(small("1")));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("leave no room"), std::string::npos)
      << refused.error().text();
}

TEST(Sharing, CheckerSeesEveryKindOfDamage) {
  const target::ImcMacro machine = imcMachine(small("1"));
  const Net net = chain(3);
  const ImcPlan good = mapped(net, machine);
  const auto failsWith = [&](const network::Network &network,
                             const ImcPlan &plan, const std::string &text) {
    auto proved = verifyTurns(network, machine, plan);
    ASSERT_FALSE(proved) << text;
    EXPECT_NE(proved.error().text().find(text), std::string::npos)
        << proved.error().text();
  };
  ImcPlan plan = good;
  plan.turns[1].pages.clear(); // never loaded: written over by the first
  failsWith(net, plan, "is read where tile 0 was written");
  plan = good;
  plan.turns[0].pages.push_back(plan.turns[1].pages[0]);
  plan.turns[1].pages.clear();
  failsWith(net, plan, "is read where tile 0 was written");
  const Net single = chain(1);
  plan = mapped(single, machine);
  plan.turns.push_back({{}, {{0}}});
  failsWith(single, plan, "is read before it is written");
  plan = good;
  std::swap(plan.turns[0], plan.turns[1]);
  failsWith(net, plan, "leads from turn 1 back to turn 0");
  plan = good;
  plan.turns[1].populations.pop_back();
  failsWith(net, plan, "'layer2' runs in no turn");
  plan = good;
  plan.turns[0].populations.push_back(2);
  failsWith(net, plan, "'layer1' runs in turns 0 and 1");

  Net liquids;
  addLiquid(liquids, 32, 32, 0.01, 0.01, 1);
  addLiquid(liquids, 32, 32, 0.01, 0.01, 5);
  const ImcPlan windows = mapped(liquids, machine);
  ASSERT_EQ(windows.windows.size(), 2u);
  plan = windows;
  plan.windows[0].rows = 1;
  failsWith(liquids, plan, "a formed cell of macro 0 is row");
  plan = windows;
  plan.turns[0].pages = {{0}};
  failsWith(liquids, plan, "is formed and on a page");

  Net mixed;
  const unsigned in = mixed.node("in", 32, true);
  const unsigned out = mixed.node("out", 32);
  mixed.project(in, out, {Net::formed(32, 32, 0.01, 1)});
  mixed.project(in, out, {mixed.dense(32, 32)});
  plan = mapped(mixed, machine);
  ASSERT_EQ(plan.tiles.size(), 2u);
  plan.tiles[1].row = plan.tiles[0].row;
  failsWith(mixed, plan, "writes cells that tile 0 formed");
}

TEST(Sharing, CostOfALoadInClosedForm) {
  const target::ImcMacro machine = imcMachine(
      {"programming.pulses=8.5", "programming.pulse_time=31ns",
       "programming.verify_reads=2", "programming.cells_at_once=32"});
  // A pulse is ceil(31 ns x 200 MHz) = 7 cycles, a verify read of one column
  // 1 + 1 + (1 + 9) + 1 = 13.
  ASSERT_EQ(imchw::readCycles(machine, 1, 1).value(), 13u);
  EXPECT_EQ(imchw::writeGroupCycles(machine).value(), 281u); // 8.5 x 33 = 280.5
  const imchw::WriteCost cost = imchw::writeCost(machine, 10, 100, 1e-3);
  EXPECT_EQ(cost.cells, 1000u);
  EXPECT_EQ(cost.pulses, 8500u);
  EXPECT_EQ(cost.verifyReads, 17000u);
  EXPECT_EQ(cost.verifyDrives, 10u * 4 * 17);
  EXPECT_DOUBLE_EQ(cost.conducted, 17e-3);
  EXPECT_EQ(cost.cycles.value(), 10u * 4 * 281);
}

TEST(Timeline, NetworksWaitForMacrosAndForTheUnit) {
  using imchw::PhaseTime;
  const auto phases = [](unsigned macro, uint64_t read, uint64_t unit,
                         size_t count) {
    return std::vector<PhaseTime>(count, {{{macro, read}}, unit});
  };
  // Alone: n (read + unit).
  const std::vector<std::vector<PhaseTime>> alone = {phases(0, 80, 20, 10)};
  EXPECT_EQ(imchw::sideBySide(alone), 10u * 100);
  // Macros apart: reads at the same time, the second waits for the unit once
  // and is then always 20 behind.
  const std::vector<std::vector<PhaseTime>> apart = {phases(0, 80, 20, 10),
                                                     phases(1, 80, 20, 10)};
  EXPECT_EQ(imchw::sideBySide(apart), 10u * 100 + 20);
  // One macro: reads follow one another, the unit works meanwhile.
  std::vector<imchw::PhaseSpan> trace;
  const std::vector<std::vector<PhaseTime>> shared = {phases(0, 80, 20, 10),
                                                      phases(0, 80, 20, 10)};
  EXPECT_EQ(imchw::sideBySide(shared, &trace), 20u * 80 + 20);
  // Independently: no two reads of the macro at once, nor two uses of the unit.
  ASSERT_EQ(trace.size(), 20u);
  for (const imchw::PhaseSpan &a : trace)
    for (const imchw::PhaseSpan &b : trace) {
      if (&a == &b)
        continue;
      EXPECT_TRUE(a.readEnd <= b.readStart || b.readEnd <= a.readStart);
      EXPECT_TRUE(a.unitEnd <= b.unitStart || b.unitEnd <= a.unitStart);
    }
  // The unit is the bottleneck.
  const std::vector<std::vector<PhaseTime>> busy = {phases(0, 10, 50, 4),
                                                    phases(1, 10, 50, 4)};
  EXPECT_EQ(imchw::sideBySide(busy), 10u + 8 * 50);
}
