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
