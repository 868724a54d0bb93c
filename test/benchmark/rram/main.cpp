// limen-bench-rram: the RRAM target beside published tools.

#include "test/benchmark/rram/Mode.h"

#include <cstdlib>
#include <fmt/format.h>

using namespace limen;
using namespace limen::bench;

int main(int argc, char **argv) {
  CLI::App app("Measures the RRAM target beside published tools: one JSON line "
               "per result on stdout, tables for people on stderr. Without a "
               "mode it runs all of them on the recorded data below "
               "$LIMEN_TEST_DATA.");
  std::vector<std::unique_ptr<Mode>> modes;
  modes.push_back(makeCrossSimMode());
  modes.push_back(makeLsmMode());
  modes.push_back(makeSubarrayMode());
  modes.push_back(makeSpeedMode());
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
      failed |= fails(mode->run());
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
    failed |= fails(mode->runRecorded(data));
  return failed;
}
