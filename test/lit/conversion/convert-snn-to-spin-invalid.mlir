// RUN: limen-opt %s --split-input-file --verify-diagnostics --convert-snn-to-spin

// A step that needs atan has no s16.15 form.
snn.model @angle parameters [] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  // expected-error @+1 {{has no s16.15 form}}
  %e = math.atan %v : f32
  %fired = arith.cmpf ogt, %e, %in : f32
  snn.yield %e, %fired : f32, i1
}
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.dense %s weights(dense<0.5> : tensor<2x2xf32>) : !snn.spikes<2> -> !snn.current<2>
  // expected-error @+1 {{cannot run in s16.15}}
  %o = snn.neuron "out" @angle(%a) {} : (!snn.current<2>) -> !snn.spikes<2>
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

// A format that is none.
snn.model @odd parameters ["a"] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %a: f64):
  snn.yield %a : f64
} step {
^bb0(%a: f32, %v: f32, %in: f32):
  // expected-error @+1 {{spin.format: 's16.16' is no fixed-point format of 32 bits}}
  %p = arith.mulf %a, %in {spin.format = "s16.16"} : f32
  %fired = arith.cmpf ogt, %p, %v : f32
  snn.yield %p, %fired : f32, i1
}
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.dense %s weights(dense<0.5> : tensor<2x2xf32>) : !snn.spikes<2> -> !snn.current<2>
  // expected-error @+1 {{cannot run in s16.15}}
  %o = snn.neuron "out" @odd(%a) {a = 0.3 : f64} : (!snn.current<2>) -> !snn.spikes<2>
  snn.output "out" %o : !snn.spikes<2>
}

// -----

// A format of something that the model does not have.
// expected-error @+1 {{spin.formats: 'w' is no state or receptor of the model}}
snn.model @names parameters [] states ["v"] receptors ["in"]
    attributes {spin.formats = {w = "s6.25"}}
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  %fired = arith.cmpf ogt, %in, %v : f32
  snn.yield %v, %fired : f32, i1
}
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.dense %s weights(dense<0.5> : tensor<2x2xf32>) : !snn.spikes<2> -> !snn.current<2>
  %o = snn.neuron "out" @names(%a) {} : (!snn.current<2>) -> !snn.spikes<2>
  snn.output "out" %o : !snn.spikes<2>
}

// -----

// Bounds that are none.
// expected-error @+1 {{spin.bounds: 'v' needs to be a state, and its bounds [low, high]}}
snn.model @bounds parameters [] states ["v"] receptors ["in"]
    attributes {spin.bounds = {v = [1.0, -1.0]}}
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  %fired = arith.cmpf ogt, %in, %v : f32
  snn.yield %v, %fired : f32, i1
}
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.dense %s weights(dense<0.5> : tensor<2x2xf32>) : !snn.spikes<2> -> !snn.current<2>
  // expected-error @+1 {{cannot run in s16.15}}
  %o = snn.neuron "out" @bounds(%a) {} : (!snn.current<2>) -> !snn.spikes<2>
  snn.output "out" %o : !snn.spikes<2>
}

// -----

// Values that are no numbers of spikes do not leave a core.
snn.model @level parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  snn.yield %in : f32
}
// expected-error @+1 {{packets carry spikes and whole numbers of them only}}
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.dense %s weights(dense<0.5> : tensor<2x2xf32>) : !snn.spikes<2> -> !snn.current<2>
  %m = snn.neuron "m" @level(%a) {} : (!snn.current<2>) -> !snn.current<2>
  %b = snn.dense %m weights(dense<0.5> : tensor<2x2xf32>) : !snn.current<2> -> !snn.current<2>
  %o = snn.neuron "out" @level(%b) {} : (!snn.current<2>) -> !snn.current<2>
  snn.output "out" %o : !snn.current<2>
}

// -----

// Rules that a core cannot defer: an op it has not.
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
snn.rule @odd parameters ["tau"] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64, %tau: f64):
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %rate = arith.constant 0.125 : f64
  %ratio = arith.divf %dt, %tau : f64
  %minus = arith.negf %ratio : f64
  %keep = math.exp %minus : f64
  snn.yield %keep, %keep, %zero, %one, %rate : f64, f64, f64, f64, f64
} on_pre {
^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  // expected-error @+1 {{has no counterpart in a core's rules}}
  %power = math.exp %w : f32
  %change = arith.mulf %power, %y : f32
  %next = arith.subf %w, %change : f32
  %more = arith.addf %x, %one : f32
  snn.yield %more, %next : f32, f32
} on_post {
^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %rate, %x : f32
  %next = arith.addf %w, %change : f32
  %more = arith.addf %y, %one : f32
  snn.yield %more, %next : f32, f32
}
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-note @+1 {{rule @odd of these synapses}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) delay 1 {plasticity = #snn.plasticity<@odd, {tau = 0.02}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

// A change by the square of the weight.
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
snn.rule @odd parameters ["tau"] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64, %tau: f64):
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %rate = arith.constant 0.125 : f64
  %ratio = arith.divf %dt, %tau : f64
  %minus = arith.negf %ratio : f64
  %keep = math.exp %minus : f64
  snn.yield %keep, %keep, %zero, %one, %rate : f64, f64, f64, f64, f64
} on_pre {
^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %rate, %y : f32
  %next = arith.subf %w, %change : f32
  %more = arith.addf %x, %one : f32
  snn.yield %more, %next : f32, f32
} on_post {
^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %rate, %x : f32
  %square = arith.mulf %w, %w : f32
  %scaled = arith.mulf %square, %change : f32
  %next = arith.addf %w, %scaled : f32
  %more = arith.addf %y, %one : f32
  // expected-error @+1 {{changes the weight by something else than one trace of the other side}}
  snn.yield %more, %next : f32, f32
}
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-note @+1 {{rule @odd of these synapses}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) delay 1 {plasticity = #snn.plasticity<@odd, {tau = 0.02}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

// What is left to something else than the bound.
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
snn.rule @odd parameters ["tau"] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64, %tau: f64):
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %rate = arith.constant 0.125 : f64
  %ratio = arith.divf %dt, %tau : f64
  %minus = arith.negf %ratio : f64
  %keep = math.exp %minus : f64
  snn.yield %keep, %keep, %zero, %one, %rate : f64, f64, f64, f64, f64
} on_pre {
^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %rate, %y : f32
  %next = arith.subf %w, %change : f32
  %more = arith.addf %x, %one : f32
  snn.yield %more, %next : f32, f32
} on_post {
^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %rate, %x : f32
  %half = arith.constant 0.5 : f32
  %room = arith.subf %half, %w : f32
  %scaled = arith.mulf %room, %change : f32
  %next = arith.addf %w, %scaled : f32
  %more = arith.addf %y, %one : f32
  // expected-error @+1 {{changes the weight by neither a constant nor what is left to its bound}}
  snn.yield %more, %next : f32, f32
}
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-note @+1 {{rule @odd of these synapses}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) delay 1 {plasticity = #snn.plasticity<@odd, {tau = 0.02}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

// Every pair on one side, the nearest on the other.
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
snn.rule @odd parameters ["tau"] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64, %tau: f64):
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %rate = arith.constant 0.125 : f64
  %ratio = arith.divf %dt, %tau : f64
  %minus = arith.negf %ratio : f64
  %keep = math.exp %minus : f64
  snn.yield %keep, %keep, %zero, %one, %rate : f64, f64, f64, f64, f64
} on_pre {
^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %rate, %y : f32
  %next = arith.subf %w, %change : f32
  %more = arith.addf %x, %one : f32
  snn.yield %more, %next : f32, f32
} on_post {
^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %rate, %x : f32
  %next = arith.addf %w, %change : f32
  %more = arith.addf %y, %one : f32
  // expected-error @+1 {{keeps a trace that neither grows by 1 nor becomes 1 at each spike, like the other side's}}
  snn.yield %one, %next : f32, f32
}
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-note @+1 {{rule @odd of these synapses}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) delay 1 {plasticity = #snn.plasticity<@odd, {tau = 0.02}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

// The nearest source spike with every target spike after it.
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
snn.rule @odd parameters ["tau"] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64, %tau: f64):
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %rate = arith.constant 0.125 : f64
  %ratio = arith.divf %dt, %tau : f64
  %minus = arith.negf %ratio : f64
  %keep = math.exp %minus : f64
  snn.yield %keep, %keep, %zero, %one, %rate : f64, f64, f64, f64, f64
} on_pre {
^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %rate, %y : f32
  %next = arith.subf %w, %change : f32
  %more = arith.addf %x, %one : f32
  snn.yield %one, %next : f32, f32
} on_post {
^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %rate, %x : f32
  %next = arith.addf %w, %change : f32
  %more = arith.addf %y, %one : f32
  // expected-error @+1 {{pairs the source's last spike with more than the first of the target after it}}
  snn.yield %one, %next : f32, f32
}
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-note @+1 {{rule @odd of these synapses}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) delay 1 {plasticity = #snn.plasticity<@odd, {tau = 0.02}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}
