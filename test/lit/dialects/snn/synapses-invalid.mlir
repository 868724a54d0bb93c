// RUN: limen-opt %s --split-input-file --verify-diagnostics

snn.network @dense_c1 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{weights have shape [4, 3]; [3, 4] was wanted}}
  %i = snn.dense %in weights(dense<1.0> : tensor<4x3xf32>) : !snn.spikes<4> -> !snn.current<3>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @dense_c2 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{bias has 4 elements for 3 outputs}}
  %i = snn.dense %in weights(dense<1.0> : tensor<3x4xf32>) bias(dense<1.0> : tensor<4xf32>)
      : !snn.spikes<4> -> !snn.current<3>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @dense_c3 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{the resource 'lost' of weights is missing}}
  %i = snn.dense %in weights(dense_resource<lost> : tensor<3x4xf32>) : !snn.spikes<4> -> !snn.current<3>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @conv2d_c1 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<16>
  // expected-error @+1 {{works on channels x height x width, got 1 and 3 dimensions}}
  %i = snn.conv2d %in weights(dense<1.0> : tensor<1x1x2x2xf32>) stride [1, 1] padding [0, 0]
      : !snn.spikes<16> -> !snn.current<1x3x3>
  snn.output "out" %in : !snn.spikes<16>
}

// -----

snn.network @conv2d_c2 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4x4x4>
  // expected-error @+1 {{weights have shape [2, 4, 2, 2]; [2, 2, 2, 2] was wanted}}
  %i = snn.conv2d %in weights(dense<1.0> : tensor<2x4x2x2xf32>) stride [1, 1] padding [0, 0] groups 2
      : !snn.spikes<4x4x4> -> !snn.current<2x3x3>
  snn.output "out" %in : !snn.spikes<4x4x4>
}

// -----

snn.network @conv2d_c3 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<1x4x4>
  // expected-error @+1 {{kernel, stride and dilation must be positive, padding not negative}}
  %i = snn.conv2d %in weights(dense<1.0> : tensor<1x1x2x2xf32>) stride [0, 1] padding [0, 0]
      : !snn.spikes<1x4x4> -> !snn.current<1x3x3>
  snn.output "out" %in : !snn.spikes<1x4x4>
}

// -----

snn.network @conv2d_c4 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<1x5x5>
  // expected-error @+1 {{output extent 3 along width should be 2}}
  %i = snn.conv2d %in weights(dense<1.0> : tensor<1x1x2x2xf32>) stride [2, 2] padding [0, 0]
      : !snn.spikes<1x5x5> -> !snn.current<1x2x3>
  snn.output "out" %in : !snn.spikes<1x5x5>
}

// -----

snn.network @conv2d_c5 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<1x5x5>
  // expected-error @+1 {{bias has 3 elements; 1, 2 (one per channel) or 8 were wanted}}
  %i = snn.conv2d %in weights(dense<1.0> : tensor<2x1x2x2xf32>) bias(dense<0.0> : tensor<3xf32>)
      stride [2, 2] padding [0, 0] : !snn.spikes<1x5x5> -> !snn.current<2x2x2>
  snn.output "out" %in : !snn.spikes<1x5x5>
}

// -----

snn.network @pool_c1 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<2x4x4>
  // expected-error @+1 {{channels change from 2 to 1}}
  %p = snn.sum_pool %in kernel [2, 2] stride [2, 2] padding [0, 0] : !snn.spikes<2x4x4> -> !snn.spikes<1x2x2, 3>
  snn.output "out" %in : !snn.spikes<2x4x4>
}

// -----

snn.network @pool_c3 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<2x4x4>
  // expected-error @+1 {{output extent 3 along height should be 2}}
  %p = snn.avg_pool %in kernel [2, 2] stride [2, 2] padding [0, 0] : !snn.spikes<2x4x4> -> !snn.current<2x3x2>
  snn.output "out" %in : !snn.spikes<2x4x4>
}

// -----

snn.network @pool_c4 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<2x4x4>
  // expected-error @+1 {{counts need 3 bits, the result has 1}}
  %p = snn.sum_pool %in kernel [2, 2] stride [2, 2] padding [0, 0] : !snn.spikes<2x4x4> -> !snn.spikes<2x2x2>
  snn.output "out" %in : !snn.spikes<2x4x4>
}

// -----

snn.network @reshape_c1 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<2x4x4>
  // expected-error @+1 {{cannot turn '!snn.spikes<2x4x4>' (32 elements) into '!snn.spikes<31>' (31 elements)}}
  %p = snn.reshape %in : !snn.spikes<2x4x4> -> !snn.spikes<31>
  snn.output "out" %in : !snn.spikes<2x4x4>
}

// -----

snn.network @one_to_one_c1 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{input has 4 elements, the result 5}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<5>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @one_to_one_c2 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{weights have 3 elements; 1 or 4 were wanted}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<3xf32>) : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @random_c1 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{density 1.500000e+00 is not in [0, 1]}}
  %i = snn.random "r" %in normal(0.0, 1.0) density 1.5 gain 1.0 seed 1 : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @random_c2 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{median 0.000000e+00 must be positive}}
  %i = snn.random "r" %in lognormal(0.0, 1.0) density 1.0 gain 1.0 seed 1 : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @random_kind dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{unknown distribution 'gauss'}}
  %i = snn.random "r" %in gauss(0.0, 1.0) density 1.0 gain 1.0 seed 1 : !snn.spikes<4> -> !snn.current<4>
  snn.output "out" %in : !snn.spikes<4>
}

// -----

snn.network @readout_c4 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{must read the result of an snn.neuron or of an snn.readout}}
  %y = snn.readout "head" %in weights(dense<1.0> : tensor<2x4xf32>) : !snn.spikes<4> -> !snn.scores<2>
  snn.output "out" %y : !snn.scores<2>
}

// -----

snn.network @spikes_shape dt 1.0e-3 {
  // expected-error @+1 {{every dimension must be positive, got 0}}
  %in = snn.input "in" : !snn.spikes<4x0>
  snn.output "out" %in : !snn.spikes<4>
}
