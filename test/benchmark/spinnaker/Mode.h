// The modes of limen-bench-spinnaker.
#pragma once

#include "test/benchmark/modes/Mode.h"

namespace limen::bench {

/// --tables: compression of routing tables.
std::unique_ptr<Mode> makeTablesMode();
/// --stdp-spatial: supervised spatial STDP with homeostasis.
std::unique_ptr<Mode> makeStdpMode();
/// --netlist: placement and routing.
std::unique_ptr<Mode> makeNetlistMode();
/// --lif-ring: neuron arithmetic and delays against recorded traces.
std::unique_ptr<Mode> makeLifRingMode();
/// --noc: saturation of the network on chip.
std::unique_ptr<Mode> makeNocMode();
/// --microcircuit: the cortical microcircuit on the machine, its rates.
std::unique_ptr<Mode> makeMicrocircuitMode();

} // namespace limen::bench
