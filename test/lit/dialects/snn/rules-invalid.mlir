// RUN: limen-opt %s --split-input-file --verify-diagnostics

// rule_c1
// expected-error @+1 {{prepare takes 1 arguments; dt and 1 parameters were wanted}}
snn.rule @rule_c1 parameters ["tau"] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64):
  snn.yield %dt, %dt, %dt, %dt : f64, f64, f64, f64
} on_pre {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %x, %w : f32, f32
} on_post {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %y, %w : f32, f32
}

// -----

// rule_c1: yields
// expected-error @+1 {{prepare yields 3 values; decays of 2 traces and two bounds of the weight were wanted}}
snn.rule @rule_c1 parameters [] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64):
  snn.yield %dt, %dt, %dt : f64, f64, f64
} on_pre {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %x, %w : f32, f32
} on_post {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %y, %w : f32, f32
}

// -----

// rule_c1: type
// expected-error @+1 {{prepare yields f64, got 'f32'}}
snn.rule @rule_c1 parameters [] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64):
  %narrow = arith.truncf %dt : f64 to f32
  snn.yield %dt, %dt, %dt, %narrow : f64, f64, f64, f32
} on_pre {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %x, %w : f32, f32
} on_post {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %y, %w : f32, f32
}

// -----

// rule_c2
// expected-error @+1 {{on_pre takes 2 arguments; 0 coefficients, 2 traces and the weight were wanted}}
snn.rule @rule_c2 parameters [] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64):
  snn.yield %dt, %dt, %dt, %dt : f64, f64, f64, f64
} on_pre {
^bb0(%x: f32, %w: f32):
  snn.yield %x, %w : f32, f32
} on_post {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %y, %w : f32, f32
}

// -----

// rule_c2: type
// expected-error @+1 {{on_post works in f32, got 'f64'}}
snn.rule @rule_c2 parameters [] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64):
  snn.yield %dt, %dt, %dt, %dt : f64, f64, f64, f64
} on_pre {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %x, %w : f32, f32
} on_post {
^bb0(%x: f32, %y: f64, %w: f32):
  snn.yield %x, %w : f32, f32
}

// -----

// rule_c3
// expected-error @+1 {{on_pre yields 1 values; the traces ["x"] and the weight were wanted}}
snn.rule @rule_c3 parameters [] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64):
  snn.yield %dt, %dt, %dt, %dt : f64, f64, f64, f64
} on_pre {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %w : f32
} on_post {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %y, %w : f32, f32
}

// -----

// rule_c4
// expected-error @+1 {{on_pre: the new trace 'x' depends on the weight or on a trace of the other side}}
snn.rule @rule_c4 parameters [] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64):
  snn.yield %dt, %dt, %dt, %dt : f64, f64, f64, f64
} on_pre {
^bb0(%x: f32, %y: f32, %w: f32):
  %sum = arith.addf %x, %y : f32
  snn.yield %sum, %w : f32, f32
} on_post {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %y, %w : f32, f32
}

// -----

// rule_c4: weight
// expected-error @+1 {{on_post: the new trace 'y' depends on the weight or on a trace of the other side}}
snn.rule @rule_c4 parameters [] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64):
  snn.yield %dt, %dt, %dt, %dt : f64, f64, f64, f64
} on_pre {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %x, %w : f32, f32
} on_post {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %w, %w : f32, f32
}

// -----

// rule_c5
// expected-error @+1 {{default 'gain' is not a parameter}}
snn.rule @rule_c5 parameters [] defaults {gain = 1.0} pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64):
  snn.yield %dt, %dt, %dt, %dt : f64, f64, f64, f64
} on_pre {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %x, %w : f32, f32
} on_post {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %y, %w : f32, f32
}

// -----

// rule_c6
snn.rule @rule_c6 parameters [] pre ["x"] post ["y"]
prepare {
^bb0(%dt: f64):
  snn.yield %dt, %dt, %dt, %dt : f64, f64, f64, f64
} on_pre {
^bb0(%x: f32, %y: f32, %w: f32):
  // expected-error @+1 {{'builtin.unrealized_conversion_cast' op is not allowed in a rule; only arith and math are}}
  %c = builtin.unrealized_conversion_cast %w : f32 to f32
  snn.yield %x, %c : f32, f32
} on_post {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %y, %w : f32, f32
}

// -----

// rule_c7
// expected-error @+1 {{'tau' has the unit "ms"; s, Hz, mV, nA, nF, uS, MOhm or weight was wanted}}
snn.rule @rule_c7 parameters ["tau"] pre ["x"] post ["y"] units {tau = "ms"}
prepare {
^bb0(%dt: f64, %tau: f64):
  snn.yield %dt, %dt, %dt, %dt : f64, f64, f64, f64
} on_pre {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %x, %w : f32, f32
} on_post {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %y, %w : f32, f32
}

// -----

// rule_c8
// expected-error @+1 {{has two traces 'x'}}
snn.rule @rule_c8 parameters [] pre ["x"] post ["x"]
prepare {
^bb0(%dt: f64):
  snn.yield %dt, %dt, %dt, %dt : f64, f64, f64, f64
} on_pre {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %x, %w : f32, f32
} on_post {
^bb0(%x: f32, %y: f32, %w: f32):
  snn.yield %y, %w : f32, f32
}

// -----

// plasticity_c1
snn.rule @keep parameters ["rate"] pre [] post []
prepare {
^bb0(%dt: f64, %rate: f64):
  snn.yield %rate, %rate, %rate : f64, f64, f64
} on_pre {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
} on_post {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
}
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
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<1x4x1>
  // expected-error @+1 {{cannot have plasticity; snn.dense, snn.sparse, snn.one_to_one and snn.random can}}
  %c = snn.conv2d %in weights(dense<1.0> : tensor<1x1x1x1xf32>) stride [1, 1] padding [0, 0] {plasticity = #snn.plasticity<@keep, {rate = 1.0}>}
      : !snn.spikes<1x4x1> -> !snn.current<1x4x1>
  %i = snn.reshape %c : !snn.current<1x4x1> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

// plasticity_c1: never written
snn.rule @keep parameters ["rate"] pre [] post []
prepare {
^bb0(%dt: f64, %rate: f64):
  snn.yield %rate, %rate, %rate : f64, f64, f64
} on_pre {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
} on_post {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
}
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
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{a formed_pair is never written, so it has no plasticity}}
  %i = snn.random "r" %in formed_pair(1.0, 0.1) density 0.5 gain 1.0 seed 1 {plasticity = #snn.plasticity<@keep, {rate = 1.0}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

// plasticity_c2
// expected-note @+1 {{known rule @keep}}
snn.rule @keep parameters ["rate"] pre [] post []
prepare {
^bb0(%dt: f64, %rate: f64):
  snn.yield %rate, %rate, %rate : f64, f64, f64
} on_pre {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
} on_post {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
}
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
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{rule @lost does not exist}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) {plasticity = #snn.plasticity<@lost, {}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

// plasticity_c3: missing
snn.rule @keep parameters ["rate"] pre [] post []
prepare {
^bb0(%dt: f64, %rate: f64):
  snn.yield %rate, %rate, %rate : f64, f64, f64
} on_pre {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
} on_post {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
}
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
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{lacks the parameter 'rate' of rule @keep}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) {plasticity = #snn.plasticity<@keep, {}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

// plasticity_c3: unknown
snn.rule @keep parameters ["rate"] pre [] post []
prepare {
^bb0(%dt: f64, %rate: f64):
  snn.yield %rate, %rate, %rate : f64, f64, f64
} on_pre {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
} on_post {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
}
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
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{parameter 'speed' is not one of rule @keep; its parameters are ["rate"]}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>)
      {plasticity = #snn.plasticity<@keep, {rate = 1.0, speed = 1.0}>} : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

// plasticity_c3: not a number
snn.rule @keep parameters ["rate"] pre [] post []
prepare {
^bb0(%dt: f64, %rate: f64):
  snn.yield %rate, %rate, %rate : f64, f64, f64
} on_pre {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
} on_post {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
}
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
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{parameter 'rate' of rule @keep is "fast"; a finite number was wanted}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>)
      {plasticity = #snn.plasticity<@keep, {rate = "fast"}>} : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

// plasticity_c4
snn.rule @keep parameters ["rate"] pre [] post []
prepare {
^bb0(%dt: f64, %rate: f64):
  snn.yield %rate, %rate, %rate : f64, f64, f64
} on_pre {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
} on_post {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
}
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
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4, 2>
  // expected-error @+1 {{a rule needs spikes of 1 bit from an snn.input or snn.neuron, got '!snn.spikes<4, 2>'}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) {plasticity = #snn.plasticity<@keep, {rate = 1.0}>}
      : !snn.spikes<4, 2> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

// plasticity_c5
snn.rule @keep parameters ["rate"] pre [] post []
prepare {
^bb0(%dt: f64, %rate: f64):
  snn.yield %rate, %rate, %rate : f64, f64, f64
} on_pre {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
} on_post {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
}
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
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{drive one receptor of one snn.neuron; this result has 2 uses}}
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) {plasticity = #snn.plasticity<@keep, {rate = 1.0}>}
      : !snn.spikes<4> -> !snn.current<4>
  %t = snn.neuron "t" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// -----

// plasticity_c6
snn.rule @keep parameters ["rate"] pre [] post []
prepare {
^bb0(%dt: f64, %rate: f64):
  snn.yield %rate, %rate, %rate : f64, f64, f64
} on_pre {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
} on_post {
^bb0(%rate: f32, %w: f32):
  snn.yield %w : f32
}
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
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  // expected-error @+1 {{synapses with a rule have no bias}}
  %i = snn.dense %in weights(dense<1.0> : tensor<4x4xf32>) bias(dense<1.0> : tensor<4xf32>) {plasticity = #snn.plasticity<@keep, {rate = 1.0}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}
