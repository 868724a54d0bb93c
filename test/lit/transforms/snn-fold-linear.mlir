// RUN: limen-opt %s --split-input-file --pass-pipeline='builtin.module(snn.network(snn-fold-linear))' | FileCheck %s

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
// A scale behind a dense op, and one before the next: weights take both.
// CHECK-LABEL: snn.network @scales
snn.network @scales dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.dense %s weights(dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>) bias(dense<[1.0, -1.0]> : tensor<2xf32>) delay 1
      : !snn.spikes<2> -> !snn.current<2>
  %b = snn.one_to_one %a weights(dense<[10.0, 0.5]> : tensor<2xf32>) delay 2 : !snn.current<2> -> !snn.current<2>
  // CHECK: snn.dense %{{.*}} weights(dense<{{\[\[}}1.000000e+01, 2.000000e+01], [1.500000e+00, 2.000000e+00]]> : tensor<2x2xf32>)
  // CHECK-SAME: bias(dense<[1.000000e+01, -5.000000e-01]> : tensor<2xf32>) delay 3
  // CHECK-NOT: one_to_one
  %o = snn.neuron "out" @if(%b) {v_threshold = 1.0 : f64} : (!snn.current<2>) -> !snn.spikes<2>
  snn.output "out" %o : !snn.spikes<2>
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
// Batch normalisation behind a convolution: one factor for each channel.
// CHECK-LABEL: snn.network @channels
snn.network @channels dt 0.001 {
  %s = snn.input "in" : !snn.spikes<1x2x2>
  %a = snn.conv2d %s weights(dense<[[[[1.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>) bias(dense<[1.0, 1.0]> : tensor<2xf32>)
      stride [1, 1] padding [0, 0] : !snn.spikes<1x2x2> -> !snn.current<2x2x2>
  // CHECK: snn.conv2d %{{.*}} weights(dense<{{\[\[\[\[}}3.000000e+00]]], {{\[\[\[}}1.000000e+01]]]]> : tensor<2x1x1x1xf32>)
  // CHECK-SAME: bias(dense<[3.000000e+00, 5.000000e+00]> : tensor<2xf32>)
  %b = snn.one_to_one %a weights(dense<[3.0, 3.0, 3.0, 3.0, 5.0, 5.0, 5.0, 5.0]> : tensor<8xf32>)
      : !snn.current<2x2x2> -> !snn.current<2x2x2>
  %o = snn.neuron "out" @if(%b) {v_threshold = 1.0 : f64} : (!snn.current<2x2x2>) -> !snn.spikes<2x2x2>
  snn.output "out" %o : !snn.spikes<2x2x2>
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
// Factors that differ within a channel have no kernel to go into.
// CHECK-LABEL: snn.network @positions
snn.network @positions dt 0.001 {
  %s = snn.input "in" : !snn.spikes<1x1x2>
  %a = snn.conv2d %s weights(dense<1.0> : tensor<1x1x1x1xf32>) stride [1, 1] padding [0, 0]
      : !snn.spikes<1x1x2> -> !snn.current<1x1x2>
  // CHECK: snn.one_to_one
  %b = snn.one_to_one %a weights(dense<[3.0, 4.0]> : tensor<2xf32>) : !snn.current<1x1x2> -> !snn.current<1x1x2>
  %o = snn.neuron "out" @if(%b) {v_threshold = 1.0 : f64} : (!snn.current<1x1x2>) -> !snn.spikes<1x1x2>
  snn.output "out" %o : !snn.spikes<1x1x2>
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
// 4 -> 3 -> 1 has 15 weights; the product has 4. Bias: 1 x 1 + 2 x 0 + 3 x -1.
// CHECK-LABEL: snn.network @product
snn.network @product dt 0.001 {
  %s = snn.input "in" : !snn.spikes<4>
  %a = snn.dense %s weights(dense<[[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]]> : tensor<3x4xf32>)
      bias(dense<[1.0, 0.0, -1.0]> : tensor<3xf32>) : !snn.spikes<4> -> !snn.current<3>
  // CHECK: snn.dense %{{.*}} weights(dense<{{\[\[}}1.000000e+00, 2.000000e+00, 3.000000e+00, 6.000000e+00]]> : tensor<1x4xf32>)
  // CHECK-SAME: bias(dense<-2.000000e+00> : tensor<1xf32>)
  // CHECK-NOT: snn.dense
  %b = snn.dense %a weights(dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>) : !snn.current<3> -> !snn.current<1>
  %o = snn.neuron "out" @if(%b) {v_threshold = 1.0 : f64} : (!snn.current<1>) -> !snn.spikes<1>
  snn.output "out" %o : !snn.spikes<1>
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
// 3 -> 1 -> 3 has 6 weights; the product would have 9.
// CHECK-LABEL: snn.network @bottleneck
snn.network @bottleneck dt 0.001 {
  %s = snn.input "in" : !snn.spikes<3>
  // CHECK: snn.dense
  // CHECK: snn.dense
  %a = snn.dense %s weights(dense<1.0> : tensor<1x3xf32>) : !snn.spikes<3> -> !snn.current<1>
  %b = snn.dense %a weights(dense<2.0> : tensor<3x1xf32>) : !snn.current<1> -> !snn.current<3>
  %o = snn.neuron "out" @if(%b) {v_threshold = 1.0 : f64} : (!snn.current<3>) -> !snn.spikes<3>
  snn.output "out" %o : !snn.spikes<3>
}
