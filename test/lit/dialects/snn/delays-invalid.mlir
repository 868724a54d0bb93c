// RUN: limen-opt %s --split-input-file --verify-diagnostics

// Lists of synapses, delays of their own, rules of random wiring.

snn.network @dense_c4 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{delays have shape [1]; [3, 4] was wanted}}
  %i = snn.dense %in weights(dense<1.0> : tensor<3x4xf32>) delays(dense<1> : tensor<1xi32>) : !snn.spikes<4> -> !snn.current<3>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @dense_c4_sign dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{the delay -1 is negative}}
  %i = snn.dense %in weights(dense<1.0> : tensor<3x4xf32>) delays(dense<-1> : tensor<3x4xi32>) : !snn.spikes<4> -> !snn.current<3>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @dense_c4_type dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{delays must be i32, got 'i64'}}
  %i = snn.dense %in weights(dense<1.0> : tensor<3x4xf32>) delays(dense<1> : tensor<3x4xi64>) : !snn.spikes<4> -> !snn.current<3>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @one_to_one_c4 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{has 3 delays for 4 synapses}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) delays(dense<1> : tensor<3xi32>) : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @sparse_c1 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{offsets must be 5 numbers that never fall from 0 to 2}}
  %i = snn.sparse %in offsets(dense<[0, 2, 1, 2, 2]> : tensor<5xi64>) targets(dense<[0, 1]> : tensor<2xi32>) weights(dense<1.0> : tensor<1xf32>) : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @sparse_c2 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{synapse 1 leads to element 4 of 4}}
  %i = snn.sparse %in offsets(dense<[0, 2, 2, 2, 2]> : tensor<5xi64>) targets(dense<[0, 4]> : tensor<2xi32>) weights(dense<1.0> : tensor<1xf32>) : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @sparse_c2_order dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{the targets of source 0 must not fall; 1 comes after 2}}
  %i = snn.sparse %in offsets(dense<[0, 2, 2, 2, 2]> : tensor<5xi64>) targets(dense<[2, 1]> : tensor<2xi32>) weights(dense<1.0> : tensor<1xf32>) : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @sparse_c3 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{has 3 weights for 2 synapses}}
  %i = snn.sparse %in offsets(dense<[0, 2, 2, 2, 2]> : tensor<5xi64>) targets(dense<[0, 1]> : tensor<2xi32>) weights(dense<1.0> : tensor<3xf32>) : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @sparse_c4 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{has 1 delays for 2 synapses}}
  %i = snn.sparse %in offsets(dense<[0, 2, 2, 2, 2]> : tensor<5xi64>) targets(dense<[0, 1]> : tensor<2xi32>) weights(dense<1.0> : tensor<1xf32>) delays(dense<1> : tensor<1xi32>) : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @sparse_c5 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{the resource 'gone' of targets is missing}}
  %i = snn.sparse %in offsets(dense<[0, 2, 2, 2, 2]> : tensor<5xi64>) targets(dense_resource<gone> : tensor<2xi32>) weights(dense<1.0> : tensor<1xf32>) : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @random_c4 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{bounds must be two numbers, the first below the second}}
  %i = snn.random "r" %in normal(0.0, 1.0) density 1.0 gain 1.0 seed 1 bounds [1.0, 1.0] : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @random_c5 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{a formed_pair is wired pairwise, not fixed_total}}
  %i = snn.random "r" %in formed_pair(12.0, 0.1) density 1.0 gain 1.0 seed 1 wiring <fixed_total 5> : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @random_c5_bounds dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{a formed_pair has no bounds}}
  %i = snn.random "r" %in formed_pair(12.0, 0.1) density 1.0 gain 1.0 seed 1 bounds [0.0, 1.0] : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @random_c6 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{no_autapses needs as many elements in as out, got 4 and 3}}
  %i = snn.random "r" %in normal(0.0, 1.0) density 1.0 gain 1.0 seed 1 wiring <pairwise, no_autapses> : !snn.spikes<4> -> !snn.current<3>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @random_c6_grid dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{distances need grids of as many axes}}
  %i = snn.random "r" %in normal(0.0, 1.0) density 1.0 gain 1.0 seed 1 wiring <gaussian 0.1> : !snn.spikes<4> -> !snn.current<2x2>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @random_c7 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{a window is of a formed_pair}}
  %i = snn.random "r" %in normal(0.0, 1.0) density 1.0 gain 1.0 seed 1 window_of "s" at [0, 0] : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @random_c7_negative dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{a first row and a first column}}
  %i = snn.random "r" %in formed_pair(12.21, 0.1486) density 0.5 gain 1.0 seed 1 window_of "s" at [0, -1] : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @wiring dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{unknown wiring 'rings'}}
  %i = snn.random "r" %in normal(0.0, 1.0) density 1.0 gain 1.0 seed 1 wiring <rings> : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @wiring_scale dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{the scale of distances must be positive}}
  %i = snn.random "r" %in normal(0.0, 1.0) density 1.0 gain 1.0 seed 1 wiring <gaussian 0.0> : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @wiring_periodic dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{only distances are periodic}}
  %i = snn.random "r" %in normal(0.0, 1.0) density 1.0 gain 1.0 seed 1 wiring <fixed_total 4, periodic> : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @delays dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{delays must be from 0 or more to at most 65535 steps, got 3 to 2}}
  %i = snn.random "r" %in normal(0.0, 1.0) density 1.0 gain 1.0 seed 1 delays <normal(2.0, 1.0), 3 to 2> : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @delays_kind dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{delays are not formed_pair}}
  %i = snn.random "r" %in normal(0.0, 1.0) density 1.0 gain 1.0 seed 1 delays <formed_pair(2.0, 1.0), 1 to 2> : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

// A delay axis is no loophole: taps at depth 0 have no delay.
snn.model @if parameters [] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  %fired = arith.cmpf ogt, %in, %v : f32
  snn.yield %v, %fired : f32, i1
}
// expected-note @+1 {{give one synapse op on the cycle a delay}}
snn.network @zero_delay_cycle dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<1x4x4>
  %r = snn.conv2d %n weights(dense<1.0> : tensor<1x1x3x1x1xf32>) stride [1, 1] padding [0, 0]
      : !snn.spikes<1x4x4> -> !snn.current<1x4x4>
  // expected-error @+1 {{is on a cycle whose total delay is 0}}
  %n = snn.neuron "n" @if(%r) {} : (!snn.current<1x4x4>) -> !snn.spikes<1x4x4>
  snn.output "out" %n : !snn.spikes<1x4x4>
}
