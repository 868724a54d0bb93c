// RUN: limen-opt %s | limen-opt | FileCheck %s
// RUN: limen-opt %s --emit-bytecode | limen-opt | FileCheck %s

// CHECK-LABEL: snn.model @if
// CHECK-SAME: parameters ["r", "v_threshold", "v_reset"]
// CHECK-SAME: defaults {v_reset = 0.000000e+00 : f64}
// CHECK-SAME: states ["v"] receptors ["in"]
snn.model @if parameters ["r", "v_threshold", "v_reset"]
    defaults {v_reset = 0.0} states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %r: f64, %threshold: f64, %reset: f64):
  snn.yield %r, %threshold, %reset : f64, f64, f64
} step {
^bb0(%r: f32, %threshold: f32, %reset: f32, %v: f32, %in: f32):
  %gain = arith.mulf %r, %in : f32
  %charged = arith.addf %v, %gain : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  %next = arith.select %spike, %reset, %charged : f32
  snn.yield %next, %spike : f32, i1
}

// CHECK-LABEL: snn.network @net dt 1.000000e-03
snn.network @net dt 1.0e-3 {
  // CHECK: snn.input "camera" : !snn.spikes<2x34x34, 2>
  %events = snn.input "camera" : !snn.spikes<2x34x34, 2>
  // CHECK: snn.conv2d %{{.*}} weights(dense<1.000000e-01> : tensor<16x2x5x5xf32>) stride [2, 2] padding [1, 1] :
  %i0 = snn.conv2d %events weights(dense<0.1> : tensor<16x2x5x5xf32>) stride [2, 2] padding [1, 1]
      : !snn.spikes<2x34x34, 2> -> !snn.current<16x16x16>
  // CHECK: snn.neuron "first" @if(%{{.*}}) {r = 1.000000e+00 : f64, v_threshold = 1.000000e+00 : f64} : (!snn.current<16x16x16>) -> !snn.spikes<16x16x16>
  %s0 = snn.neuron "first" @if(%i0) {r = 1.0, v_threshold = 1.0}
      : (!snn.current<16x16x16>) -> !snn.spikes<16x16x16>
  // CHECK: snn.sum_pool %{{.*}} kernel [2, 2] stride [2, 2] padding [0, 0] : !snn.spikes<16x16x16> -> !snn.spikes<16x8x8, 3>
  %p = snn.sum_pool %s0 kernel [2, 2] stride [2, 2] padding [0, 0]
      : !snn.spikes<16x16x16> -> !snn.spikes<16x8x8, 3>
  // CHECK: snn.avg_pool
  %q = snn.avg_pool %s0 kernel [2, 2] stride [2, 2] padding [0, 0]
      : !snn.spikes<16x16x16> -> !snn.current<16x8x8>
  %flat = snn.reshape %p : !snn.spikes<16x8x8, 3> -> !snn.spikes<1024, 3>
  %i1 = snn.dense %flat weights(dense<0.5> : tensor<20x1024xf32>) bias(dense<0.0> : tensor<20xf32>)
      : !snn.spikes<1024, 3> -> !snn.current<20>
  // A recurrent value is used before it is defined.
  // CHECK: snn.random "reservoir" %{{.*}} normal(0.000000e+00, 1.000000e+00) density 1.000000e-01 gain 5.000000e-01 seed 7 delay 1
  %i2 = snn.random "reservoir" %s1 normal(0.0, 1.0) density 0.1 gain 0.5 seed 7 delay 1
      : !snn.spikes<20> -> !snn.current<20>
  %s1 = snn.neuron "liquid" @if(%i1, %i2) {r = dense<1.0> : tensor<20xf64>, v_threshold = 1.0}
      : (!snn.current<20>, !snn.current<20>) -> !snn.spikes<20>
  // CHECK: snn.random "rules" %{{.*}} normal(1.000000e+00, 2.000000e+00) density 5.000000e-01 gain 1.000000e+00 seed 1
  // CHECK-SAME: wiring <gaussian 1.000000e-01, no_autapses, periodic> bounds [0.000000e+00, 3.000000e+00] delays <normal(1.500000e+01, 7.500000e+00), 1 to 64>
  %i4 = snn.random "rules" %s1 normal(1.0, 2.0) density 0.5 gain 1.0 seed 1 wiring <gaussian 0.1, no_autapses, periodic>
      bounds [0.0, 3.0] delays <normal(15.0, 7.5), 1 to 64> : !snn.spikes<20> -> !snn.current<20>
  // CHECK: snn.random "total" {{.*}} wiring <fixed_total 1000>
  %i5 = snn.random "total" %s1 constant(1.0, 0.0) density 1.0 gain 1.0 seed 1 wiring <fixed_total 1000>
      : !snn.spikes<20> -> !snn.current<20>
  // CHECK: snn.sparse %{{.*}} offsets({{.*}}) targets({{.*}}) weights({{.*}}) delays({{.*}}) delay 1
  %i6 = snn.sparse %p offsets(dense<0> : tensor<1025xi64>) targets(dense<> : tensor<0xi32>) weights(dense<1.0> : tensor<1xf32>)
      delays(dense<> : tensor<0xi32>) delay 1 : !snn.spikes<16x8x8, 3> -> !snn.current<20>
  // CHECK: snn.one_to_one %{{.*}} weights(dense<2.000000e+00> : tensor<f32>) delay 2
  %i3 = snn.one_to_one %s1 weights(dense<2.0> : tensor<f32>) delay 2
      : !snn.spikes<20> -> !snn.current<20>
  %s2 = snn.neuron "copy" @if(%i3) receptors [0] {r = 1.0, v_threshold = 1.0}
      : (!snn.current<20>) -> !snn.spikes<20>
  // CHECK: snn.readout "head"
  %y = snn.readout "head" %s2 weights(dense<0.1> : tensor<10x20xf32>) : !snn.spikes<20> -> !snn.scores<10>
  // CHECK: snn.readout "hidden" {{.*}} bias({{.*}}) activation gelu : !snn.spikes<20> -> !snn.scores<5>
  %h = snn.readout "hidden" %s2 weights(dense<0.1> : tensor<5x20xf32>) bias(dense<0.2> : tensor<5xf32>) activation gelu
      : !snn.spikes<20> -> !snn.scores<5>
  // CHECK: snn.readout "top" {{.*}} : !snn.scores<5> -> !snn.scores<3>
  %z = snn.readout "top" %h weights(dense<0.1> : tensor<3x5xf32>) : !snn.scores<5> -> !snn.scores<3>
  snn.output "classes" %z : !snn.scores<3>
  // CHECK: snn.output "scores" %{{.*}} : !snn.scores<10>
  snn.output "scores" %y : !snn.scores<10>
}
