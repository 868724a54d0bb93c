// snn -> spin: a network as a program for a SpiNNaker-style machine.
#pragma once

#include "mlir/Pass/Pass.h"

#include <memory>
#include <string>

namespace limen {

#define GEN_PASS_DECL
#include "compiler/Conversion/SnnToSpin/SnnToSpinPasses.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/Conversion/SnnToSpin/SnnToSpinPasses.h.inc"

} // namespace limen
