"snn.network"() ({
  %a = "snn.neuron"() : () -> i32
}) : () -> ()
