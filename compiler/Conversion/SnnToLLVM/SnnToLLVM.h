// snn -> llvm: neuron steps as host code.
#pragma once

#include "mlir/Pass/Pass.h"

#include <memory>
#include <string>

namespace limen {

#define GEN_PASS_DECL
#include "compiler/Conversion/SnnToLLVM/SnnToLLVMPasses.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/Conversion/SnnToLLVM/SnnToLLVMPasses.h.inc"

} // namespace limen
