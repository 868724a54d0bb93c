// RUN: limen-opt %s --split-input-file --verify-diagnostics

// program_c1
spin.program @p machine "m" document "" {
  // expected-note @+1 {{the other core}}
  spin.source @a at [0, 0, 1] node "in" slice [0, 20]
  // expected-error @+1 {{has the place of another core}}
  spin.source @b at [0, 0, 1] node "in" slice [20, 40]
}

// -----

// program_c2
spin.program @p machine "m" document "" {
  // expected-note @+1 {{the other core}}
  spin.source @a at [0, 0, 1] node "in" slice [0, 20] key [0, 4294967264]
  // expected-error @+1 {{has keys of another core}}
  spin.source @b at [0, 0, 2] node "in" slice [20, 30] key [16, 4294967280]
}

// -----

// program_c3
spin.program @p machine "m" document "" {
  spin.table at [0, 0] entries(dense<[[0, -32, 128]]> : tensor<1x3xi32>)
  // expected-error @+1 {{is the second table of its chip}}
  spin.table at [0, 0] entries(dense<[[0, -32, 128]]> : tensor<1x3xi32>)
}

// -----

// source_c1
spin.program @p machine "m" document "" {
  // expected-error @+1 {{a core from 1 to 17}}
  spin.source @a at [0, 0, 18] node "in" slice [0, 20]
}

// -----

// source_c2: 16 keys for 20 elements
spin.program @p machine "m" document "" {
  // expected-error @+1 {{is not an aligned block of keys for 20 elements}}
  spin.source @a at [0, 0, 1] node "in" slice [0, 20] key [0, 4294967280]
}

// -----

// kernel_c3
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [] states 1 receptors 1 {
  ^bb0(%v: i32, %in: i32):
    // expected-error @+1 {{only arith on integers is}}
    %f = arith.sitofp %v : i32 to f32
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
}

// -----

// core_c3
spin.program @p machine "m" document "" {
  // expected-error @+1 {{kernel @k does not exist}}
  spin.core @c at [0, 0, 1] node "n" slice [0, 4] start 1 runs @k layout [2, 1, 1]
      shifts [0, 0] coefficients [] initial [array<i32: 0>] bias [array<i32: 0>]
}

// -----

// core_c7
spin.program @p machine "m" document "" {
  // expected-error @+1 {{do not hold 5 neurons and 2 ring buffers}}
  spin.core @c at [0, 0, 1] node "n" slice [0, 5] start 1 runs @k layout [2, 1, 1]
      shifts [0, 0] coefficients [] initial [array<i32: 0>] bias [array<i32: 0>]
}

// -----

// rows_c1
spin.program @p machine "m" document "" {
  // expected-error @+1 {{there is no spin.core @c}}
  spin.rows @c table(dense<[[0, -32, 65536, 0, 20]]> : tensor<1x5xi32>)
      addresses(dense<0> : tensor<1xi32>) words(dense<0> : tensor<80xi32>)
}

// -----

// table_c2
spin.program @p machine "m" document "" {
  // expected-error @+1 {{entry 0 can match no packet or leads nowhere}}
  spin.table at [0, 0] entries(dense<[[3, -32, 128]]> : tensor<1x3xi32>)
}
