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
  // expected-error @+1 {{a core from 1 to 185}}
  spin.source @a at [0, 0, 186] node "in" slice [0, 20]
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
  // expected-error @+1 {{there is no spin.core or spin.synapses @c}}
  spin.rows @c table(dense<[[0, -32, 65536, 0, 20]]> : tensor<1x5xi32>)
      addresses(dense<0> : tensor<1xi32>) words(dense<0> : tensor<80xi32>)
}

// -----

// table_c2
spin.program @p machine "m" document "" {
  // expected-error @+1 {{entry 0 can match no packet or leads nowhere}}
  spin.table at [0, 0] entries(dense<[[3, -32, 128]]> : tensor<1x3xi32>)
}

// -----

// kernel_c1
spin.program @p machine "m" document "" {
  // expected-error @+1 {{takes 2 arguments; 1 coefficients, 1 states and 1 receptors were wanted}}
  spin.kernel @k uniform [true] states 1 receptors 1 {
  ^bb0(%v: i32, %in: i32):
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
}

// -----

// kernel_c1
spin.program @p machine "m" document "" {
  // expected-error @+1 {{works on i32, got 'i64'}}
  spin.kernel @k uniform [] states 1 receptors 1 {
  ^bb0(%v: i64, %in: i32):
    %fired = arith.cmpi sgt, %in, %in : i32
    spin.yield %in, %fired : i32, i1
  }
}

// -----

// kernel_c2
spin.program @p machine "m" document "" {
  // expected-error @+1 {{yields 1 values; 1 states and an output were wanted}}
  spin.kernel @k uniform [] states 1 receptors 1 {
  ^bb0(%v: i32, %in: i32):
    spin.yield %v : i32
  }
}

// -----

// core_c1
spin.program @p machine "m" document "" {
  // expected-error @+1 {{needs a slice [begin, end) of 1 to 256 elements}}
  spin.core @c at [0, 0, 1] node "n" slice [0, 300] start 1 runs @k layout [9, 1, 1]
      shifts [0, 0] coefficients [] initial [array<i32: 0>] bias [array<i32: 0>]
}

// -----

// core_c2
spin.program @p machine "m" document "" {
  // expected-error @+1 {{is not an aligned block of keys for 4 elements}}
  spin.core @c at [0, 0, 1] node "n" slice [0, 4] start 1 runs @k layout [2, 1, 1]
      shifts [0, 0] coefficients [] initial [array<i32: 0>] bias [array<i32: 0>] key [2, 4294967292]
}

// -----

// core_c4
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [true] states 1 receptors 1 {
  ^bb0(%c: i32, %v: i32, %in: i32):
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
  // expected-error @+1 {{has 0 coefficient arrays; its kernel needs 1}}
  spin.core @c at [0, 0, 1] node "n" slice [0, 4] start 1 runs @k layout [2, 1, 1]
      shifts [0, 0] coefficients [] initial [array<i32: 0>] bias [array<i32: 0>]
}

// -----

// core_c4
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [true] states 1 receptors 1 {
  ^bb0(%c: i32, %v: i32, %in: i32):
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
  // expected-error @+1 {{coefficient 0 has 4 numbers; kernel @k reads one}}
  spin.core @c at [0, 0, 1] node "n" slice [0, 4] start 1 runs @k layout [2, 1, 1]
      shifts [0, 0] coefficients [array<i32: 1, 2, 3, 4>] initial [array<i32: 0>] bias [array<i32: 0>]
}

// -----

// core_c4
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [true] states 1 receptors 1 {
  ^bb0(%c: i32, %v: i32, %in: i32):
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
  // expected-error @+1 {{has 3 numbers in a coefficient array; 1 or 4 were wanted}}
  spin.core @c at [0, 0, 1] node "n" slice [0, 4] start 1 runs @k layout [2, 1, 1]
      shifts [0, 0] coefficients [array<i32: 1, 2, 3>] initial [array<i32: 0>] bias [array<i32: 0>]
}

// -----

// core_c5
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [true] states 1 receptors 1 {
  ^bb0(%c: i32, %v: i32, %in: i32):
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
  // expected-error @+1 {{has 2 initial arrays; its kernel needs 1}}
  spin.core @c at [0, 0, 1] node "n" slice [0, 4] start 1 runs @k layout [2, 1, 1]
      shifts [0, 0] coefficients [array<i32: 1>] initial [array<i32: 0>, array<i32: 0>] bias [array<i32: 0>]
}

// -----

// core_c5
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [true] states 1 receptors 1 {
  ^bb0(%c: i32, %v: i32, %in: i32):
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
  // expected-error @+1 {{has 0 bias arrays; its kernel needs 1}}
  spin.core @c at [0, 0, 1] node "n" slice [0, 4] start 1 runs @k layout [2, 1, 1]
      shifts [0, 0] coefficients [array<i32: 1>] initial [array<i32: 0>] bias []
}

// -----

// core_c6
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [true] states 1 receptors 1 {
  ^bb0(%c: i32, %v: i32, %in: i32):
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
  // expected-error @+1 {{has 0 shifts; two for each of 1 receptors were wanted}}
  spin.core @c at [0, 0, 1] node "n" slice [0, 4] start 1 runs @k layout [2, 1, 1]
      shifts [] coefficients [array<i32: 1>] initial [array<i32: 0>] bias [array<i32: 0>]
}

// -----

// core_c6
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [true] states 1 receptors 1 {
  ^bb0(%c: i32, %v: i32, %in: i32):
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
  // expected-error @+1 {{shifts must be 0 to 15}}
  spin.core @c at [0, 0, 1] node "n" slice [0, 4] start 1 runs @k layout [2, 1, 1]
      shifts [16, 0] coefficients [array<i32: 1>] initial [array<i32: 0>] bias [array<i32: 0>]
}

// -----

// rows_c2
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [true] states 1 receptors 1 {
  ^bb0(%c: i32, %v: i32, %in: i32):
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
  spin.core @c at [0, 0, 1] node "n" slice [0, 4] start 1 runs @k layout [2, 1, 1]
      shifts [0, 0] coefficients [array<i32: 1>] initial [array<i32: 0>] bias [array<i32: 0>]
  // expected-error @+1 {{table must be a tensor of i32 with 5 columns}}
  spin.rows @c table(dense<[[0, -32, 65536, 0]]> : tensor<1x4xi32>)
      addresses(dense<0> : tensor<1xi32>) words(dense<0> : tensor<80xi32>)
}

// -----

// rows_c3
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [true] states 1 receptors 1 {
  ^bb0(%c: i32, %v: i32, %in: i32):
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
  spin.core @c at [0, 0, 1] node "n" slice [0, 4] start 1 runs @k layout [2, 1, 1]
      shifts [0, 0] coefficients [array<i32: 1>] initial [array<i32: 0>] bias [array<i32: 0>]
  // expected-error @+1 {{words has no data: its resource is missing or elided}}
  spin.rows @c table(dense<[[0, -32, 65536, 0, 20]]> : tensor<1x5xi32>)
      addresses(dense<0> : tensor<1xi32>) words(dense_resource<gone> : tensor<80xi32>)
}

// -----

// table_c1
spin.program @p machine "m" document "" {
  // expected-error @+1 {{entries}}
  spin.table at [0, 0] entries(dense<[[3, -32]]> : tensor<1x2xi32>)
}

// -----

// table_c1: routes of at most 192 bits
spin.program @p machine "m" document "" {
  // expected-error @+1 {{with 3 to 8 columns}}
  spin.table at [0, 0] entries(dense<1> : tensor<1x9xi32>)
}

// -----

// table_c2: a route that is empty in all its columns
spin.program @p machine "m" document "" {
  spin.table at [0, 0] entries(dense<[[0, -32, 0, 4]]> : tensor<1x4xi32>)
  // expected-error @+1 {{leads nowhere}}
  spin.table at [1, 0] entries(dense<[[0, -32, 0, 0]]> : tensor<1x4xi32>)
}

// -----

// kernel_c4: a format for every argument
spin.program @p machine "m" document "" {
  // expected-error @+1 {{has 2 formats for 3 arguments}}
  spin.kernel @k uniform [true] states 1 receptors 1 formats ["u0.32", "s16.15"] {
  ^bb0(%c: i32, %v: i32, %in: i32):
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
}

// -----

// kernel_c4: of 32 bits
spin.program @p machine "m" document "" {
  // expected-error @+1 {{'s16.16' is no fixed-point format of 32 bits}}
  spin.kernel @k uniform [true] states 1 receptors 1 formats ["u0.32", "s16.16", "s16.15"] {
  ^bb0(%c: i32, %v: i32, %in: i32):
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
}

// -----

// kernel_c5: positive counts
spin.program @p machine "m" document "" {
  // expected-error @+1 {{counts 0 : i64 of "exp"; a positive i64 was wanted}}
  spin.kernel @k uniform [] states 1 receptors 1 functions {exp = 0 : i64} {
  ^bb0(%v: i32, %in: i32):
    %fired = arith.cmpi sgt, %v, %in : i32
    spin.yield %v, %fired : i32, i1
  }
}

// -----

// delay_c1
spin.program @p machine "m" document "" {
  spin.source @a at [0, 0, 1] node "in" slice [0, 20] key [0, 4294967264]
  // expected-error @+1 {{needs a slice [begin, end) of 1 to 65536 elements}}
  spin.delay @d at [0, 0, 2] node "in" slice [20, 20] stages 2 step 16 extends @a
}

// -----

// delay_c2: two stages of 20 need 40 keys
spin.program @p machine "m" document "" {
  spin.source @a at [0, 0, 1] node "in" slice [0, 20] key [0, 4294967264]
  // expected-error @+1 {{is not an aligned block of keys for 40 elements}}
  spin.delay @d at [0, 0, 2] node "in" slice [0, 20] stages 2 step 16 extends @a key [32, 4294967264]
}

// -----

// delay_c3: another slice
spin.program @p machine "m" document "" {
  spin.source @a at [0, 0, 1] node "in" slice [0, 20] key [0, 4294967264]
  // expected-error @+1 {{does not send the spikes of its slice}}
  spin.delay @d at [0, 0, 2] node "in" slice [10, 30] stages 2 step 16 extends @a key [64, 4294967232]
}

// -----

// stdp_c1: two numbers
spin.program @p machine "m" document "" {
  // expected-error @+1 {{tau must be two finite numbers}}
  spin.stdp @c nearest tau [5.0] amplitude [1.0, -1.0] bounds [0.0, 20.0]
}

// -----

// stdp_c1: time constants
spin.program @p machine "m" document "" {
  // expected-error @+1 {{time constants are above 0, got 5.000000e+00 and 0.000000e+00}}
  spin.stdp @c tau [5.0, 0.0] amplitude [1.0, 1.0] bounds [0.0, 20.0]
}

// -----

// stdp_c1: bounds
spin.program @p machine "m" document "" {
  // expected-error @+1 {{weights lie between two numbers from 0 up, got -1.000000e+00 and 2.000000e+01}}
  spin.stdp @c multiplicative tau [5.0, 5.0] amplitude [1.0, 1.0] bounds [-1.0, 20.0]
}

// -----

// stdp_c2
spin.program @p machine "m" document "" {
  // expected-error @+1 {{there is no spin.core @c}}
  spin.stdp @c tau [5.0, 5.0] amplitude [1.0, 1.0] bounds [0.0, 20.0]
}

// -----

// synapses_c1
spin.program @p machine "m" document "" {
  // expected-error @+1 {{needs a chip x, y of 0 or more and a core from 1 to 185}}
  spin.synapses @s at [0, 0, 186] node "n" slice [0, 2] feeds @c types [0]
}

// -----

// synapses_c2: another chip
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [] states 0 receptors 1 {
  ^bb0(%in: i32):
    %zero = arith.constant 0 : i32
    %spike = arith.cmpi sgt, %in, %zero : i32
    spin.yield %spike : i1
  }
  spin.core @c at [0, 0, 1] node "n" slice [0, 2] start 1 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>]
  // expected-error @+1 {{feeds @c, which is no spin.core of the same neurons on the same chip}}
  spin.synapses @s at [0, 1, 2] node "n" slice [0, 2] feeds @c types [0]
}

// -----

// synapses_c2: other neurons
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [] states 0 receptors 1 {
  ^bb0(%in: i32):
    %zero = arith.constant 0 : i32
    %spike = arith.cmpi sgt, %in, %zero : i32
    spin.yield %spike : i1
  }
  spin.core @c at [0, 0, 1] node "n" slice [0, 2] start 1 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>]
  // expected-error @+1 {{feeds @c, which is no spin.core of the same neurons on the same chip}}
  spin.synapses @s at [0, 0, 2] node "n" slice [0, 1] feeds @c types [0]
}

// -----

// synapses_c3
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [] states 0 receptors 1 {
  ^bb0(%in: i32):
    %zero = arith.constant 0 : i32
    %spike = arith.cmpi sgt, %in, %zero : i32
    spin.yield %spike : i1
  }
  spin.core @c at [0, 0, 1] node "n" slice [0, 2] start 1 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>]
  // expected-error @+1 {{needs ascending types of ring buffers, 0 to 1}}
  spin.synapses @s at [0, 0, 2] node "n" slice [0, 2] feeds @c types [0, 2]
}

// -----

// program_c1: a synapse core
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [] states 0 receptors 1 {
  ^bb0(%in: i32):
    %zero = arith.constant 0 : i32
    %spike = arith.cmpi sgt, %in, %zero : i32
    spin.yield %spike : i1
  }
  // expected-note @+1 {{the other core}}
  spin.core @c at [0, 0, 1] node "n" slice [0, 2] start 1 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>]
  // expected-error @+1 {{has the place of another core}}
  spin.synapses @s at [0, 0, 1] node "n" slice [0, 2] feeds @c types [0]
}

// -----

// writes_c1: a key
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [] states 0 receptors 1 {
  ^bb0(%in: i32):
    %zero = arith.constant 0 : i32
    %spike = arith.cmpi sgt, %in, %zero : i32
    spin.yield %spike : i1
  }
  spin.core @c at [0, 0, 1] node "n" slice [0, 2] start 1 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>]
  spin.core @w at [0, 0, 2] node "w" slice [0, 2] start 0 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>] key [0, 4294967294]
  // expected-error @+1 {{@w and @c must be spin.cores of the same slice on one chip, the first without a key}}
  spin.writes @w feeds @c types [0] words [0, 0]
}

// -----

// writes_c1: another chip
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [] states 0 receptors 1 {
  ^bb0(%in: i32):
    %zero = arith.constant 0 : i32
    %spike = arith.cmpi sgt, %in, %zero : i32
    spin.yield %spike : i1
  }
  spin.core @c at [0, 0, 1] node "n" slice [0, 2] start 1 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>]
  spin.core @w at [1, 0, 2] node "w" slice [0, 2] start 0 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>]
  // expected-error @+1 {{must be spin.cores of the same slice on one chip}}
  spin.writes @w feeds @c types [0] words [0, 0]
}

// -----

// writes_c2: too few words
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [] states 0 receptors 1 {
  ^bb0(%in: i32):
    %zero = arith.constant 0 : i32
    %spike = arith.cmpi sgt, %in, %zero : i32
    spin.yield %spike : i1
  }
  spin.core @c at [0, 0, 1] node "n" slice [0, 2] start 1 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>]
  spin.core @w at [0, 0, 2] node "w" slice [0, 2] start 0 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>]
  // expected-error @+1 {{has 1 words for 2 neurons}}
  spin.writes @w feeds @c types [0] words [65536]
}

// -----

// writes_c2: another neuron
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [] states 0 receptors 1 {
  ^bb0(%in: i32):
    %zero = arith.constant 0 : i32
    %spike = arith.cmpi sgt, %in, %zero : i32
    spin.yield %spike : i1
  }
  spin.core @c at [0, 0, 1] node "n" slice [0, 2] start 1 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>]
  spin.core @w at [0, 0, 2] node "w" slice [0, 2] start 0 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>]
  // expected-error @+1 {{word 1 leads to another neuron or ring buffer}}
  spin.writes @w feeds @c types [0] words [65536, 65536]
}

// -----

// writes_c2: another type
spin.program @p machine "m" document "" {
  spin.kernel @k uniform [] states 0 receptors 1 {
  ^bb0(%in: i32):
    %zero = arith.constant 0 : i32
    %spike = arith.cmpi sgt, %in, %zero : i32
    spin.yield %spike : i1
  }
  spin.core @c at [0, 0, 1] node "n" slice [0, 2] start 1 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>]
  spin.core @w at [0, 0, 2] node "w" slice [0, 2] start 0 runs @k layout [1, 1, 1]
      shifts [0, 0] coefficients [] initial [] bias [array<i32: 0>]
  // expected-error @+1 {{word 0 leads to another neuron or ring buffer}}
  spin.writes @w feeds @c types [0] words [65538, 65537]
}
