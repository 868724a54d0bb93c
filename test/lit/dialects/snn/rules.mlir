// RUN: limen-opt %s | limen-opt | FileCheck %s
// RUN: limen-opt %s --emit-bytecode | limen-opt | FileCheck %s

// CHECK-LABEL: snn.rule @hebb
// CHECK-SAME: parameters ["tau", "rate", "w_max"]
// CHECK-SAME: defaults {w_max = 1.000000e+00 : f64}
// CHECK-SAME: pre ["x"] post ["y"]
// CHECK-SAME: units {rate = "weight", tau = "s"}
snn.rule @hebb parameters ["tau", "rate", "w_max"] defaults {w_max = 1.0} pre ["x"] post ["y"]
    units {tau = "s", rate = "weight"}
prepare {
^bb0(%dt: f64, %tau: f64, %rate: f64, %highest: f64):
  %zero = arith.constant 0.0 : f64
  %ratio = arith.divf %dt, %tau : f64
  %minus = arith.negf %ratio : f64
  %keep = math.exp %minus : f64
  snn.yield %keep, %keep, %zero, %highest, %rate : f64, f64, f64, f64, f64
} on_pre {
^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %rate, %y : f32
  %next = arith.addf %w, %change : f32
  snn.yield %one, %next : f32, f32
} on_post {
^bb0(%rate: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %rate, %x : f32
  %next = arith.addf %w, %change : f32
  snn.yield %one, %next : f32, f32
}

snn.model @if parameters ["v_threshold"] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %threshold: f64):
  snn.yield %threshold : f64
} step {
^bb0(%threshold: f32, %v: f32, %in: f32):
  %zero = arith.constant 0.0 : f32
  %charged = arith.addf %v, %in : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  %next = arith.select %spike, %zero, %charged : f32
  snn.yield %next, %spike : f32, i1
}

snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<2x4>
  %flat = snn.reshape %in : !snn.spikes<2x4> -> !snn.spikes<8>
  // CHECK: snn.dense %{{.*}} delay 1 {plasticity = #snn.plasticity<@hebb, {rate = 1.000000e-01 : f64, tau = 2.000000e-02 : f64}>}
  %i = snn.dense %flat weights(dense<0.5> : tensor<4x8xf32>) delay 1
      {plasticity = #snn.plasticity<@hebb, {tau = 0.02, rate = 0.1}>} : !snn.spikes<8> -> !snn.current<4>
  // CHECK: snn.one_to_one %{{.*}} {plasticity = #snn.plasticity<@hebb
  %r = snn.one_to_one %s weights(dense<0.0> : tensor<f32>) delay 2
      {plasticity = #snn.plasticity<@hebb, {tau = 0.02, rate = 0.1, w_max = 2.0}>} : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @if(%i, %r) {v_threshold = 1.0} : (!snn.current<4>, !snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}
