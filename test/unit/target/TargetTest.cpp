// Target files whose numbers no machine can have: an error that says so, at its
// place, before anything is computed from them.

#include "hw-models/target/Target.h"

#include <gtest/gtest.h>

using namespace limen;
using namespace limen::target;

/// What is wrong with a preset after `overrides`, "" if nothing is.
static std::string wrong(const std::string &preset,
                         const std::vector<std::string> &overrides) {
  const Result<Target> target = loadDocument(preset, overrides);
  if (!target)
    return target.error().text();
  const Result<void> valid = validate(*target);
  return valid ? "" : valid.error().text();
}

static ::testing::AssertionResult says(const std::string &text,
                                       const std::string &wanted) {
  if (text.find(wanted) != std::string::npos)
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "'" << text << "'";
}

TEST(Targets, PresetsAreValid) {
  for (const Preset &preset : presets())
    EXPECT_EQ(wrong(preset.name, {}), "") << preset.name;
}

TEST(SpinMachines, CountsOfBoardsThatNoMachineHas) {
  // 3 x 2^32 boards are 0 triads in 32 bits.
  for (const char *boards :
       {"0", "2", "1203", "12884901888", "18446744073709551615"})
    EXPECT_TRUE(says(wrong("spinnaker1-48", {std::string("boards=") + boards}),
                     std::string("'boards' is ") + boards +
                         "; 1 or a multiple of 3 up to 1200 was wanted"))
        << boards;
  EXPECT_EQ(wrong("spinnaker1-48", {"boards=1200"}), "");
}

TEST(SpinMachines, TicksHaveCycles) {
  for (const char *set : {"clocks.cpu=1e300 Hz", "clocks.timer_tick=1e30 s",
                          "clocks.timer_tick=4 ns"})
    EXPECT_TRUE(says(wrong("spinnaker1-48", {set}), "a timer tick has")) << set;
  EXPECT_EQ(wrong("spinnaker1-48", {"clocks.timer_tick=5 ns"}), "");
}

TEST(SpinMachines, CostsAreWholeCycles) {
  for (const char *cost : {"-1 cycles", "nan cycles", "0.5 cycles"})
    EXPECT_TRUE(
        says(wrong("spinnaker1-48", {std::string("costs.synapse=") + cost}),
             std::string("--set costs.synapse=") + cost + ": error: '" + cost +
                 "' is not a"))
        << cost;
}
