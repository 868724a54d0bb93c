snn.model @m parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  %z = arith.constant 0 : i64
  %o = arith.constant 1 : i64
  %h = arith.constant 1.0e300 : f64
  %q = arith.divsi %o, %z : i64
  %s = arith.shli %q, %o : i64
  %c = arith.fptosi %h : f64 to i64
  %d = arith.addi %s, %c : i64
  %f = arith.sitofp %d : i64 to f64
  snn.yield %f : f64
} step {
^bb0(%c: f32, %in: f32):
  %spike = arith.cmpf ogt, %in, %c : f32
  snn.yield %spike : i1
}
snn.network @n dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
  %a = snn.neuron "a" @m(%i) {} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "out" %a : !snn.spikes<4>
}
