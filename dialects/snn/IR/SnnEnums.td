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

#endif // LIMEN_DIALECTS_SNN_IR_SNNENUMS_TD
