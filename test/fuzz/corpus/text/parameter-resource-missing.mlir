snn.model @relay parameters ["p"] states [] receptors ["in"]
prepare {
^bb0(%dt: f64, %p: f64):
  snn.yield %p : f64
} step {
^bb0(%p: f32, %in: f32):
  %spike = arith.cmpf ogt, %in, %p : f32
  snn.yield %spike : i1
}

snn.network @n dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.dense %in weights(dense<1.0> : tensor<4x4xf32>) : !snn.spikes<4> -> !snn.current<4>
  %a = snn.neuron "a" @relay(%i) {p = dense_resource<gone> : tensor<4xf64>} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "out" %a : !snn.spikes<4>
}
