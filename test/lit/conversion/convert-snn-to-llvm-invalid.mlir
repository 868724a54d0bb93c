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
