// RUN: limen-opt %s --convert-snn-to-llvm | FileCheck %s --check-prefixes=CHECK,F32
// RUN: limen-opt %s --convert-snn-to-llvm=precision=float64 | FileCheck %s --check-prefixes=CHECK,F64

snn.model @relay parameters ["threshold"] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %threshold: f64):
  snn.yield %threshold : f64
} step {
^bb0(%threshold: f32, %v: f32, %in: f32):
  %sum = arith.addf %v, %in : f32
  %spike = arith.cmpf ogt, %sum, %threshold : f32
  snn.yield %sum, %spike : f32, i1
}

snn.network @net dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
  // CHECK: snn.neuron "uniform" @relay({{.*}}) {{.*}} kernel @step_uniform
  %u = snn.neuron "uniform" @relay(%i) {threshold = 1.0} : (!snn.current<4>) -> !snn.spikes<4>
  // CHECK: snn.neuron "each" @relay({{.*}}) {{.*}} kernel @step_each
  %e = snn.neuron "each" @relay(%i) {threshold = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf64>}
      : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "u" %u : !snn.spikes<4>
  snn.output "e" %e : !snn.spikes<4>
}

// A uniform coefficient is loaded before the loop.
// CHECK-LABEL: llvm.func @step_uniform
// CHECK-SAME: (%{{.*}}: i64, %{{.*}}: i64, %[[C:.*]]: !llvm.ptr, %[[S:.*]]: !llvm.ptr, %[[I:.*]]: !llvm.ptr, %[[OUT:.*]]: !llvm.ptr)
// F32: %[[THRESHOLD:.*]] = llvm.load %{{.*}} : !llvm.ptr -> f32
// F64: %[[THRESHOLD:.*]] = llvm.load %{{.*}} : !llvm.ptr -> f64
// CHECK: ^bb2:
// CHECK: llvm.fadd
// CHECK: %[[SPIKE:.*]] = llvm.fcmp "ogt" %{{.*}}, %[[THRESHOLD]]
// CHECK: llvm.zext %[[SPIKE]] : i1 to i8
// CHECK: llvm.br ^bb1{{.*}}loop_annotation

// One per neuron is loaded inside.
// CHECK-LABEL: llvm.func @step_each
// CHECK: ^bb2:
// CHECK: %[[OWN:.*]] = llvm.load
// CHECK: llvm.fcmp "ogt" %{{.*}}, %[[OWN]]
