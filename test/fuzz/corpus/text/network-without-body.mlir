"snn.network"() : () -> ()
