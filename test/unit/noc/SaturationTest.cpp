// The saturation experiment against itself and against the recorded curves.
#include "hw-models/spin/noc/Traffic.h"
#include "hw-models/target/Target.h"
#include "test/unit/TestData.h"

#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <thread>

using namespace limen;
using namespace limen::spin::noc;

namespace {

struct Machine {
  Topology topology = makeTorus(12, 12);
  PathRouting routing{topology};
  Parameters parameters;
  TrafficPlan plan;
};

/// The measured machine, with short runs.
Machine measured() {
  Machine out;
  const auto target = target::loadDocument("spinnaker1-48");
  const auto machine = target::SpinMachine::parse(target->document);
  const double hertz = machine->network.measuredClock.value.value();
  out.parameters = parametersOf(machine->network, hertz);
  out.plan.unit = machine->network.loadUnit.value.value() * hertz;
  out.plan.spread = static_cast<Time>(100 * out.plan.unit);
  out.plan.warmUp = static_cast<Time>(2000 * out.plan.unit);
  out.plan.sample = static_cast<Time>(1000 * out.plan.unit);
  return out;
}

/// Rows of a recorded curve: load, accepted, dropped.
std::vector<std::array<double, 3>> readCurve(const std::string &file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  std::vector<std::array<double, 3>> rows;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::array<double, 3> row;
    if (fields >> row[0] >> row[1] >> row[2])
      rows.push_back(row);
  }
  return rows;
}

/// Runs the recorded loads in `loads`: below saturation 1 %, else 15 %.
void compare(Machine machine, Pattern pattern, const std::string &file,
             const std::vector<double> &loads) {
  machine.plan.pattern = pattern;
  size_t found = 0;
  for (const auto &[load, accepted, dropped] : readCurve(file)) {
    if (std::find(loads.begin(), loads.end(), load) == loads.end())
      continue;
    ++found;
    machine.plan.load = load;
    const TrafficResult result = runTraffic(
        machine.topology, machine.parameters, machine.routing, machine.plan);
    const bool saturated = dropped > 0.05;
    EXPECT_NEAR(result.accepted, accepted, accepted * (saturated ? 0.15 : 0.01))
        << load;
    EXPECT_NEAR(result.dropped, dropped, saturated ? 0.06 : 0.01) << load;
  }
  EXPECT_EQ(found, loads.size());
}

} // namespace

TEST(Parameters, OfTheChipsYaml) {
  const Machine machine = measured();
  EXPECT_EQ(machine.parameters.wait1, 240u);    // code 0x40
  EXPECT_EQ(machine.parameters.linkShort, 33u); // 165 ns at 200 MHz
  EXPECT_EQ(machine.parameters.linkLong, 59u);  // x 72 / 40
  EXPECT_EQ(machine.plan.unit, 64);
}

TEST(Pattern, Targets) {
  const Topology torus = makeTorus(12, 12);
  const auto at = [&](int x, int y) {
    return static_cast<uint32_t>(torus.at({x, y}));
  };
  const auto to = [&](Pattern pattern, int x, int y, uint64_t count = 0) {
    return torus
        .chips[static_cast<size_t>(targetOf(pattern, torus, at(x, y), count))];
  };
  EXPECT_EQ(to(Pattern::Complement, 2, 9), (target::Chip{9, 2}));
  EXPECT_EQ(to(Pattern::Tornado, 8, 5), (target::Chip{2, 5}));
  EXPECT_EQ(to(Pattern::Transpose, 3, 7), (target::Chip{7, 3}));
  EXPECT_EQ(to(Pattern::Cyclic, 11, 0, 0), (target::Chip{0, 1}));
  // All others once, then again from the start.
  std::vector<int> seen(144);
  for (uint64_t count = 0; count < 143; ++count)
    ++seen[static_cast<size_t>(targetOf(Pattern::Cyclic, torus, 7, count))];
  for (uint32_t chip = 0; chip < 144; ++chip)
    EXPECT_EQ(seen[chip], chip == 7 ? 0 : 1);
  EXPECT_EQ(targetOf(Pattern::Cyclic, torus, 7, 143),
            targetOf(Pattern::Cyclic, torus, 7, 0));
  // (4, 0) has no mirror image on the hexagon of a board.
  const Topology board = makeBoard();
  EXPECT_EQ(targetOf(Pattern::Complement, board,
                     static_cast<uint32_t>(board.at({4, 0})), 0),
            -1);
}

TEST(Saturation, EverythingArrivesAtALowRate) {
  Machine machine = measured();
  for (const Pattern pattern : {Pattern::Cyclic, Pattern::Complement,
                                Pattern::Tornado, Pattern::Transpose}) {
    machine.plan.pattern = pattern;
    machine.plan.load = 0.05;
    const TrafficResult result = runTraffic(
        machine.topology, machine.parameters, machine.routing, machine.plan);
    EXPECT_NEAR(result.entered, 0.05, 1e-4);
    EXPECT_NEAR(result.accepted, 0.05, 3e-4);
    EXPECT_EQ(result.dropped, 0.0);
  }
}

TEST(Saturation, SameOnAnyThread) {
  Machine machine = measured();
  machine.plan.load = 0.6;
  machine.plan.warmUp = 0;
  std::array<TrafficResult, 3> results;
  const auto run = [&](size_t i) {
    results[i] = runTraffic(machine.topology, machine.parameters,
                            machine.routing, machine.plan);
  };
  run(0);
  {
    std::jthread one(run, 1), two(run, 2);
  }
  for (size_t i = 1; i < 3; ++i) {
    EXPECT_EQ(results[0].accepted, results[i].accepted);
    EXPECT_EQ(results[0].dropped, results[i].dropped);
    EXPECT_EQ(results[0].hops, results[i].hops);
  }
  machine.plan.seed = 2;
  run(1);
  EXPECT_NE(results[0].hops, results[1].hops);
}

TEST(Saturation, MeasuredComplement) {
  LIMEN_DATA_OR_SKIP(file,
                     "spinnaker/noc_saturation/144_spinnaker_complement.csv");
  compare(measured(), Pattern::Complement, file, {0.1, 0.2, 0.35, 0.4, 0.8});
}

TEST(Saturation, MeasuredCyclic) {
  LIMEN_DATA_OR_SKIP(file, "spinnaker/noc_saturation/144_spinnaker_cyclic.csv");
  // Just below the knee it takes long until the start is forgotten.
  Machine machine = measured();
  machine.plan.warmUp *= 4;
  compare(machine, Pattern::Cyclic, file, {0.4, 0.8});
}
