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
// expected-error @+1 {{needs an snn.output}}
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

// -----

snn.network @input_c1 dt 1.0e-3 {
  // expected-error @+1 {{events must be i32 of shape [n, 2], got 'tensor<2xi32>'}}
  %in = snn.input "in" events(dense<[0, 1]> : tensor<2xi32>) : !snn.spikes<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @input_c1 dt 1.0e-3 {
  // expected-error @+1 {{event 1 is in step 3 after one in step 5}}
  %in = snn.input "in" events(dense<[[5, 0], [3, 1]]> : tensor<2x2xi32>) : !snn.spikes<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @input_c1 dt 1.0e-3 {
  // expected-error @+1 {{event 0 is at element 4 of 4}}
  %in = snn.input "in" events(dense<[[0, 4]]> : tensor<1x2xi32>) : !snn.spikes<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

// expected-error @+1 {{'v' has the unit "V"; s, Hz, mV, nA, nF, uS or MOhm was wanted}}
snn.model @model_c7 parameters [] states ["v"] receptors ["in"] units {v = "V"}
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  %spike = arith.cmpf ogt, %in, %v : f32
  snn.yield %v, %spike : f32, i1
}

// -----

// expected-error @+1 {{unit of 'x', which is no parameter, state or receptor}}
snn.model @model_c7 parameters [] states ["v"] receptors ["in"] units {x = "mV"}
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  %spike = arith.cmpf ogt, %in, %v : f32
  snn.yield %v, %spike : f32, i1
}

// -----

snn.model @holder parameters [] states ["v"] receptors ["in"] units {v = "mV", in = "nA"}
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  %spike = arith.cmpf ogt, %in, %v : f32
  snn.yield %v, %spike : f32, i1
}
snn.network @neuron_c7 dt 1.0e-3 {
  // expected-error @+1 {{initial value of 'w', which is not a state of model @holder; its states are ["v"]}}
  %a = snn.neuron "a" @holder() {} initial {w = 1.0 : f64} : () -> !snn.spikes<4>
  snn.output "out" %a : !snn.spikes<4>
}

// -----

snn.model @holder parameters [] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  %spike = arith.cmpf ogt, %in, %v : f32
  snn.yield %v, %spike : f32, i1
}
snn.network @neuron_c7 dt 1.0e-3 {
  // expected-error @+1 {{initial 'v' has 2 elements for 4 neurons; 1 or 4 were wanted}}
  %a = snn.neuron "a" @holder() {} initial {v = dense<[1.0, 2.0]> : tensor<2xf64>} : () -> !snn.spikes<4>
  snn.output "out" %a : !snn.spikes<4>
}
