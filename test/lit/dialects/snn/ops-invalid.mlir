// RUN: limen-opt %s --split-input-file --verify-diagnostics

// model_c1
// expected-error @+1 {{prepare takes 1 arguments; dt and 1 parameters were wanted}}
snn.model @model_c1 parameters ["tau"] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  snn.yield %in : f32
}

// -----

// model_c2
// expected-error @+1 {{step takes 1 arguments; 1 coefficients, 1 states and 1 receptors were wanted}}
snn.model @model_c2 parameters [] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield %dt : f64
} step {
^bb0(%in: f32):
  snn.yield %in, %in : f32, f32
}

// -----

// model_c3
// expected-error @+1 {{step yields 1 values; 1 states and an output were wanted}}
snn.model @model_c3 parameters [] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  snn.yield %v : f32
}

// -----

// model_c3: the output's type
// expected-error @+1 {{the output must be i1 (a spike) or f32 (a value), got 'f64'}}
snn.model @model_c3b parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  %wide = arith.extf %in : f32 to f64
  snn.yield %wide : f64
}

// -----

// model_c4
// expected-error @+1 {{initial has 2 numbers for 1 states}}
snn.model @model_c4 parameters [] states ["v"] initial [0.0, 1.0] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  snn.yield %v, %in : f32, f32
}

// -----

// model_c4
// expected-error @+1 {{initial value "v_rest" is neither a number nor a parameter}}
snn.model @model_c4 parameters [] states ["v"] initial ["v_rest"] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  snn.yield %v, %in : f32, f32
}

// -----

// model_c5
// expected-error @+1 {{default 'v_rest' is not a parameter}}
snn.model @model_c5 parameters ["v_reset"] defaults {v_rest = 0.0} states [] receptors ["in"]
prepare {
^bb0(%dt: f64, %reset: f64):
  snn.yield
} step {
^bb0(%in: f32):
  snn.yield %in : f32
}

// -----

// model_c6
snn.model @model_c6 parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  // expected-error @+1 {{is not allowed in a neuron model; only arith and math are, and snn.uniform in its step}}
  %x = builtin.unrealized_conversion_cast %in : f32 to f32
  snn.yield %x : f32
}

// -----

// model_c6: a draw belongs to a step.
snn.model @model_c6 parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  // expected-error @+1 {{is not allowed in a neuron model}}
  %u = snn.uniform 0 : f32
  %w = arith.extf %u : f32 to f64
  snn.yield %w : f64
} step {
^bb0(%w: f32, %in: f32):
  snn.yield %in : f32
}

// -----

snn.model @li parameters ["tau"] states [] receptors ["in"]
prepare {
^bb0(%dt: f64, %tau: f64):
  snn.yield
} step {
^bb0(%in: f32):
  snn.yield %in : f32
}

// expected-note @-9 {{known model @li}}
snn.network @neuron_c1 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
  // expected-error @+1 {{model @lif does not exist}}
  %v = snn.neuron "read" @lif(%i) {} : (!snn.current<4>) -> !snn.current<4>
  snn.output "out" %v : !snn.current<4>
}

// -----

snn.model @li parameters ["tau"] states [] receptors ["in"]
prepare {
^bb0(%dt: f64, %tau: f64):
  snn.yield
} step {
^bb0(%in: f32):
  snn.yield %in : f32
}

snn.network @neuron_c2 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
  // expected-error @+1 {{lacks the parameter 'tau' of model @li}}
  %v = snn.neuron "read" @li(%i) {} : (!snn.current<4>) -> !snn.current<4>
  snn.output "out" %v : !snn.current<4>
}

// -----

// expected-note @+1 {{its parameters are ["tau"]}}
snn.model @li parameters ["tau"] states [] receptors ["in"]
prepare {
^bb0(%dt: f64, %tau: f64):
  snn.yield
} step {
^bb0(%in: f32):
  snn.yield %in : f32
}

snn.network @neuron_c2_unknown dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
  // expected-error @+1 {{parameter 'taum' is not one of model @li}}
  %v = snn.neuron "read" @li(%i) {tau = 1.0, taum = 2.0} : (!snn.current<4>) -> !snn.current<4>
  snn.output "out" %v : !snn.current<4>
}

// -----

snn.model @li parameters ["tau"] states [] receptors ["in"]
prepare {
^bb0(%dt: f64, %tau: f64):
  snn.yield
} step {
^bb0(%in: f32):
  snn.yield %in : f32
}

snn.network @neuron_c3 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
  // expected-error @+1 {{parameter 'tau' has 3 elements for 4 neurons; 1 or 4 were wanted}}
  %v = snn.neuron "read" @li(%i) {tau = dense<1.0> : tensor<3xf64>} : (!snn.current<4>) -> !snn.current<4>
  snn.output "out" %v : !snn.current<4>
}

// -----

snn.model @li parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  snn.yield %in : f32
}

snn.network @neuron_c4 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
  // expected-error @+1 {{current '!snn.current<4>' does not match the population's shape '!snn.current<5>'}}
  %v = snn.neuron "read" @li(%i) {} : (!snn.current<4>) -> !snn.current<5>
  snn.output "out" %v : !snn.current<5>
}

// -----

snn.model @li parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  snn.yield %in : f32
}

snn.network @neuron_c5 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
  // expected-error @+1 {{receptor 1 does not exist; model @li has ["in"]}}
  %v = snn.neuron "read" @li(%i) receptors [1] {} : (!snn.current<4>) -> !snn.current<4>
  snn.output "out" %v : !snn.current<4>
}

// -----

snn.model @li parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  snn.yield %in : f32
}

snn.network @neuron_c6 dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
  // expected-error @+1 {{model @li yields values, but the result is '!snn.spikes<4>'}}
  %v = snn.neuron "read" @li(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "out" %v : !snn.spikes<4>
}
