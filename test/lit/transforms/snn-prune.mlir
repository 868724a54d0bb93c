// RUN: limen-opt %s --pass-pipeline='builtin.module(snn.network(snn-prune{keep=4}))' 2>%t | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --input-file %t
// RUN: not limen-opt %s --pass-pipeline='builtin.module(snn.network(snn-prune{fraction=1.5}))' 2>&1 | FileCheck %s --check-prefix=WRONG

// WRONG: error: snn-prune: fraction must be from 0 to 1, got 1.5

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
// Of 7 weights that are not 0 the 4 largest stay, wherever they are; of the two of
// size 0.5 the first. A weight of the convolution counts for 4 positions.
// REMARK: remark: pruned 3 of 7 weights, the largest of size 0.5;
// REMARK-SAME: they held 1.015 % of the sum of squares
// REMARK-SAME: 16 before, 10 after
// CHECK-LABEL: snn.network @net
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<1x2x2>
  // CHECK: snn.conv2d %{{.*}} weights(dense<{{\[\[\[\[}}-4.000000e+00]]], {{\[\[\[}}5.000000e-01]]], {{\[\[\[}}0.000000e+00]]]]> : tensor<3x1x1x1xf32>)
  %c = snn.conv2d %s weights(dense<[[[[-4.0]]], [[[0.5]]], [[[0.1]]]]> : tensor<3x1x1x1xf32>)
      stride [1, 1] padding [0, 0] : !snn.spikes<1x2x2> -> !snn.current<3x2x2>
  %h = snn.neuron "h" @if(%c) {v_threshold = 1.0 : f64} : (!snn.current<3x2x2>) -> !snn.spikes<3x2x2>
  // CHECK: snn.dense %{{.*}} weights(dense<{{\[\[}}0.000000e+00, 0.000000e+00, 3.000000e+00, -2.000000e+00, 0.000000e+00
  %d = snn.dense %h weights(dense<[[0.5, 0.0, 3.0, -2.0, -0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<1x12xf32>)
      : !snn.spikes<3x2x2> -> !snn.current<1>
  %o = snn.neuron "out" @if(%d) {v_threshold = 1.0 : f64} : (!snn.current<1>) -> !snn.spikes<1>
  snn.output "out" %o : !snn.spikes<1>
}
