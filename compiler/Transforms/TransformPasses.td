#ifndef LIMEN_COMPILER_TRANSFORMS_TRANSFORMPASSES_TD
#define LIMEN_COMPILER_TRANSFORMS_TRANSFORMPASSES_TD

include "mlir/Pass/PassBase.td"

def SnnRetime : Pass<"snn-retime", "::limen::snn::NetworkOp"> {
  let summary = "Give every connection a delay of at least one step";
  let description = [{
    With an integer potential for each population, d' = d + phi(target) - phi(source)
    keeps the total delay of every cycle, so that the spikes are the same, shifted by
    phi (Leiserson and Saxe, 1991). The smallest potentials are taken; where none
    exist, the cycle that has fewer steps than connections is named.

    Before: delays of 0 or more. After: delays of 1 or more on the way into every
    population, `latency` on every snn.neuron that runs later than before. The pass
    reads its result back and holds it against the definition. A remark says how much
    later the network answers and how many steps of delay lines it took.
  }];
}

def SnnLegalizeDelays : Pass<"snn-legalize-delays", "::limen::snn::NetworkOp"> {
  let summary = "Make delays fit what a target can hold";
  let description = [{
    Delays above `max` are an error that names the op, or with `clip` become `max`,
    with a remark that says how many synapses changed and by how much at most.
    Delays of random synapses are clipped as their distribution's upper bound: what
    was drawn above is drawn again.
  }];
  let options = [
    Option<"max", "max", "int64_t", "16", "Steps that the target holds">,
    Option<"clip", "clip", "bool", "false", "Shorten delays instead of refusing them">
  ];
}

#endif // LIMEN_COMPILER_TRANSFORMS_TRANSFORMPASSES_TD
