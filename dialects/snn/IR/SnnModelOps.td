// Neuron models and learning rules.

#ifndef LIMEN_DIALECTS_SNN_IR_SNNMODELOPS_TD
#define LIMEN_DIALECTS_SNN_IR_SNNMODELOPS_TD

include "dialects/snn/IR/SnnTypes.td"

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

#endif // LIMEN_DIALECTS_SNN_IR_SNNMODELOPS_TD
