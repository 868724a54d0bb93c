#ifndef LIMEN_DIALECTS_SNN_IR_SNNATTRS_TD
#define LIMEN_DIALECTS_SNN_IR_SNNATTRS_TD

include "dialects/snn/IR/SnnEnums.td"

def Snn_Wiring : AttrDef<Snn_Dialect, "Wiring"> {
  let mnemonic = "wiring";
  let summary = "Which pairs random synapses connect";
  let description = [{
    - `pairwise`: each pair with the probability `density`.
    - `fixed_total N`, `fixed_in_degree N`, `fixed_out_degree N`: N synapses in all,
      into each target, from each source; ends are drawn with repetition, so a pair
      may have several synapses.
    - `gaussian S`, `exponential S`: each pair at distance d with the probability
      density exp(-d^2 / (2 S^2)), density exp(-d / S). Elements lie on the grids of
      their shapes, each of extent 1 along every axis; `periodic` wraps around.

    - `one_to_one`: element i drives element i.

    `no_autapses`: element i never drives element i.

    ```mlir
    #snn.wiring<fixed_in_degree 100, no_autapses>
    #snn.wiring<gaussian 0.1, periodic>
    ```
  }];
  let parameters = (ins EnumParameter<Snn_WiringKind>:$kind, "uint64_t":$number, "::mlir::FloatAttr":$scale,
                        "bool":$autapses, "bool":$periodic);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Snn_Delays : AttrDef<Snn_Dialect, "Delays"> {
  let mnemonic = "delays";
  let summary = "How the delays of random synapses are drawn";
  let description = [{
    A distribution in steps, rounded to whole ones and drawn again outside of the
    range from the first to the last step given.

    ```mlir
    #snn.delays<normal(15.0, 7.5), 1 to 64>
    ```
  }];
  let parameters = (ins EnumParameter<Snn_DistributionKind>:$distribution, "::mlir::FloatAttr":$a,
                        "::mlir::FloatAttr":$b, "int64_t":$from, "int64_t":$to);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

#endif // LIMEN_DIALECTS_SNN_IR_SNNATTRS_TD
