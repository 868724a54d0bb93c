// The modes of limen-bench-rram.
#pragma once

#include "test/benchmark/modes/Mode.h"

namespace limen::bench {

/// --crosssim: products of matrices beside CrossSim's.
std::unique_ptr<Mode> makeCrossSimMode();
/// --lsm: spikes of a liquid state machine on four arrays.
std::unique_ptr<Mode> makeLsmMode();
/// --subarray: energy and cycles of one array beside NeuroSim's.
std::unique_ptr<Mode> makeSubarrayMode();
/// --speed: time of one product.
std::unique_ptr<Mode> makeSpeedMode();

} // namespace limen::bench
