// Which NIR neuron a neuron model of the IR is.
#pragma once

#include "compiler/Import/NIR/NIRGraph.h"
#include "dialects/snn/IR/Snn.h"

namespace limen::nir {

/// The kind of the population `neuron`. Its model must be one of the library's
/// with the rules of NIR: z = [v > threshold], v becomes v_reset. The scheme of
/// its equations is not part of NIR: one that is not forward Euler is added to
/// `remarks`. Errors: another model, another rule (saying which).
Result<Kind> kindOfNeuron(snn::NeuronOp neuron,
                          std::vector<std::string> &remarks);

/// The parameters of `neuron` under NIR's names, as full arrays of `shape`.
std::map<std::string, Parameter>
parametersOfNeuron(snn::NeuronOp neuron, Kind kind, const Shape &shape);

} // namespace limen::nir
