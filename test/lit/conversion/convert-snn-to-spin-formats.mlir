// RUN: limen-opt %s --split-input-file --pass-pipeline='builtin.module(convert-snn-to-spin,spin.program(spin-verify-program),convert-spin-kernels-to-llvm)' 2>/dev/null | FileCheck %s
// RUN: limen-opt %s --split-input-file --convert-snn-to-spin='set=software.product_rounding=nearest,software.constant_rounding=nearest' 2>/dev/null | FileCheck %s --check-prefix=NEAREST
// RUN: limen-opt %s --split-input-file --convert-snn-to-spin -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// A factor below 1 is u0.32, one with a sign s0.31, one that s16.15 holds exactly
// stays; an attribute says otherwise. What depends on coefficients only becomes one.

// CHECK-LABEL: spin.program @net_factors_program
// CHECK: spin.kernel @factors_kernel0 uniform [true, true, true, true, true, true] states 2 receptors 1
// CHECK-SAME: formats ["u0.32", "s0.31", "s16.15", "s16.15", "s16.15", "u0.32", "s16.15", "s16.15", "s16.15"]
// CHECK: arith.extui %arg0 : i32 to i64
// CHECK: arith.constant 32 : i64
// CHECK: arith.extsi %arg1 : i32 to i64
// CHECK: arith.constant 31 : i64
// CHECK: coefficients [array<i32: 1288490188>, array<i32: -644245095>, array<i32: 16384>, array<i32: 9830>, array<i32: -65536>, array<i32: 581260615>]
// NEAREST: rounding "nearest"
// NEAREST: arith.constant 2147483648 : i64
// NEAREST: coefficients [array<i32: 1288490189>, array<i32: -644245094>, array<i32: 16384>, array<i32: 9830>, array<i32: -65536>, array<i32: 581260615>]
// REMARK: 'o' (factors) in s16.15, coefficients: 1 in s0.31, 3 in s16.15, 2 in u0.32; range and largest error of one step: v
snn.model @factors parameters ["a", "b", "c", "d", "e"] states ["v", "w"] receptors ["in"]
prepare {
^bb0(%dt: f64, %a: f64, %b: f64, %c: f64, %d: f64, %e: f64):
  snn.yield %a, %b, %c, %d, %e : f64, f64, f64, f64, f64
} step {
^bb0(%a: f32, %b: f32, %c: f32, %d: f32, %e: f32, %v: f32, %w: f32, %in: f32):
  %p = arith.mulf %a, %v : f32
  %q = arith.mulf %b, %in : f32
  %r = arith.mulf %c, %in : f32
  %s = arith.mulf %d, %in {spin.format = "s16.15"} : f32
  %f = math.exp %e : f32
  %t = arith.mulf %f, %w : f32
  %x = arith.addf %p, %q : f32
  %y = arith.addf %r, %s : f32
  %z = arith.addf %y, %t : f32
  %spike = arith.cmpf ogt, %x, %z : f32
  snn.yield %x, %z, %spike : f32, f32, i1
}
snn.network @net_factors dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.dense %s weights(dense<0.5> : tensor<2x2xf32>) : !snn.spikes<2> -> !snn.current<2>
  %o = snn.neuron "o" @factors(%a) {a = 0.3 : f64, b = -0.3 : f64, c = 0.5 : f64, d = 0.3 : f64, e = -2.0 : f64}
      : (!snn.current<2>) -> !snn.spikes<2>
  snn.output "out" %o : !snn.spikes<2>
}

// -----

// States and receptors in a format of their own: weights are scaled for it.

// CHECK-LABEL: spin.program @net_small_program
// CHECK: spin.kernel {{.*}} formats ["s6.25", "s6.25"]
// CHECK: shifts [10, 0]
// REMARK: 'o' (small) in s16.15; range and largest error of one step: g (s6.25)
// REMARK: weights into 'o' in units of 2^-15 (worst case)
snn.model @small parameters [] states ["g"] receptors ["in"]
    attributes {spin.formats = {g = "s6.25", in = "s6.25"}}
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%g: f32, %in: f32):
  %half = arith.constant 0.5 : f32
  %kept = arith.mulf %g, %half : f32
  %next = arith.addf %kept, %in : f32
  %spike = arith.cmpf ogt, %next, %half : f32
  snn.yield %next, %spike : f32, i1
}
snn.network @net_small dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.dense %s weights(dense<0.5> : tensor<2x2xf32>) : !snn.spikes<2> -> !snn.current<2>
  %o = snn.neuron "o" @small(%a) {} : (!snn.current<2>) -> !snn.spikes<2>
  snn.output "out" %o : !snn.spikes<2>
}

// -----

// A random number is u0.32 of 24 bits and compared as such; divisions by
// coefficients are products, others quotients of 64 bits.

// CHECK-LABEL: spin.program @net_draws_program
// CHECK: spin.kernel {{.*}} formats ["u0.32", "s0.31", "s16.15"]
// CHECK: spin.draw 3 : i32
// CHECK: arith.constant -256 : i32
// CHECK: arith.cmpi slt, {{.*}} : i64
// CHECK: arith.divsi {{.*}} : i64
// CHECK: llvm.func @core_draws_kernel0
snn.model @draws parameters ["p"] states ["v"] receptors []
prepare {
^bb0(%dt: f64, %p: f64):
  snn.yield %p : f64
} step {
^bb0(%p: f32, %v: f32):
  %u = snn.uniform 3 : f32
  %spike = arith.cmpf olt, %u, %p : f32
  %seven = arith.constant -7.0 : f32
  %part = arith.divf %v, %seven : f32
  %one = arith.constant 1.0 : f32
  %more = arith.addf %v, %one : f32
  %next = arith.divf %part, %more : f32
  snn.yield %next, %spike : f32, i1
}
snn.network @net_draws dt 0.001 {
  %o = snn.neuron "o" @draws() {p = 0.3 : f64} : () -> !snn.spikes<2>
  snn.output "out" %o : !snn.spikes<2>
}

// -----

// A delay of 40 steps: two stages of 16 and 8 more.

// CHECK-LABEL: spin.program @net_long_program
// CHECK: spin.source @in_0 at [0, 0, 1]
// CHECK: spin.delay @in_delay_0 at [0, 0, 3] node "in" slice [0, 20] stages 2 step 16 extends @in_0 key [64, 4294967232]
// CHECK: spin.table at [0, 0]
snn.network @net_long dt 0.001 {
  %s = snn.input "in" : !snn.spikes<20>
  %a = snn.dense %s weights(dense<0.5> : tensor<2x20xf32>) delay 40 : !snn.spikes<20> -> !snn.current<2>
  %o = snn.neuron "o" @early(%a) {} : (!snn.current<2>) -> !snn.spikes<2>
  snn.output "out" %o : !snn.spikes<2>
}
snn.model @early parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  %one = arith.constant 1.0 : f32
  %spike = arith.cmpf ogt, %in, %one : f32
  snn.yield %spike : i1
}

// -----

// One model, two kernels: the coefficient is a fraction in one population only. The
// add takes it in s16.15, so that is how both hold it.

// CHECK-LABEL: spin.program @net_shared_program
// CHECK: spin.kernel @shared_kernel0 uniform [true] states 1 receptors 1 formats ["s16.15",
// CHECK: arith.shli
// CHECK: spin.core @a_0 {{.*}} runs @shared_kernel0 {{.*}} coefficients [array<i32: 9830>]
// CHECK: spin.kernel @shared_kernel1 uniform [true] states 1 receptors 1 formats ["s16.15",
// CHECK-NOT: arith.shli
// CHECK: spin.core @b_0 {{.*}} runs @shared_kernel1 {{.*}} coefficients [array<i32: 42598>]
snn.model @shared parameters ["c"] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %c: f64):
  snn.yield %c : f64
} step {
^bb0(%c: f32, %v: f32, %in: f32):
  %p = arith.mulf %c, %in : f32
  %next = arith.addf %p, %c : f32
  %spike = arith.cmpf ogt, %next, %v : f32
  snn.yield %next, %spike : f32, i1
}
snn.network @net_shared dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %i = snn.dense %s weights(dense<0.5> : tensor<2x2xf32>) delay 1 : !snn.spikes<2> -> !snn.current<2>
  %a = snn.neuron "a" @shared(%i) {c = 0.3 : f64} : (!snn.current<2>) -> !snn.spikes<2>
  %b = snn.neuron "b" @shared(%i) {c = 1.3 : f64} : (!snn.current<2>) -> !snn.spikes<2>
  snn.output "a" %a : !snn.spikes<2>
  snn.output "b" %b : !snn.spikes<2>
}
