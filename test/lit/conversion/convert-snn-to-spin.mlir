// RUN: limen-opt %s --pass-pipeline='builtin.module(convert-snn-to-spin,spin.program(spin-verify-program),convert-spin-kernels-to-llvm)' | FileCheck %s

// 20 inputs, a relay and 10 outputs: each hop of the zero-delay chain costs a
// tick, weights are split by sign.

snn.model @if parameters ["r", "v_threshold", "v_reset"]
    defaults {v_reset = 0.0 : f64} states ["v"] receptors ["in"]
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

snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<20>
  %a = snn.dense %s weights(dense<0.5> : tensor<300x20xf32>) : !snn.spikes<20> -> !snn.current<300>
  %h = snn.neuron "hidden" @if(%a) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<300>) -> !snn.spikes<300>
  %b = snn.dense %h weights(dense<-0.25> : tensor<10x300xf32>) : !snn.spikes<300> -> !snn.current<10>
  %o = snn.neuron "out" @if(%b) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<10>) -> !snn.spikes<10>
  snn.output "out" %o : !snn.spikes<10>
}

// CHECK: spin.program @net_program machine "spinnaker1-48"
// CHECK: spin.source @in_0 at [0, 0, 1] node "in" slice [0, 20] key [0, 4294967264]
// CHECK: spin.kernel @if_kernel0 uniform [true, true, true] states 1 receptors 1
// CHECK:   arith.muli %{{.*}} : i64
// CHECK:   arith.shrsi
// CHECK:   arith.cmpi sgt
// CHECK-NOT: f32
// CHECK: spin.core @hidden_0 at [0, 0, 2] node "hidden" slice [0, 256] start 1 runs @if_kernel0
// CHECK-SAME: coefficients [array<i32: 32768>, array<i32: 32768>, array<i32: 0>]
// CHECK: spin.rows @hidden_0
// CHECK: spin.core @hidden_1 at [0, 0, 3] node "hidden" slice [256, 300] start 1
// CHECK: spin.core @out_0 at [0, 0, 4] node "out" slice [0, 10] start 2
// CHECK: spin.table at [0, 0]
// CHECK: llvm.func @core_if_kernel0
