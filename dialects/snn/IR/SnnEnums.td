#ifndef LIMEN_DIALECTS_SNN_IR_SNNENUMS_TD
#define LIMEN_DIALECTS_SNN_IR_SNNENUMS_TD

include "dialects/snn/IR/SnnDialect.td"

def Snn_DistributionKind : I32EnumAttr<"DistributionKind", "How random weights are drawn", [
    I32EnumAttrCase<"Constant", 0, "constant">,
    I32EnumAttrCase<"Normal", 1, "normal">,
    I32EnumAttrCase<"Uniform", 2, "uniform">,
    I32EnumAttrCase<"LogNormal", 3, "lognormal">,
    I32EnumAttrCase<"FormedPair", 4, "formed_pair">]> {
  let cppNamespace = "::limen::snn";
  let genSpecializedAttr = 0;
}

def Snn_WiringKind : I32EnumAttr<"WiringKind", "Which pairs random synapses connect", [
    I32EnumAttrCase<"Pairwise", 0, "pairwise">,
    I32EnumAttrCase<"FixedTotal", 1, "fixed_total">,
    I32EnumAttrCase<"FixedInDegree", 2, "fixed_in_degree">,
    I32EnumAttrCase<"FixedOutDegree", 3, "fixed_out_degree">,
    I32EnumAttrCase<"Gaussian", 4, "gaussian">,
    I32EnumAttrCase<"Exponential", 5, "exponential">,
    I32EnumAttrCase<"OneToOne", 6, "one_to_one">]> {
  let cppNamespace = "::limen::snn";
  let genSpecializedAttr = 0;
}

def Snn_ActivationKind : I32EnumAttr<"ActivationKind", "What a digital layer does to its sums", [
    I32EnumAttrCase<"None", 0, "none">,
    I32EnumAttrCase<"Relu", 1, "relu">,
    I32EnumAttrCase<"Gelu", 2, "gelu">]> {
  let cppNamespace = "::limen::snn";
  let genSpecializedAttr = 0;
}

#endif // LIMEN_DIALECTS_SNN_IR_SNNENUMS_TD
