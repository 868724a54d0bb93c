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
  %in = snn.input "in" : !snn.spikes<1x2x2>
  %i = snn.conv2d %in weights(dense<1.0> : tensor<1x1x2x2xf32>) stride [1, 1] padding [9223372036854775807, 9223372036854775807] dilation [9223372036854775807, 9223372036854775807] : !snn.spikes<1x2x2> -> !snn.current<1x2x2>
  %a = snn.neuron "a" @relay(%i) {p = 0.5} : (!snn.current<1x2x2>) -> !snn.spikes<1x2x2>
  snn.output "out" %a : !snn.spikes<1x2x2>
}
