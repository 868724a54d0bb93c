#ifndef LIMEN_DIALECTS_SNN_TRANSFORMS_SNNPASSES_TD
#define LIMEN_DIALECTS_SNN_TRANSFORMS_SNNPASSES_TD

include "mlir/Pass/PassBase.td"

class Snn_NetworkPass<string flag> : Pass<flag, "::limen::snn::NetworkOp">;

def SnnFoldLinear : Snn_NetworkPass<"snn-fold-linear"> {
  let summary = "Fold chains of linear synapse ops into one";
  let description = [{
    Synapse ops that follow one another without a neuron between them are one linear
    map. A scale (one_to_one) after or before a dense op goes into its weights, one
    weight per channel after a conv2d into its kernels (batch normalisation and
    scale layers become nothing), and two dense ops become their product where that
    does not make more weights. Biases go along; delays add up where all synapses of
    an op share theirs.

    The result is the same but for rounding of the products to float32. A remark for
    each fold says how many weights there were and are.
  }];
}

def SnnRemoveDead : Snn_NetworkPass<"snn-remove-dead"> {
  let summary = "Remove what no output depends on";
  let description = [{
    Populations and synapses from which no path leads to an snn.output are erased,
    cycles among themselves included (which a use count cannot see). A remark names
    every population that went, a last one says how many weights went with them. Inputs stay: they are the network's interface.
  }];
}

def SnnPrune : Snn_NetworkPass<"snn-prune"> {
  let summary = "Keep the weights of largest magnitude";
  let description = [{
    Sets the smallest weights of dense, conv2d, one_to_one and sparse ops to 0 until
    at most `keep` of them, or the share `fraction`, are left in the whole network;
    of equals the earlier stays. What is 0 has no synapse on any target. The remark
    says how many went, the largest of them, their share of the sum of squares, and
    the multiply-accumulates of a step before and after.
  }];
  let options = [
    Option<"keep", "keep", "int64_t", "-1", "How many weights to keep">,
    Option<"fraction", "fraction", "double", "1.0", "Share of the weights to keep, where `keep` is not given">
  ];
}

def SnnQuantizeWeights : Snn_NetworkPass<"snn-quantize-weights"> {
  let summary = "Round weights to b_w bits, symmetrically";
  let description = [{
    w becomes s rint(w / s) with s = max |w| / (2^(bits - 1) - 1), one s for each op or
    for each of its output channels; ties go to even. `power_of_two` rounds s up to
    one, so that products with it are exact in fixed point. The op gets the attribute
    `weight_bits`, which the bit budget counts. The remark says the scale, the
    error, and the bits that the weights take before and after.
  }];
  let options = [
    Option<"bits", "bits", "unsigned", "8", "b_w: 2 to 16">,
    Option<"perChannel", "per-channel", "bool", "false", "A scale for each output channel">,
    Option<"powerOfTwo", "power-of-two", "bool", "false", "Scales are powers of two">
  ];
}

def SnnSpikeBits : Snn_NetworkPass<"snn-spike-bits"> {
  let summary = "Let inputs carry counts of b_s bits";
  let description = [{
    Changes the type of every snn.input, and of the pools and reshapes behind it, to
    counts of `bits` bits, and marks the input with `clip`: a run cuts larger counts
    and says how many. The remark says the bits of one step before and after.
  }];
  let options = [
    Option<"bits", "bits", "unsigned", "1", "b_s: 1 to 16">
  ];
}

#endif // LIMEN_DIALECTS_SNN_TRANSFORMS_SNNPASSES_TD
