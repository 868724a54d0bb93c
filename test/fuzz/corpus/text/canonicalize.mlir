// RUN: limen-opt %s --canonicalize | FileCheck %s

snn.model @relay parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  %half = arith.constant 0.5 : f32
  %spike = arith.cmpf ogt, %in, %half : f32
  snn.yield %spike : i1
}

// CHECK-LABEL: snn.network @reshapes
snn.network @reshapes dt 1.0e-3 {
  // CHECK: %[[IN:.*]] = snn.input
  %in = snn.input "in" : !snn.spikes<4x6>
  // Two shape changes are one.
  %a = snn.reshape %in : !snn.spikes<4x6> -> !snn.spikes<2x12>
  %b = snn.reshape %a : !snn.spikes<2x12> -> !snn.spikes<24>
  // CHECK-NEXT: %[[FLAT:.*]] = snn.reshape %[[IN]] : !snn.spikes<4x6> -> !snn.spikes<24>
  // CHECK-NEXT: %[[I:.*]] = snn.one_to_one %[[FLAT]]
  %i = snn.one_to_one %b weights(dense<1.0> : tensor<f32>) : !snn.spikes<24> -> !snn.current<24>
  // There and back is nothing.
  %c = snn.reshape %in : !snn.spikes<4x6> -> !snn.spikes<24>
  %d = snn.reshape %c : !snn.spikes<24> -> !snn.spikes<4x6>
  // CHECK-NEXT: %[[J:.*]] = snn.one_to_one %[[IN]]
  %j = snn.one_to_one %d weights(dense<1.0> : tensor<f32>) : !snn.spikes<4x6> -> !snn.current<4x6>
  // A population nobody reads goes.
  // CHECK-NOT: "unread"
  %unread = snn.neuron "unread" @relay(%i) {} : (!snn.current<24>) -> !snn.spikes<24>
  // CHECK: snn.neuron "read" @relay(%[[I]], %[[J]])
  %s = snn.neuron "read" @relay(%i, %j) {} : (!snn.current<24>, !snn.current<4x6>) -> !snn.spikes<4x6>
  snn.output "out" %s : !snn.spikes<4x6>
}
