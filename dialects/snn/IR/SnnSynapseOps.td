// Synapses.

#ifndef LIMEN_DIALECTS_SNN_IR_SNNSYNAPSEOPS_TD
#define LIMEN_DIALECTS_SNN_IR_SNNSYNAPSEOPS_TD

include "dialects/snn/IR/SnnNetworkOps.td"

class Snn_SynapseOp<string opMnemonic, list<Trait> traits = []>
    : Snn_NetworkMember<opMnemonic, !listconcat(traits, [Pure])> {
  let results = (outs Snn_Current:$result);
  let hasVerifier = 1;
}

defvar Snn_Delay = ConfinedAttr<DefaultValuedAttr<I64Attr, "0">, [IntNonNegative]>;

def Snn_DenseOp : Snn_SynapseOp<"dense"> {
  let summary = "All-to-all synapses with explicit weights";
  let description = [{
    result = W x(t - delay) + bias. Signals are taken flat, row-major. `delays` adds
    whole steps to single synapses. On hardware: synaptic rows, or a crossbar.

    Constraints:
    - dense_c1: weights have shape [elements of result, elements of input].
    - dense_c2: bias has one element per element of the result.
    - dense_c3: a weight resource is present, not elided.
    - dense_c4: delays are i32 of the weights' shape, none negative.

    Example:
    ```mlir
    %i = snn.dense %s weights(dense<0.5> : tensor<10x20xf32>) delay 1
        : !snn.spikes<20> -> !snn.current<10>
    ```
  }];
  let arguments = (ins Snn_Signal:$input, ElementsAttr:$weights, OptionalAttr<ElementsAttr>:$bias,
                       OptionalAttr<ElementsAttr>:$delays, Snn_Delay:$delay);
  let assemblyFormat = [{
    $input `weights` `(` $weights `)` (`bias` `(` $bias^ `)`)? (`delays` `(` $delays^ `)`)?
    (`delay` $delay^)? attr-dict
    `:` qualified(type($input)) `->` qualified(type($result))
  }];
}

def Snn_Conv2dOp : Snn_SynapseOp<"conv2d"> {
  let summary = "Convolutional synapses";
  let description = [{
    Cross-correlation with zero padding; shapes are channels x height x width.
    Weights may have a delay axis: taps at depth d add d steps of delay.

    Constraints:
    - conv2d_c1: input and result have three dimensions.
    - conv2d_c2: weights have shape [Co, Ci / groups, Kh, Kw], or with D steps of
      delay [Co, Ci / groups, D, Kh, Kw]; groups divides both.
    - conv2d_c3: stride and dilation are positive, padding is not negative.
    - conv2d_c4: each output extent is (n + 2p - d(k - 1) - 1) / s + 1, rounded down.
    - conv2d_c5: bias has one element, one per channel or one per element.
    - conv2d_c6: a weight resource is present, not elided.

    Example:
    ```mlir
    %i = snn.conv2d %s weights(dense<0.1> : tensor<16x2x5x5xf32>) stride [2, 2] padding [1, 1]
        : !snn.spikes<2x34x34> -> !snn.current<16x16x16>
    ```
  }];
  let arguments = (ins Snn_Signal:$input, ElementsAttr:$weights, OptionalAttr<ElementsAttr>:$bias,
    DenseI64ArrayAttr:$stride, DenseI64ArrayAttr:$padding,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilation,
    ConfinedAttr<DefaultValuedAttr<I64Attr, "1">, [IntPositive]>:$groups,
    Snn_Delay:$delay);
  let assemblyFormat = [{
    $input `weights` `(` $weights `)` (`bias` `(` $bias^ `)`)? `stride` $stride `padding` $padding
    (`dilation` $dilation^)? (`groups` $groups^)? (`delay` $delay^)? attr-dict
    `:` qualified(type($input)) `->` qualified(type($result))
  }];
}

class Snn_PoolOp<string opMnemonic> : Snn_NetworkMember<opMnemonic, [Pure]> {
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input `kernel` $kernel `stride` $stride `padding` $padding attr-dict `:` qualified(type($input)) `->` qualified(type($result))
  }];
  let arguments = (ins Snn_Signal:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$stride,
                       DenseI64ArrayAttr:$padding);
}

def Snn_SumPoolOp : Snn_PoolOp<"sum_pool"> {
  let summary = "Sum over a window, per channel";
  let description = [{
    Spikes become counts: the result's bits hold kernel area times the largest
    input. On hardware: folded into synaptic rows, or a count that drives a row
    that many times.

    Constraints:
    - pool_c1: input and result have three dimensions and the same channels.
    - pool_c2: kernel and stride are positive, padding is not negative.
    - pool_c3: each output extent is (n + 2p - k) / s + 1, rounded down.
    - pool_c4: spikes give spikes wide enough for the largest count, currents currents.

    Example:
    ```mlir
    %c = snn.sum_pool %s kernel [2, 2] stride [2, 2] padding [0, 0]
        : !snn.spikes<16x16x16> -> !snn.spikes<16x8x8, 3>
    ```
  }];
  let results = (outs Snn_Signal:$result);
}

def Snn_AvgPoolOp : Snn_PoolOp<"avg_pool"> {
  let summary = "Mean over a window, per channel";
  let description = [{
    The sum divided by the kernel's area, padding included.

    Constraints: pool_c1 to pool_c3.

    Example:
    ```mlir
    %c = snn.avg_pool %s kernel [2, 2] stride [2, 2] padding [0, 0]
        : !snn.spikes<16x16x16> -> !snn.current<16x8x8>
    ```
  }];
  let results = (outs Snn_Current:$result);
}

def Snn_ReshapeOp : Snn_NetworkMember<"reshape", [Pure]> {
  let summary = "The same signal under another shape";
  let description = [{
    Constraints:
    - reshape_c1: both have the same number of elements, kind and bits.

    Example:
    ```mlir
    %f = snn.reshape %s : !snn.spikes<8x4x4> -> !snn.spikes<128>
    ```
  }];
  let arguments = (ins Snn_Signal:$input);
  let results = (outs Snn_Signal:$result);
  let assemblyFormat = "$input attr-dict `:` qualified(type($input)) `->` qualified(type($result))";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Snn_OneToOneOp : Snn_SynapseOp<"one_to_one"> {
  let summary = "Element i drives element i";
  let description = [{
    Constraints:
    - one_to_one_c1: input and result have the same number of elements.
    - one_to_one_c2: weights have one element or one per synapse.
    - one_to_one_c3: a weight resource is present, not elided.
    - one_to_one_c4: delays are i32, one per element, none negative.

    Example:
    ```mlir
    %i = snn.one_to_one %s weights(dense<1.0> : tensor<f32>) : !snn.spikes<10> -> !snn.current<10>
    ```
  }];
  let arguments = (ins Snn_Signal:$input, ElementsAttr:$weights, OptionalAttr<ElementsAttr>:$delays,
                       Snn_Delay:$delay);
  let assemblyFormat = [{
    $input `weights` `(` $weights `)` (`delays` `(` $delays^ `)`)? (`delay` $delay^)? attr-dict
    `:` qualified(type($input)) `->` qualified(type($result))
  }];
}

def Snn_SparseOp : Snn_SynapseOp<"sparse"> {
  let summary = "Synapses listed one by one";
  let description = [{
    Synapses of element i of the input are those from offsets[i] to offsets[i + 1].
    A pair may have several synapses, with delays of their own. On hardware:
    synaptic rows; in a crossbar the cells of pairs without synapses rest.

    Constraints:
    - sparse_c1: offsets are i64, one more than the input has elements, from 0 up to
      the number of synapses, never falling.
    - sparse_c2: targets are i32, elements of the result, never falling for a source.
    - sparse_c3: weights are f32, one for all or one per synapse.
    - sparse_c4: delays are i32, one per synapse, none negative.
    - sparse_c5: resources are present, not elided.

    Example:
    ```mlir
    %i = snn.sparse %s offsets(dense<[0, 2, 3]> : tensor<3xi64>) targets(dense<[0, 4, 4]> : tensor<3xi32>)
        weights(dense<0.5> : tensor<1xf32>) delays(dense<[1, 7, 2]> : tensor<3xi32>)
        : !snn.spikes<2> -> !snn.current<5>
    ```
  }];
  let arguments = (ins Snn_Signal:$input, ElementsAttr:$offsets, ElementsAttr:$targets, ElementsAttr:$weights,
                       OptionalAttr<ElementsAttr>:$delays, Snn_Delay:$delay);
  let assemblyFormat = [{
    $input `offsets` `(` $offsets `)` `targets` `(` $targets `)` `weights` `(` $weights `)`
    (`delays` `(` $delays^ `)`)? (`delay` $delay^)? attr-dict `:` qualified(type($input)) `->` qualified(type($result))
  }];
}

def Snn_RandomOp : Snn_SynapseOp<"random"> {
  let summary = "Random synapses that are never written out";
  let description = [{
    `wiring` says which pairs (pre, post) have a synapse: without it each with the
    probability `density`. A weight is `gain` times a draw from the distribution
    with the numbers a and b: constant a; normal of mean a and deviation b; uniform
    from a to b; lognormal of median a and log-deviation b; formed_pair: the
    difference of two resistive cells, each formed with probability `density` to a
    lognormal conductance. Weights outside of `bounds` are drawn again, and so one
    sign can be enforced. `delays` draws a delay for each synapse. Draws depend on
    the seed, the name and the place in the rule alone, never on threads or
    placement. On hardware: rows expanded at load, or for formed_pair a region of
    cells that is formed and never written.

    A mapping may make the cells of a formed_pair a `window` of those of another op:
    element (i, j) is then drawn as element (i + first row, j + first column) of the
    op of that name and of this seed.

    Constraints:
    - random_c1: density is in [0, 1].
    - random_c2: a deviation is not negative; a uniform range is not empty; a
      median is positive.
    - random_c3: gain, a and b are finite.
    - random_c4: the first of the bounds is below the second.
    - random_c5: formed_pair is pairwise and has no bounds.
    - random_c6: no_autapses and one_to_one need as many elements in as out; a rule
      of distances needs shapes of as many axes.
    - random_c7: a window is of a formed_pair, has two numbers, none negative, and
      names an op.

    Example:
    ```mlir
    %i = snn.random "reservoir" %s normal(0.0, 1.0) density 0.1 gain 0.5 seed 7 delay 1
        : !snn.spikes<200> -> !snn.current<200>
    ```
  }];
  let arguments = (ins StrAttr:$name, Snn_Signal:$input,
    EnumAttr<Snn_Dialect, Snn_DistributionKind, "distribution">:$distribution,
    F64Attr:$a, F64Attr:$b, F64Attr:$density, F64Attr:$gain, I64Attr:$seed, OptionalAttr<Snn_Wiring>:$wiring,
    OptionalAttr<DenseF64ArrayAttr>:$bounds, OptionalAttr<Snn_Delays>:$delays,
    OptionalAttr<StrAttr>:$window_of, OptionalAttr<DenseI64ArrayAttr>:$window, Snn_Delay:$delay);
  let assemblyFormat = [{
    $name $input custom<Distribution>($distribution, $a, $b) `density` $density `gain` $gain
    `seed` $seed (`window_of` $window_of^ `at` $window)? (`wiring` $wiring^)? (`bounds` $bounds^)? (`delays` $delays^)? (`delay` $delay^)? attr-dict `:` qualified(type($input)) `->` qualified(type($result))
  }];
}

#endif // LIMEN_DIALECTS_SNN_IR_SNNSYNAPSEOPS_TD
