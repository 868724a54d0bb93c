#ifndef LIMEN_DIALECTS_SNN_IR_SNNTYPES_TD
#define LIMEN_DIALECTS_SNN_IR_SNNTYPES_TD

include "dialects/snn/IR/SnnAttrs.td"

class Snn_Type<string cppName, string typeMnemonic, list<Trait> traits = []>
    : TypeDef<Snn_Dialect, cppName, traits> {
  let mnemonic = typeMnemonic;
}

def Snn_Spikes : Snn_Type<"Spikes", "spikes"> {
  let summary = "Events of one step";
  let description = [{
    Which elements are active in a step. `bits` is b_s, the width of an event's
    value: 1 for plain spikes; a count of up to 2^bits - 1 for graded ones.

    ```mlir
    !snn.spikes<2x34x34>      // plain
    !snn.spikes<16x8x8, 3>    // counts 0..7
    ```
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, DefaultValuedParameter<"unsigned", "1">:$bits);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [TypeBuilder<(ins "::llvm::ArrayRef<int64_t>":$shape, CArg<"unsigned", "1">:$bits), [{
    return $_get($_ctxt, shape, bits);
  }]>];
  let skipDefaultBuilders = 1;
}

def Snn_Current : Snn_Type<"Current", "current"> {
  let summary = "What elements receive in one step, as real numbers";
  let description = [{
    ```mlir
    !snn.current<16x16x16>
    ```
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Snn_Scores : Snn_Type<"Scores", "scores"> {
  let summary = "The result of a digital readout: one number per class";
  let description = [{
    ```mlir
    !snn.scores<10>
    ```
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Snn_Signal : AnyTypeOf<[Snn_Spikes, Snn_Current], "spikes or current">;

#endif // LIMEN_DIALECTS_SNN_IR_SNNTYPES_TD
