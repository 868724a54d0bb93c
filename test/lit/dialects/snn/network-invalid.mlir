// RUN: limen-opt %s --split-input-file --verify-diagnostics

// network_c1
// expected-error @+1 {{dt must be a positive number of seconds, got 0.000000e+00}}
snn.network @network_c1 dt 0.0 {
  %in = snn.input "in" : !snn.spikes<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

// network_c2
snn.network @network_c2 dt 1.0e-3 {
  // expected-note @+1 {{by this op}}
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{the name "in" is taken}}
  %also = snn.input "in" : !snn.spikes<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

// network_c4
// expected-error @+1 {{needs an snn.input and an snn.output}}
snn.network @network_c4 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
}

// -----

snn.model @relay parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  %half = arith.constant 0.5 : f32
  %spike = arith.cmpf ogt, %in, %half : f32
  snn.yield %spike : i1
}

// network_c3: a -> b -> a without delay
// expected-note @+1 {{give one synapse op on the cycle a delay of at least one step}}
snn.network @network_c3 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
  %back = snn.one_to_one %b weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
  // expected-error @+1 {{is on a cycle whose total delay is 0: snn.neuron "a" -> snn.one_to_one -> snn.neuron "b" -> snn.one_to_one -> snn.neuron "a"}}
  %a = snn.neuron "a" @relay(%i, %back) {} : (!snn.current<4>, !snn.current<4>) -> !snn.spikes<4>
  %forward = snn.one_to_one %a weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
  %b = snn.neuron "b" @relay(%forward) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "out" %b : !snn.spikes<4>
}
