// A mapping as a spin.program.
#pragma once

#include "compiler/Mapping/SpinMapping.h"
#include "dialects/snn/IR/Snn.h"
#include "dialects/spin/IR/Spin.h"

namespace limen {

/// What the program says about its machine.
struct MachineText {
  std::string name;
  std::string document; ///< complete YAML
};

/// Adds a spin.program with the kernels, cores, rows and tables of `mapping` to
/// the module of `network`. Fails after a diagnostic: a step or a coefficient
/// without fixed-point form.
mlir::FailureOr<spin::ProgramOp>
buildProgram(snn::NetworkOp op, const network::Network &network,
             const mapping::SpinMapping &mapping,
             const target::SpinMachine &machine, const MachineText &text);

} // namespace limen
