// Draws random projections into the synaptic rows of all cores, as the
// published stack's synapse expander does on the machine.
#pragma once

#include "runtime/program/SpinProgram.h"

namespace limen::program {

/// Fills the rows of every core that has `drawn` ones, on so many threads (0:
/// all processors); the rows do not depend on their number. Memory: the rows,
/// and the ends of one projection at a time. Errors (the core is named): a
/// block that no core sends for, a row longer than its blocks.
Result<void> expandSynapses(SpinProgram &program,
                            const network::Network &network,
                            unsigned threads = 0);

} // namespace limen::program
