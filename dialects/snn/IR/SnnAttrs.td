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

def Snn_Plasticity : AttrDef<Snn_Dialect, "Plasticity"> {
  let mnemonic = "plasticity";
  let summary = "The rule by which synapses change";
  let description = [{
    The attribute `plasticity` of an snn.dense, snn.sparse, snn.one_to_one or
    snn.random: each of its synapses changes by the snn.rule named here. Its
    weights are those at the start of a sample; one of 0 is a synapse too.

    Constraints:
    - plasticity_c1: it stands on one of these ops; no formed_pair.
    - plasticity_c2: the rule is an snn.rule of the module.
    - plasticity_c3: parameters are numbers, exactly the rule's, defaults aside.
    - plasticity_c4: the synapses take spikes of 1 bit of an snn.input or snn.neuron,
      reshaped at most.
    - plasticity_c5: they drive one receptor of one snn.neuron, reshaped at most.
    - plasticity_c6: they have no bias.

    ```mlir
    %i = snn.dense %s weights(dense<0.5> : tensor<4x8xf32>) delay 1
        {plasticity = #snn.plasticity<@stdp_pair, {tau_plus = 0.02, tau_minus = 0.02,
          a_plus = 0.01, a_minus = 0.012, w_min = 0.0, w_max = 1.0}>}
        : !snn.spikes<8> -> !snn.current<4>
    ```
  }];
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$rule, "::mlir::DictionaryAttr":$parameters);
  let assemblyFormat = "`<` $rule `,` $parameters `>`";
}

#endif // LIMEN_DIALECTS_SNN_IR_SNNATTRS_TD
