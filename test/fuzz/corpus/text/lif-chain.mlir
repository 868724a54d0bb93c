// Two inputs drive three neurons, which drive one that also hears itself a step
// later. The models @lif and @if are built in.
snn.network @chain dt 1.0e-3 {
  %in = snn.input "in" : !snn.spikes<2>
  %i0 = snn.dense %in weights(dense<[[1.5, 0.0], [0.0, 1.5], [0.75, 0.75]]> : tensor<3x2xf32>)
      : !snn.spikes<2> -> !snn.current<3>
  %hidden = snn.neuron "hidden" @lif(%i0) {tau = 0.005, r = 4.0, v_leak = 0.0, v_threshold = 1.0}
      : (!snn.current<3>) -> !snn.spikes<3>

  %i1 = snn.dense %hidden weights(dense<0.5> : tensor<1x3xf32>) : !snn.spikes<3> -> !snn.current<1>
  %self = snn.one_to_one %out weights(dense<-0.25> : tensor<f32>) delay 1 : !snn.spikes<1> -> !snn.current<1>
  %out = snn.neuron "out" @if(%i1, %self) {r = 1.0, v_threshold = 0.9}
      : (!snn.current<1>, !snn.current<1>) -> !snn.spikes<1>
  snn.output "out" %out : !snn.spikes<1>
}
