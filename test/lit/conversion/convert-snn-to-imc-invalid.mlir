// RUN: limen-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(convert-snn-to-llvm,convert-snn-to-imc{set=macros=1})'

snn.model @if parameters ["v_threshold"] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %threshold: f64):
  snn.yield %threshold : f64
} step {
^bb0(%threshold: f32, %v: f32, %in: f32):
  %charged = arith.addf %v, %in : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  snn.yield %charged, %spike : f32, i1
}
// 600 rows are cut into 512 and 88; 300 columns into 256 and 44.
// expected-error @+4 {{network 'large' needs 3 macros (360000 cells); target 'rram-40nm' has 1 (262144 cells)}}
// expected-note @+3 {{600 x 300 weights in 360000 cells}}
// expected-note @+2 {{the limit is 'macros' at --set macros=1; a macro has 512 x 512 cells}}
// expected-note @+1 {{'mapping.sharing=in_time' lets regions take turns on a macro}}
snn.network @large dt 0.001 {
  %s = snn.input "in" : !snn.spikes<600>
  %a = snn.dense %s weights(dense<0.5> : tensor<300x600xf32>) : !snn.spikes<600> -> !snn.current<300>
  %o = snn.neuron "out" @if(%a) {v_threshold = 1.0 : f64} : (!snn.current<300>) -> !snn.spikes<300>
  snn.output "out" %o : !snn.spikes<300>
}

// -----

snn.model @if parameters ["v_threshold"] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %threshold: f64):
  snn.yield %threshold : f64
} step {
^bb0(%threshold: f32, %v: f32, %in: f32):
  %charged = arith.addf %v, %in : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  snn.yield %charged, %spike : f32, i1
}
// expected-error @+2 {{stage 1 (dense) comes after stage 0 (dense), which already has weights}}
// expected-note @+1 {{rows of a crossbar are driven by counts of spikes}}
snn.network @chain dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %b = snn.dense %s weights(dense<0.5> : tensor<2x2xf32>) : !snn.spikes<2> -> !snn.current<2>
  %a = snn.dense %b weights(dense<0.5> : tensor<2x2xf32>) : !snn.current<2> -> !snn.current<2>
  %o = snn.neuron "out" @if(%a) {v_threshold = 1.0 : f64} : (!snn.current<2>) -> !snn.spikes<2>
  snn.output "out" %o : !snn.spikes<2>
}

// -----

// Learning rules.
snn.model @relay parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  %zero = arith.constant 0.0 : f32
  %spike = arith.cmpf ogt, %in, %zero : f32
  snn.yield %spike : i1
}
snn.rule @keep parameters ["tau", "w_min", "w_max"] pre ["x"] post []
prepare {
^bb0(%dt: f64, %tau: f64, %lowest: f64, %highest: f64):
  %ratio = arith.divf %dt, %tau : f64
  %minus = arith.negf %ratio : f64
  %keep = math.exp %minus : f64
  snn.yield %keep, %lowest, %highest : f64, f64, f64
} on_pre {
^bb0(%x: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  snn.yield %one, %w : f32, f32
} on_post {
^bb0(%x: f32, %w: f32):
  snn.yield %w : f32
}
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{has a learning rule; the cells of target 'rram-40nm' are written before a run, the host runs it}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) {plasticity = #snn.plasticity<@keep, {tau = 0.02, w_min = 0.0, w_max = 1.0}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

// All cells of a formed region are formed: its diagonal conducts.
snn.model @if parameters ["v_threshold"] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %threshold: f64):
  snn.yield %threshold : f64
} step {
^bb0(%threshold: f32, %v: f32, %in: f32):
  %charged = arith.addf %v, %in : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  snn.yield %charged, %spike : f32, i1
}
// expected-error @+2 {{projection 'out -> out' (out -> out): formed pairs without autapses cannot be had from macros, whose cells all see the forming voltage: those of element i onto itself would conduct like the others}}
// expected-note @+1 {{leave out 'autapses: false' (no_autapses): host and chip then draw the same cells, those of the diagonal among them}}
snn.network @loop dt 0.001 {
  %s = snn.input "in" : !snn.spikes<4>
  %a = snn.random "ff" %s formed_pair(12.21, 0.1486) density 0.5 gain 1.0 seed 3 : !snn.spikes<4> -> !snn.current<4>
  %r = snn.random "loop" %o formed_pair(12.21, 0.1486) density 0.5 gain 1.0 seed 3 wiring <pairwise, no_autapses> delay 1 : !snn.spikes<4> -> !snn.current<4>
  %o = snn.neuron "out" @if(%a, %r) {v_threshold = 1.0 : f64} : (!snn.current<4>, !snn.current<4>) -> !snn.spikes<4>
  snn.output "out" %o : !snn.spikes<4>
}
