"snn.network"() ({}) : () -> ()
