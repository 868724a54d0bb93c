// Digital heads.

#ifndef LIMEN_DIALECTS_SNN_IR_SNNHEADOPS_TD
#define LIMEN_DIALECTS_SNN_IR_SNNHEADOPS_TD

include "dialects/snn/IR/SnnNetworkOps.td"

def Snn_ReadoutOp : Snn_NetworkMember<"readout", [Pure, Snn_NamedResult]> {
  let summary = "A layer of a digital head, computed once at the end of a sample";
  let description = [{
    scores = f(W x + bias). x are the spike counts of a population over the T steps
    of a sample, divided by T, or the scores of another readout: readouts in a chain
    are the layers of a perceptron. f is the activation, none if not given: `relu`
    is max(0, x), `gelu` x times the standard normal distribution function of x.

    On hardware: done in float32 by the digital unit of an RRAM chip, by the host of
    a SpiNNaker-style machine.

    Constraints:
    - readout_c1: weights have shape [classes, elements of input].
    - readout_c2: bias has one element per class.
    - readout_c3: a weight resource is present, not elided.
    - readout_c4: the input is the result of an snn.neuron or an snn.readout.

    Example:
    ```mlir
    %y = snn.readout "head" %s weights(dense<0.0> : tensor<10x200xf32>)
        : !snn.spikes<200> -> !snn.scores<10>
    ```
    A hidden layer, and what reads it:
    ```mlir
    %h = snn.readout "hidden" %s weights(dense<0.1> : tensor<32x200xf32>) activation gelu
        : !snn.spikes<200> -> !snn.scores<32>
    ```
    ```mlir
    %z = snn.readout "perceptron" %h weights(dense<0.1> : tensor<10x32xf32>)
        : !snn.scores<32> -> !snn.scores<10>
    ```
  }];
  let arguments = (ins StrAttr:$name, AnyTypeOf<[Snn_Spikes, Snn_Scores]>:$input, ElementsAttr:$weights,
                       OptionalAttr<ElementsAttr>:$bias,
                       OptionalAttr<EnumAttr<Snn_Dialect, Snn_ActivationKind, "activation">>:$activation);
  let results = (outs Snn_Scores:$result);
  let assemblyFormat = [{
    $name $input `weights` `(` $weights `)` (`bias` `(` $bias^ `)`)? (`activation` `` $activation^)? attr-dict
    `:` qualified(type($input)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

#endif // LIMEN_DIALECTS_SNN_IR_SNNHEADOPS_TD
