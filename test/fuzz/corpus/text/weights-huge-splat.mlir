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
  %in = snn.input "in" : !snn.spikes<1099511627776>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<1099511627776xf32>) : !snn.spikes<1099511627776> -> !snn.current<1099511627776>
  %a = snn.neuron "a" @relay(%i) {p = 0.5} : (!snn.current<1099511627776>) -> !snn.spikes<1099511627776>
  snn.output "out" %a : !snn.spikes<1099511627776>
}
