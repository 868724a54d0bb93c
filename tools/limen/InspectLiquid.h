// limen inspect NETWORK --input: what a fixed network does to its input.
#pragma once

#include "tools/limen/Command.h"

namespace limen::cli {

struct LiquidFlags {
  NetworkFlags network;
  TargetFlags target;
  InputFlags input;
  std::string population; ///< "": the only one
  size_t calibrate = 8;
  uint32_t memorySteps = 0; ///< 0: memory is not measured
  size_t longest = 20;      ///< delay in steps
  double rate = 0.1;        ///< share of the input's elements in the signal
  bool json = false;

  void add(CLI::App &app);
};

/// Runs the samples and prints separation, kernel rank and memory capacity.
Result<void> inspectLiquid(const LiquidFlags &flags);

} // namespace limen::cli
