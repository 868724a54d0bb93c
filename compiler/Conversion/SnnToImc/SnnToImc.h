// snn -> imc: a network as a program for resistive in-memory macros.
#pragma once

#include "mlir/Pass/Pass.h"

#include <memory>
#include <string>

namespace limen {

#define GEN_PASS_DECL
#include "compiler/Conversion/SnnToImc/SnnToImcPasses.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/Conversion/SnnToImc/SnnToImcPasses.h.inc"

} // namespace limen
