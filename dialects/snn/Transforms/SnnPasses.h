// Passes inside the snn dialect.
#pragma once

#include "dialects/snn/IR/Snn.h"

#include "mlir/Pass/Pass.h"

#include <memory>

namespace limen {

#define GEN_PASS_DECL
#include "dialects/snn/Transforms/SnnPasses.h.inc"
#define GEN_PASS_REGISTRATION
#include "dialects/snn/Transforms/SnnPasses.h.inc"

} // namespace limen
