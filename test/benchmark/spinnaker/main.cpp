// limen-bench-spinnaker: the SpiNNaker-style target beside published figures.

#include "test/benchmark/spinnaker/Mode.h"

using namespace limen::bench;

int main(int argc, char **argv) {
  CLI::App app(
      "Measures the SpiNNaker-style target beside published figures: "
      "one JSON line per result on stdout, tables for people on "
      "stderr. Without a mode it runs all of them on the recorded data "
      "below $LIMEN_TEST_DATA.");
  Common common;
  app.add_option("--threads", common.threads, "Threads to use")
      ->check(CLI::Range(1u, 256u))
      ->capture_default_str();
  app.add_option("--seed", common.seed, "Seed of everything drawn")
      ->capture_default_str();
  Modes modes;
  modes.push_back(makeTablesMode());
  modes.push_back(makeStdpMode());
  modes.push_back(makeNetlistMode());
  modes.push_back(makeLifRingMode());
  modes.push_back(makeNocMode());
  modes.push_back(makeMicrocircuitMode());
  return runModes(app, modes, common, argc, argv);
}
