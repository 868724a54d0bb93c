// Passes inside the imc dialect.
#pragma once

#include "dialects/imc/IR/Imc.h"

#include "mlir/Pass/Pass.h"

#include <memory>

namespace limen {

#define GEN_PASS_DECL
#include "dialects/imc/Transforms/ImcPasses.h.inc"
#define GEN_PASS_REGISTRATION
#include "dialects/imc/Transforms/ImcPasses.h.inc"

} // namespace limen
