// RUN: limen-opt %s --split-input-file --pass-pipeline='builtin.module(convert-snn-to-llvm,convert-snn-to-imc{set=macros=1 set=array.rows=64 set=array.cols=80 set=array.max_active_rows=64 set=mapping.sharing=in_time},imc.program(imc-verify-program))' | FileCheck %s

// Two networks of formed cells on a macro that holds one: the smaller reads a
// window of the other's cells, and the network says which.

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
// CHECK-LABEL: snn.network @formed
// CHECK: snn.random "w" {{.*}} seed 1 : !snn.spikes<64>
// CHECK: snn.random "v" {{.*}} seed 1 window_of "w" at [0, 0] : !snn.spikes<16>
snn.network @formed dt 0.001 {
  %s = snn.input "i" : !snn.spikes<64>
  %t = snn.input "j" : !snn.spikes<16>
  %a = snn.random "w" %s formed_pair(12.21, 0.1486) density 0.5 gain 0.01 seed 1 : !snn.spikes<64> -> !snn.current<40>
  %o = snn.neuron "x" @if(%a) {v_threshold = 1.0 : f64} : (!snn.current<40>) -> !snn.spikes<40>
  %b = snn.random "v" %t formed_pair(12.21, 0.1486) density 0.5 gain 0.02 seed 7 : !snn.spikes<16> -> !snn.current<40>
  %p = snn.neuron "y" @if(%b) {v_threshold = 1.0 : f64} : (!snn.current<40>) -> !snn.spikes<40>
  snn.output "o" %o : !snn.spikes<40>
  snn.output "p" %p : !snn.spikes<40>
}
// CHECK: imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 64, 40]
// CHECK-NEXT: imc.form @t1 of @g1 on @m0 at [0, 0] part [0, 0, 16, 40] shares @t0
// CHECK-NEXT: imc.step
// CHECK-NOT: imc.load

// -----

// A layer and a recurrent one behind it, which is larger than the macro: the
// first takes a turn over the whole sample, the other is loaded in every step.

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
// CHECK-LABEL: snn.network @written
snn.network @written dt 0.001 {
  %s = snn.input "i" : !snn.spikes<64>
  %a = snn.dense %s weights(dense<0.5> : tensor<40x64xf32>) : !snn.spikes<64> -> !snn.current<40>
  %o = snn.neuron "x" @if(%a) {v_threshold = 1.0 : f64} : (!snn.current<40>) -> !snn.spikes<40>
  %b = snn.dense %o weights(dense<0.5> : tensor<40x40xf32>) : !snn.spikes<40> -> !snn.current<40>
  %c = snn.dense %p weights(dense<0.5> : tensor<40x40xf32>) delay 1 : !snn.spikes<40> -> !snn.current<40>
  %p = snn.neuron "y" @if(%b, %c) {v_threshold = 1.0 : f64} : (!snn.current<40>, !snn.current<40>) -> !snn.spikes<40>
  snn.output "p" %p : !snn.spikes<40>
}
// CHECK: imc.load @t0
// CHECK-NEXT: imc.step
// CHECK-NEXT: imc.read @t0
// CHECK-NEXT: imc.accumulate @g0
// CHECK-NEXT: imc.update "x"
// CHECK-NEXT: }
// CHECK-NEXT: imc.step
// CHECK-NEXT: imc.load @t1
// CHECK-NEXT: imc.read @t1
// CHECK-NEXT: imc.load @t2
// CHECK-NEXT: imc.read @t2
// CHECK-NEXT: imc.accumulate @g1
// CHECK-NEXT: imc.update "y"
