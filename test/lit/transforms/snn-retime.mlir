// RUN: limen-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(snn.network(snn-retime))' | FileCheck %s

snn.model @if parameters ["v_threshold"] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %threshold: f64):
  snn.yield %threshold : f64
} step {
^bb0(%threshold: f32, %v: f32, %in: f32):
  %charged = arith.addf %v, %in : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  snn.yield %charged, %spike : f32, i1
}
// A skip connection: the direct way waits for the long one. The shared pool is
// cloned, since its users need different delays.
// CHECK-LABEL: snn.network @skip
// expected-remark @+1 {{retimed: the last population runs 2 step(s) later; 3 of 4 connections changed their delay, by 4 step(s) in total}}
snn.network @skip dt 0.001 {
  %s = snn.input "in" : !snn.spikes<1x2x2>
  // CHECK: snn.conv2d {{.*}} delay 1 :
  %a = snn.conv2d %s weights(dense<1.0> : tensor<1x1x1x1xf32>) stride [1, 1] padding [0, 0] : !snn.spikes<1x2x2> -> !snn.current<1x2x2>
  // CHECK: snn.neuron "h" {{.*}} attributes {latency = 1 : i64}
  %h = snn.neuron "h" @if(%a) {v_threshold = 1.0 : f64} : (!snn.current<1x2x2>) -> !snn.spikes<1x2x2>
  // CHECK: snn.dense %h {{.*}} delay 1
  %b = snn.dense %h weights(dense<1.0> : tensor<4x4xf32>) : !snn.spikes<1x2x2> -> !snn.current<4>
  // CHECK: snn.dense %in {{.*}} delay 2
  %c = snn.dense %s weights(dense<1.0> : tensor<4x4xf32>) : !snn.spikes<1x2x2> -> !snn.current<4>
  // A loop of one step stays one.
  // CHECK: snn.one_to_one %out {{.*}} delay 1
  %r = snn.one_to_one %o weights(dense<1.0> : tensor<f32>) delay 1 : !snn.spikes<4> -> !snn.current<4>
  // CHECK: snn.neuron "out" {{.*}} attributes {latency = 2 : i64}
  %o = snn.neuron "out" @if(%b, %c, %r) {v_threshold = 1.0 : f64}
      : (!snn.current<4>, !snn.current<4>, !snn.current<4>) -> !snn.spikes<4>
  snn.output "out" %o : !snn.spikes<4>
}

// -----

snn.model @if parameters ["v_threshold"] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %threshold: f64):
  snn.yield %threshold : f64
} step {
^bb0(%threshold: f32, %v: f32, %in: f32):
  %charged = arith.addf %v, %in : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  snn.yield %charged, %spike : f32, i1
}
// Two connections and one step.
// expected-error @+2 {{the cycle p -> q -> p has 2 connection(s) but a total delay of 1 step(s)}}
// expected-note @+1 {{give the connections of the cycle 2 step(s) of delay in total}}
snn.network @loop dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.dense %s weights(dense<0.5> : tensor<2x2xf32>) : !snn.spikes<2> -> !snn.current<2>
  %back = snn.dense %q weights(dense<0.5> : tensor<2x2xf32>) delay 1 : !snn.spikes<2> -> !snn.current<2>
  %p = snn.neuron "p" @if(%a, %back) {v_threshold = 1.0 : f64} : (!snn.current<2>, !snn.current<2>) -> !snn.spikes<2>
  %b = snn.dense %p weights(dense<0.5> : tensor<2x2xf32>) : !snn.spikes<2> -> !snn.current<2>
  %q = snn.neuron "q" @if(%b) {v_threshold = 1.0 : f64} : (!snn.current<2>) -> !snn.spikes<2>
  snn.output "out" %q : !snn.spikes<2>
}
