#ifndef LIMEN_DIALECTS_SNN_IR_SNNOPS_TD
#define LIMEN_DIALECTS_SNN_IR_SNNOPS_TD

include "dialects/snn/IR/SnnTypes.td"

class Snn_Op<string opMnemonic, list<Trait> traits = []> : Op<Snn_Dialect, opMnemonic, traits>;

//===----------------------------------------------------------------------===//
// Neuron models
//===----------------------------------------------------------------------===//

def Snn_ModelOp : Snn_Op<"model", [Symbol, IsolatedFromAbove, HasParent<"::mlir::ModuleOp">]> {
  let summary = "A neuron model: one time step of one neuron";
  let description = [{
    Two regions. `prepare` runs once, in double precision: its arguments are dt in
    seconds and the parameters in the order of `parameters`; it yields the
    coefficients of the step. `step` is one time step: its arguments are the
    coefficients, the states and one input per receptor; it yields the new states
    and then the output: an `i1` (a spike) or a float (the value of a non-spiking
    neuron). Parameters named in `defaults` may be left out by a neuron op. States
    start at `initial`: a number, or the name of the parameter that holds it; 0
    without it. `units` names the unit in which the regions compute a parameter, a
    state or what a receptor receives ("s", "mV", "nA", ...); what it does not name
    is a plain number. Readers of networks with units convert to it and refuse what
    has another dimension.

    Floats of a step are f32, or f64 where the host computes in double. Integers
    wrap. A float outside of an integer's range becomes the nearest end of that
    range, NaN becomes 0. A division of integers by 0 yields the dividend, a
    remainder 0; the smallest integer divided by -1 wraps.

    On hardware: `prepare` is done by the compiler, `step` is the loop body of a
    core or of the digital neuron unit beside a crossbar.

    Constraints:
    - model_c1: `prepare` takes dt and one f64 per parameter and yields f64.
    - model_c2: `step` takes one f32 per coefficient, state and receptor.
    - model_c3: `step` yields one f32 per state, then an i1 or an f32.
    - model_c4: `initial` has one number or name of a parameter per state.
    - model_c5: every name in `defaults` is a parameter.
    - model_c6: the regions hold only ops of arith and math, and `step`
      `snn.uniform`, on scalars.
    - model_c7: every name in `units` is a parameter, state or receptor; its unit is
      one of s, Hz, mV, nA, nF, uS, MOhm.

    Example:
    ```mlir
    snn.model @if parameters ["r", "v_threshold", "v_reset"]
        defaults {v_reset = 0.0} states ["v"] receptors ["in"]
    prepare {
    ^bb0(%dt: f64, %r: f64, %threshold: f64, %reset: f64):
      snn.yield %r, %threshold, %reset : f64, f64, f64
    } step {
    ^bb0(%r: f32, %threshold: f32, %reset: f32, %v: f32, %in: f32):
      %gain = arith.mulf %r, %in : f32
      %charged = arith.addf %v, %gain : f32
      %spike = arith.cmpf ogt, %charged, %threshold : f32
      %next = arith.select %spike, %reset, %charged : f32
      snn.yield %next, %spike : f32, i1
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    StrArrayAttr:$parameters,
    OptionalAttr<DictionaryAttr>:$defaults,
    StrArrayAttr:$states,
    OptionalAttr<ArrayAttr>:$initial,
    StrArrayAttr:$receptors,
    OptionalAttr<DictionaryAttr>:$units);
  let regions = (region SizedRegion<1>:$prepare, SizedRegion<1>:$step);
  let assemblyFormat = [{
    $sym_name `parameters` $parameters (`defaults` $defaults^)? `states` $states (`initial` $initial^)?
    `receptors` $receptors (`units` $units^)? attr-dict-with-keyword `prepare` $prepare `step` $step
  }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// Number of coefficients that `prepare` yields.
    unsigned getCoefficientCount();
    /// Whether the output is a spike (i1) rather than a value.
    bool isSpiking();
    /// Unit of a parameter, state or receptor; empty for a plain number.
    ::llvm::StringRef unitOf(::llvm::StringRef name);
  }];
}

def Snn_UniformOp : Snn_Op<"uniform", [Pure, HasParent<"ModelOp">]> {
  let summary = "A random number of one neuron in one step";
  let description = [{
    Uniform in [0, 1), a multiple of 2^-24: the same bits in float and in double.
    It is a function of the seed of the run, the sample, the population's name, the
    neuron, the step and `number`, and of nothing else (hw-models/base/Random.h);
    ops with one number yield the same value, ops with two numbers have nothing to
    do with each other.

    On hardware: a generator in each core; the targets that have none refuse it.

    Constraints: model_c6.

    Example:
    ```mlir
    snn.model @coin parameters [] states [] receptors []
    prepare {
    ^bb0(%dt: f64):
      snn.yield
    } step {
      %u = snn.uniform 0 : f32
      %half = arith.constant 0.5 : f32
      %spike = arith.cmpf olt, %u, %half : f32
      snn.yield %spike : i1
    }
    ```
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative]>:$number);
  let results = (outs F32:$result);
  let assemblyFormat = "$number attr-dict `:` type($result)";
}

def Snn_RuleOp : Snn_Op<"rule", [Symbol, IsolatedFromAbove, HasParent<"::mlir::ModuleOp">]> {
  let summary = "A learning rule: what spikes do to one synapse";
  let description = [{
    `pre` names the traces of a source, `post` those of a target: numbers, 0 at the
    start, that decay from step to step. Three regions. `prepare` runs once, in double
    precision: its arguments are dt in seconds and the parameters; it yields, for each
    trace, the factor by which it decays in a step, then the lowest and the highest
    weight, then the coefficients of the other two. `on_pre` is what a spike of the
    source does, `on_post` what one of the target does: arguments are the coefficients,
    the traces of the source, those of the target, and the weight; results are the new
    traces of the side that fired, and the new weight, which is then kept between the
    lowest and the highest. `defaults` and `units` are those of snn.model; the unit
    "weight" is that of the projection.

    A step of all synapses of a rule, after the neurons' steps (rules run last):
    1. Traces decay.
    2. `on_post` for synapses that a spike of their target reaches: those of the
       population that fired as many steps ago as the synapse has delay.
    3. `on_pre` for synapses whose source fires in this step.
    4. The new traces replace the old: spikes of one step do not see each other. What
       a synapse sees of its target is late by its delay, traces too.

    On hardware: a core sees a weight only while the row of its source is there. It
    notes the spikes of its neurons and does all this when the source fires next.

    Constraints:
    - rule_c1: `prepare` takes dt and one f64 per parameter; it yields f64, at least one
      per trace and two bounds.
    - rule_c2: `on_pre` and `on_post` take one f32 per coefficient and trace, and the
      weight.
    - rule_c3: `on_pre` yields one f32 per trace of `pre`, then the weight; `on_post` one
      per trace of `post`, then the weight.
    - rule_c4: new traces depend neither on the weight nor on traces of the other side.
    - rule_c5: every name in `defaults` is a parameter.
    - rule_c6: the regions hold only ops of arith and math, on scalars.
    - rule_c7: every name in `units` is a parameter; its unit is that of a model or
      "weight".
    - rule_c8: traces have names of their own.

    Example:
    ```mlir
    snn.rule @hebb parameters ["tau", "rate", "w_max"] pre ["x"] post ["y"]
    prepare {
    ^bb0(%dt: f64, %tau: f64, %rate: f64, %highest: f64):
      %zero = arith.constant 0.0 : f64
      %ratio = arith.divf %dt, %tau : f64
      %minus = arith.negf %ratio : f64
      %keep = math.exp %minus : f64
      snn.yield %keep, %keep, %zero, %highest, %rate : f64, f64, f64, f64, f64
    } on_pre {
    ^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
      %one = arith.constant 1.0 : f32
      %change = arith.mulf %rate, %y : f32
      %next = arith.addf %w, %change : f32
      snn.yield %one, %next : f32, f32
    } on_post {
    ^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
      %one = arith.constant 1.0 : f32
      %change = arith.mulf %rate, %x : f32
      %next = arith.addf %w, %change : f32
      snn.yield %one, %next : f32, f32
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    StrArrayAttr:$parameters,
    OptionalAttr<DictionaryAttr>:$defaults,
    StrArrayAttr:$pre,
    StrArrayAttr:$post,
    OptionalAttr<DictionaryAttr>:$units);
  let regions = (region SizedRegion<1>:$prepare, SizedRegion<1>:$onPre, SizedRegion<1>:$onPost);
  let assemblyFormat = [{
    $sym_name `parameters` $parameters (`defaults` $defaults^)? `pre` $pre `post` $post
    (`units` $units^)? attr-dict-with-keyword `prepare` $prepare `on_pre` $onPre `on_post` $onPost
  }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// Numbers that `on_pre` and `on_post` take beside traces and the weight.
    unsigned getCoefficientCount();
    /// Unit of a parameter; empty for a plain number.
    ::llvm::StringRef unitOf(::llvm::StringRef name);
  }];
}

def Snn_YieldOp : Snn_Op<"yield", [Pure, Terminator, ParentOneOf<["ModelOp", "RuleOp"]>]> {
  let summary = "End of a region of a neuron model or a rule";
  let arguments = (ins Variadic<AnyType>:$results);
  let assemblyFormat = "($results^ `:` type($results))? attr-dict";
}

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

def Snn_NetworkOp : Snn_Op<"network", [Symbol, SymbolTable, IsolatedFromAbove, NoTerminator,
    HasParent<"::mlir::ModuleOp">, RegionKindInterface, HasOnlyGraphRegion]> {
  let summary = "A spiking network";
  let description = [{
    A graph region: values may be used before they are defined, since recurrent
    networks are the normal case. `dt` is the step in seconds.

    Constraints:
    - network_c1: dt is a positive number.
    - network_c2: names of inputs, neurons, readouts are unique.
    - network_c3: there is no cycle whose total delay is 0; the error names it.
    - network_c4: the network has an output.
    - plasticity_c1 to plasticity_c6 (see #snn.plasticity).

    Example: see docs/examples/lif-chain.mlir.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, F64Attr:$dt);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `dt` $dt attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

class Snn_NetworkMember<string opMnemonic, list<Trait> traits = []>
    : Snn_Op<opMnemonic, !listconcat(traits, [HasParent<"NetworkOp">])>;

// Prints the result of an op with a name under that name.
def Snn_NamedResult : DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>;

def Snn_InputOp : Snn_NetworkMember<"input", [MemoryEffects<[MemRead]>, Snn_NamedResult]> {
  let summary = "Where events enter the network";
  let description = [{
    With `events` the input brings its own spikes, the same for every sample: rows
    of [step, element], by step. On hardware: a spike source.

    Constraints:
    - input_c1: events are i32 of shape [n, 2], steps never falling and not
      negative, elements those of the result.

    Example:
    ```mlir
    %events = snn.input "camera" : !snn.spikes<2x34x34>
    %ticks = snn.input "ticks" events(dense<[[0, 1], [10, 0]]> : tensor<2x2xi32>)
        : !snn.spikes<2>
    ```
  }];
  let arguments = (ins StrAttr:$name, OptionalAttr<ElementsAttr>:$events);
  let results = (outs Snn_Spikes:$result);
  let assemblyFormat = "$name (`events` `(` $events^ `)`)? attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def Snn_OutputOp : Snn_NetworkMember<"output", [MemoryEffects<[MemWrite]>]> {
  let summary = "What the network returns";
  let description = [{
    Spikes are counted over the sample, values are summed, scores are returned.

    Example:
    ```mlir
    snn.output "out" %spikes : !snn.spikes<10>
    ```
  }];
  let arguments = (ins StrAttr:$name, AnyTypeOf<[Snn_Spikes, Snn_Current, Snn_Scores]>:$value);
  let assemblyFormat = "$name $value attr-dict `:` type($value)";
}

def Snn_NeuronOp : Snn_NetworkMember<"neuron", [Pure, Snn_NamedResult, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A population of neurons";
  let description = [{
    One neuron per element of the result. Currents into one receptor add up;
    `receptors` gives the receptor of each operand, all 0 without it.
    `parameters` holds one scalar or one tensor of the population's shape for each
    parameter of the model that has no default, `initial` the same for states that
    do not start as the model says.

    Constraints:
    - neuron_c1: `model` names an snn.model.
    - neuron_c2: the parameters are exactly the model's, defaults aside.
    - neuron_c3: a parameter is a number, or has one element or one per neuron.
    - neuron_c4: every operand has the population's number of elements.
    - neuron_c5: `receptors` has one entry per operand, below the number of receptors.
    - neuron_c6: the result is spikes for a spiking model, a current otherwise.
    - neuron_c7: every name in `initial` is a state, with a value as in neuron_c3.

    Example:
    ```mlir
    %s = snn.neuron "lif1" @lif(%a, %b) {tau = 0.0025, r = 1.0, v_leak = 0.0, v_threshold = 0.1}
        : (!snn.current<10>, !snn.current<10>) -> !snn.spikes<10>
    ```
  }];
  let arguments = (ins
    StrAttr:$name,
    FlatSymbolRefAttr:$model,
    Variadic<Snn_Current>:$currents,
    DictionaryAttr:$parameters,
    OptionalAttr<DenseI32ArrayAttr>:$receptors,
    OptionalAttr<FlatSymbolRefAttr>:$kernel,
    OptionalAttr<DictionaryAttr>:$initial);
  let results = (outs Snn_Signal:$result);
  let assemblyFormat = [{
    $name $model `(` $currents `)` (`receptors` $receptors^)? $parameters (`initial` $initial^)? (`kernel` $kernel^)?
    attr-dict-with-keyword `:` functional-type($currents, $result)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Synapses
//===----------------------------------------------------------------------===//

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

//===----------------------------------------------------------------------===//
// Digital heads
//===----------------------------------------------------------------------===//

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
    $name $input `weights` `(` $weights `)` (`bias` `(` $bias^ `)`)? (`activation` $activation^)? attr-dict
    `:` qualified(type($input)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

#endif // LIMEN_DIALECTS_SNN_IR_SNNOPS_TD
