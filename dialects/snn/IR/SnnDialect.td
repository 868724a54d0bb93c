// The snn dialect: the algorithm.
//
// Order of the td files: SnnDialect < SnnEnums < SnnAttrs < SnnTypes < SnnModelOps,
// SnnNetworkOps < SnnSynapseOps, SnnHeadOps < SnnOps. SnnOps.td includes the others and is
// what the generators read.

#ifndef LIMEN_DIALECTS_SNN_IR_SNNDIALECT_TD
#define LIMEN_DIALECTS_SNN_IR_SNNDIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Snn_Dialect : Dialect {
  let name = "snn";
  let cppNamespace = "::limen::snn";
  let summary = "Spiking neural networks as algorithms";
  let description = [{
    A network of populations and synapses, independent of any chip.

        snn   -> llvm   host engine
              -> spin   SpiNNaker-style machine
              -> imc    resistive in-memory macros

    What one step means:

    1. The network runs in steps of `dt`. In step t a synapse op delivers
       `sum w * s(t - delay)`, plus its bias once per step.
    2. Every `snn.neuron` then computes its step from what its receptors
       received. Its spikes of step t are visible to delay-0 synapses in the
       same step; a cycle whose total delay is 0 does not verify.
    3. Values are events: a spike has value 1, a graded one a small count.

    Neuron models are IR: an `snn.model` holds one step of one neuron in `arith`
    and `math`. The order of the update, the comparison and the reset can be read
    there.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
  let extraClassDeclaration = [{
    void registerAttributes(); // in SnnAttrs.cpp, where their storage is defined
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

class Snn_Op<string opMnemonic, list<Trait> traits = []> : Op<Snn_Dialect, opMnemonic, traits>;

#endif // LIMEN_DIALECTS_SNN_IR_SNNDIALECT_TD
