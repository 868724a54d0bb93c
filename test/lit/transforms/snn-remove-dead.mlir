// RUN: limen-opt %s --pass-pipeline='builtin.module(snn.network(snn-remove-dead))' 2>%t | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --input-file %t

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
// "a" and "b" drive each other and nothing else.
// REMARK: population "a" of 3 neurons is removed
// REMARK: population "b" of 2 neurons is removed
// REMARK: remark: removed 5 ops that no output depends on, 3 of them with 24 weights
// CHECK-LABEL: snn.network @net
snn.network @net dt 0.001 {
  // CHECK: snn.input "in"
  %s = snn.input "in" : !snn.spikes<4>
  // CHECK-NOT: snn.neuron "a"
  %x = snn.dense %s weights(dense<1.0> : tensor<3x4xf32>) : !snn.spikes<4> -> !snn.current<3>
  %y = snn.dense %b weights(dense<1.0> : tensor<3x2xf32>) delay 1 : !snn.spikes<2> -> !snn.current<3>
  %a = snn.neuron "a" @if(%x, %y) {v_threshold = 1.0 : f64} : (!snn.current<3>, !snn.current<3>) -> !snn.spikes<3>
  %z = snn.dense %a weights(dense<1.0> : tensor<2x3xf32>) : !snn.spikes<3> -> !snn.current<2>
  %b = snn.neuron "b" @if(%z) {v_threshold = 1.0 : f64} : (!snn.current<2>) -> !snn.spikes<2>
  // CHECK: snn.neuron "out"
  %w = snn.dense %s weights(dense<1.0> : tensor<1x4xf32>) : !snn.spikes<4> -> !snn.current<1>
  %o = snn.neuron "out" @if(%w) {v_threshold = 1.0 : f64} : (!snn.current<1>) -> !snn.spikes<1>
  snn.output "out" %o : !snn.spikes<1>
}
