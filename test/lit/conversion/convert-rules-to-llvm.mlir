// RUN: limen-opt %s --convert-snn-to-llvm | FileCheck %s
// RUN: limen-opt %s --convert-snn-to-llvm=precision=float64 | FileCheck %s --check-prefix=F64

snn.model @relay parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  %zero = arith.constant 0.0 : f32
  %spike = arith.cmpf ogt, %in, %zero : f32
  snn.yield %spike : i1
}
snn.rule @keep parameters ["tau", "w_min", "w_max"] pre ["x"] post []
prepare {
^bb0(%dt: f64, %tau: f64, %lowest: f64, %highest: f64):
  %ratio = arith.divf %dt, %tau : f64
  %minus = arith.negf %ratio : f64
  %keep = math.exp %minus : f64
  snn.yield %keep, %lowest, %highest : f64, f64, f64
} on_pre {
^bb0(%x: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  snn.yield %one, %w : f32, f32
} on_post {
^bb0(%x: f32, %w: f32):
  snn.yield %w : f32
}
snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>)
      {plasticity = #snn.plasticity<@keep, {tau = 0.02, w_min = 0.0, w_max = 1.0}>}
      : !snn.spikes<4> -> !snn.current<4>
  // One rule is compiled once.
  %j = snn.one_to_one %in weights(dense<0.5> : tensor<f32>)
      {plasticity = #snn.plasticity<@keep, {tau = 0.03, w_min = 0.0, w_max = 1.0}>}
      : !snn.spikes<4> -> !snn.current<4>
  %s = snn.neuron "s" @relay(%i, %j) {} : (!snn.current<4>, !snn.current<4>) -> !snn.spikes<4>
  snn.output "s" %s : !snn.spikes<4>
}

// The weight is kept between the bounds, the last two coefficients.
// CHECK-LABEL: llvm.func @rule_keep_on_pre(
// CHECK: %[[LOW:.*]] = llvm.load %{{.*}} : !llvm.ptr -> f32
// CHECK: %[[HIGH:.*]] = llvm.load %{{.*}} : !llvm.ptr -> f32
// CHECK: llvm.intr.maximum(%{{.*}}, %[[LOW]])
// CHECK: llvm.intr.minimum(%{{.*}}, %[[HIGH]])
// CHECK-LABEL: llvm.func @rule_keep_on_post(
// CHECK-LABEL: llvm.func @rule_keep_pre_trace(
// CHECK-NOT: llvm.func
// F64-LABEL: llvm.func @rule_keep_on_pre(
// F64: llvm.load %{{.*}} : !llvm.ptr -> f64
