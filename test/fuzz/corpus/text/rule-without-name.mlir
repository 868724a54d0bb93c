snn.network @n dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<4>
  %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) {plasticity = #snn.plasticity<@r, {}>} : !snn.spikes<4> -> !snn.current<4>
  %a = snn.neuron "a" @lif(%i) {tau = 0.01, r = 1.0, v_leak = 0.0, v_threshold = 1.0} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "out" %a : !snn.spikes<4>
}
"snn.rule"() ({}, {}, {}) {name = "r"} : () -> ()
