// All of the snn dialect: what the generators read.

#ifndef LIMEN_DIALECTS_SNN_IR_SNNOPS_TD
#define LIMEN_DIALECTS_SNN_IR_SNNOPS_TD

include "dialects/snn/IR/SnnModelOps.td"
include "dialects/snn/IR/SnnNetworkOps.td"
include "dialects/snn/IR/SnnSynapseOps.td"
include "dialects/snn/IR/SnnHeadOps.td"

#endif // LIMEN_DIALECTS_SNN_IR_SNNOPS_TD
