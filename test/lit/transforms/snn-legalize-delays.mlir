// RUN: limen-opt %s --pass-pipeline='builtin.module(snn.network(snn-legalize-delays{max=8 clip=true}))' 2>%t | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --input-file %t
// RUN: not limen-opt %s --pass-pipeline='builtin.module(snn.network(snn-legalize-delays{max=8}))' 2>&1 | FileCheck %s --check-prefix=REFUSED

// REFUSED: error: has delays of up to 12 steps; at most 8 were wanted
// REMARK: remark: delays of up to 12 steps are shortened to 8, by up to 4 (2 synapses)
// REMARK: remark: delays are drawn up to 8 steps instead of 66
// REMARK: remark: delays of up to 20 steps are shortened to 8, by up to 12 (all synapses)

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
  %s = snn.input "in" : !snn.spikes<4>
  // CHECK: delays(dense<{{\[\[}}1, 6, 6, 2]]> : tensor<1x4xi32>) delay 2
  %a = snn.dense %s weights(dense<1.0> : tensor<1x4xf32>) delays(dense<[[1, 7, 10, 2]]> : tensor<1x4xi32>) delay 2
      : !snn.spikes<4> -> !snn.current<1>
  // CHECK: delays <normal(1.500000e+01, 7.500000e+00), 1 to 6> delay 2
  %b = snn.random "r" %s normal(1.0, 1.0) density 1.0 gain 1.0 seed 1 delays <normal(15.0, 7.5), 1 to 64> delay 2
      : !snn.spikes<4> -> !snn.current<1>
  // CHECK: snn.dense {{.*}} delay 8
  %c = snn.dense %s weights(dense<1.0> : tensor<1x4xf32>) delay 20 : !snn.spikes<4> -> !snn.current<1>
  %o = snn.neuron "out" @if(%a, %b, %c) {v_threshold = 1.0 : f64}
      : (!snn.current<1>, !snn.current<1>, !snn.current<1>) -> !snn.spikes<1>
  snn.output "out" %o : !snn.spikes<1>
}
