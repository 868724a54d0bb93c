// RUN: limen-opt %s --split-input-file --verify-diagnostics --convert-snn-to-spin

// A step that needs exp has no s16.15 form.
snn.model @expo parameters [] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  // expected-error @+1 {{has no s16.15 form}}
  %e = math.exp %v : f32
  %fired = arith.cmpf ogt, %e, %in : f32
  snn.yield %e, %fired : f32, i1
}
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.dense %s weights(dense<0.5> : tensor<2x2xf32>) : !snn.spikes<2> -> !snn.current<2>
  // expected-error @+1 {{cannot run in s16.15}}
  %o = snn.neuron "out" @expo(%a) {} : (!snn.current<2>) -> !snn.spikes<2>
  snn.output "out" %o : !snn.spikes<2>
}

// -----

// Two connections and one step of delay: no retiming exists.
snn.model @relay parameters [] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  %fired = arith.cmpf ogt, %in, %v : f32
  snn.yield %v, %fired : f32, i1
}
// expected-error @+2 {{has 2 connection(s) but a total delay of 1 step(s)}}
// expected-note @+1 {{give the connections of the cycle 2 step(s) of delay in total}}
snn.network @loop dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.dense %s weights(dense<0.5> : tensor<2x2xf32>) : !snn.spikes<2> -> !snn.current<2>
  %back = snn.dense %q weights(dense<0.5> : tensor<2x2xf32>) delay 1 : !snn.spikes<2> -> !snn.current<2>
  %p = snn.neuron "p" @relay(%a, %back) {} : (!snn.current<2>, !snn.current<2>) -> !snn.spikes<2>
  %b = snn.dense %p weights(dense<0.5> : tensor<2x2xf32>) : !snn.spikes<2> -> !snn.current<2>
  %q = snn.neuron "q" @relay(%b) {} : (!snn.current<2>) -> !snn.spikes<2>
  snn.output "out" %q : !snn.spikes<2>
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
  // expected-error @+1 {{has a learning rule; programs of this target have none, the host runs it}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) {plasticity = #snn.plasticity<@keep, {tau = 0.02, w_min = 0.0, w_max = 1.0}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}
