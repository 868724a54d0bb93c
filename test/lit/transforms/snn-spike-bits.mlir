// RUN: limen-opt %s --pass-pipeline='builtin.module(snn.network(snn-spike-bits{bits=3}))' 2>%t | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --input-file %t
// REMARK: remark: input "in" carries counts of 3 bits, 1 before; one step takes 48 bits, 16 before
// RUN: not limen-opt %s --pass-pipeline='builtin.module(snn.network(snn-spike-bits{bits=0}))' 2>&1 | FileCheck %s --check-prefix=WRONG
// WRONG: error: snn-spike-bits: bits must be 1 to 16, got 0

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
snn.network @net dt 0.001 {
  // CHECK: snn.input "in" {clip} : !snn.spikes<1x4x4, 3>
  %s = snn.input "in" : !snn.spikes<1x4x4>
  // Four counts of up to 7: 28 needs 5 bits.
  // CHECK: snn.sum_pool {{.*}} : !snn.spikes<1x4x4, 3> -> !snn.spikes<1x2x2, 5>
  %p = snn.sum_pool %s kernel [2, 2] stride [2, 2] padding [0, 0] : !snn.spikes<1x4x4> -> !snn.spikes<1x2x2, 3>
  // CHECK: snn.reshape {{.*}} -> !snn.spikes<4, 5>
  %f = snn.reshape %p : !snn.spikes<1x2x2, 3> -> !snn.spikes<4, 3>
  %a = snn.dense %f weights(dense<1.0> : tensor<1x4xf32>) : !snn.spikes<4, 3> -> !snn.current<1>
  %o = snn.neuron "out" @if(%a) {v_threshold = 1.0 : f64} : (!snn.current<1>) -> !snn.spikes<1>
  snn.output "out" %o : !snn.spikes<1>
}
