// limen-bench-spinnaker: the SpiNNaker-style target beside published figures.

#include "test/benchmark/spinnaker/Mode.h"

#include <cstdlib>
#include <fmt/format.h>

using namespace limen;
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
  std::vector<std::unique_ptr<Mode>> modes;
  modes.push_back(makeTablesMode());
  modes.push_back(makeStdpMode());
  modes.push_back(makeNetlistMode());
  modes.push_back(makeLifRingMode());
  modes.push_back(makeNocMode());
  modes.push_back(makeMicrocircuitMode());
  for (const auto &mode : modes)
    mode->addOptions(app);
  CLI11_PARSE(app, argc, argv);

  const auto fails = [](Result<void> done) {
    if (!done)
      fmt::print(stderr, "{}\n", done.error().text());
    return !done;
  };
  bool any = false, failed = false;
  for (const auto &mode : modes)
    if (mode->chosen()) {
      any = true;
      failed |= fails(mode->run(common));
    }
  if (any)
    return failed;
  const char *data = std::getenv("LIMEN_TEST_DATA");
  if (!data) {
    fmt::print(stderr, "no mode was given, and LIMEN_TEST_DATA does not name a "
                       "folder with recorded data; see --help\n");
    return 1;
  }
  for (const auto &mode : modes)
    failed |= fails(mode->runRecorded(common, data));
  return failed;
}
