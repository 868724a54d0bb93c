// limen-bench-rram: the RRAM target beside published tools.

#include "test/benchmark/rram/Mode.h"

using namespace limen::bench;

int main(int argc, char **argv) {
  CLI::App app("Measures the RRAM target beside published tools: one JSON line "
               "per result on stdout, tables for people on stderr. Without a "
               "mode it runs all of them on the recorded data below "
               "$LIMEN_TEST_DATA.");
  Modes modes;
  modes.push_back(makeCrossSimMode());
  modes.push_back(makeLsmMode());
  modes.push_back(makeSubarrayMode());
  modes.push_back(makeSpeedMode());
  return runModes(app, modes, {}, argc, argv);
}
