#ifndef LIMEN_COMPILER_CONVERSION_SNNTOIMC_SNNTOIMCPASSES_TD
#define LIMEN_COMPILER_CONVERSION_SNNTOIMC_SNNTOIMCPASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertSnnToImc : Pass<"convert-snn-to-imc", "::mlir::ModuleOp"> {
  let summary = "Lower a network to a program for RRAM macros";
  let description = [{
    Maps the module's snn.network onto crossbars (compiler/Mapping/ImcTiling.h) and
    adds an imc.program beside it: regions of cells that are written, or formed for
    `formed_pair` random projections, and the schedule of one step. The network
    stays: names, shapes and readouts are taken from it, and the neuron unit runs
    its kernels.

    Before: one snn.network whose neurons have kernels. After: also one imc.program
    of the same meaning, but for the device and the converters.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"rram-40nm\"",
           "Chip: the name of a preset or a YAML file">,
    ListOption<"overrides", "set", "std::string",
               "Parameters of the chip: PATH=VALUE">
  ];
  let dependentDialects = ["::limen::imc::ImcDialect"];
}

#endif // LIMEN_COMPILER_CONVERSION_SNNTOIMC_SNNTOIMCPASSES_TD
