// Passes on snn networks that need the mapping algorithms.
#pragma once

#include "dialects/snn/IR/Snn.h"

#include "mlir/Pass/Pass.h"

#include <memory>

namespace limen {

#define GEN_PASS_DECL
#include "compiler/Transforms/TransformPasses.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/Transforms/TransformPasses.h.inc"

} // namespace limen
