// Passes inside the spin dialect.
#pragma once

#include "dialects/spin/IR/Spin.h"

#include "mlir/Pass/Pass.h"

#include <memory>

namespace limen {

#define GEN_PASS_DECL
#include "dialects/spin/Transforms/SpinPasses.h.inc"
#define GEN_PASS_REGISTRATION
#include "dialects/spin/Transforms/SpinPasses.h.inc"

} // namespace limen
