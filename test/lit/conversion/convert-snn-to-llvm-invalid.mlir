// RUN: limen-opt %s --convert-snn-to-llvm --split-input-file --verify-diagnostics

snn.model @stuck parameters ["tau"] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %tau: f64):
  %rate = arith.divf %dt, %tau : f64
  snn.yield %rate : f64
} step {
^bb0(%rate: f32, %v: f32, %in: f32):
  snn.yield %v, %in : f32, f32
}

snn.network @zero_time_constant dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
  // expected-error @+1 {{coefficient 0 of model @stuck is not finite: check time constants of zero}}
  %v = snn.neuron "n" @stuck(%i) {tau = 0.0} : (!snn.current<4>) -> !snn.current<4>
  snn.output "v" %v : !snn.current<4>
}

// -----

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
  // expected-error @+1 {{trace 0 of rule @keep is multiplied by 1.000050e+00 in each step; 0 to 1 was wanted: check its time constant}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) {plasticity = #snn.plasticity<@keep, {tau = -20.0, w_min = 0.0, w_max = 1.0}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

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
  // expected-error @+1 {{rule @keep keeps weights between 2.000000e+00 and 1.000000e+00; the lowest must not be above the highest}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) {plasticity = #snn.plasticity<@keep, {tau = 0.02, w_min = 2.0, w_max = 1.0}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}
