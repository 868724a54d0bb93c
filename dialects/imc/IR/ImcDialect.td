// The imc dialect: a program for resistive in-memory computing macros.
//
// Order of the td files: ImcDialect < ImcAttrs < ImcOps. ImcOps.td includes the
// others and is what the generators read.

#ifndef LIMEN_DIALECTS_IMC_IR_IMCDIALECT_TD
#define LIMEN_DIALECTS_IMC_IR_IMCDIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Imc_Dialect : Dialect {
  let name = "imc";
  let cppNamespace = "::limen::imc";
  let summary = "Programs for resistive in-memory computing macros";
  let description = [{
    What a chip of crossbar macros does for one network.

        snn   a network
         |    gone here: signed weights, ideal sums, unlimited rows
        imc   macros, regions of cells that are formed or written, reads with
              their converter, digital accumulation, neuron updates, in the
              order of one time step

    A signed weight is a pair of neighbouring columns, G+ and G-. A region is
    either *written* (each cell programmed to a conductance and verified) or
    *formed* (one voltage for all; what the cells become is drawn by the device
    and never written).
  }];
  let useDefaultAttributePrinterParser = 1;
}

#endif // LIMEN_DIALECTS_IMC_IR_IMCDIALECT_TD
