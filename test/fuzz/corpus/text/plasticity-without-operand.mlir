snn.network @n dt 1.0e-3 {
  %i = "snn.one_to_one"() {plasticity = #snn.plasticity<@r, {}>} : () -> !snn.current<4>
}
