// RUN: limen-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(imc.program(imc-verify-program))'

// A correct program passes.
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.accumulate @g0 bits 24
    imc.update "out" kernel @k
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  // expected-error @+1 {{has 8 weights, its regions hold 6}}
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 3, 2]
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.accumulate @g0 bits 24
    imc.update "out" kernel @k
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  // expected-note @+1 {{this one}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 2, 2]
  // expected-error @+1 {{holds weights that another region holds too}}
  imc.form @t1 of @g0 on @m0 at [4, 0] part [1, 0, 2, 2]
  imc.step {
  }
}

// -----

// expected-error @+1 {{never reads region @t0}}
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  imc.step {
    imc.accumulate @g0 bits 24
    imc.update "out" kernel @k
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    // expected-error @+1 {{is the second read of its region}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.accumulate @g0 bits 24
    imc.update "out" kernel @k
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  imc.step {
    imc.accumulate @g0 bits 24
    // expected-error @+1 {{comes after its matrix was accumulated}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.update "out" kernel @k
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.update "out" kernel @k
    // expected-error @+1 {{comes after the update of "out"}}
    imc.accumulate @g0 bits 24
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  // expected-error @+1 {{is not accumulated once per step}}
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.update "out" kernel @k
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.step {
    imc.update "out" kernel @k
    // expected-error @+1 {{is the second of its population}}
    imc.update "out" kernel @k
  }
}

// -----

// Two layers that take turns, over a sample and in every step.
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "b" receptor 0 rows 4 columns 2 positions 1 blocks [[1, 0, 0, 4]] scale 1.0 factor 1.0
  imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2] conductances(dense<1.0e-6> : tensor<4x4xf64>)
  imc.write @t1 of @g1 on @m0 at [2, 0] part [0, 0, 4, 2] conductances(dense<1.0e-6> : tensor<4x4xf64>)
  imc.load @t0
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.accumulate @g0 bits 24
    imc.update "a" kernel @k
  }
  imc.load @t1
  imc.step {
    imc.read @t1 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.accumulate @g1 bits 24
    imc.update "b" kernel @k
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "b" receptor 0 rows 4 columns 2 positions 1 blocks [[1, 0, 0, 4]] scale 1.0 factor 1.0
  imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2] conductances(dense<1.0e-6> : tensor<4x4xf64>)
  imc.write @t1 of @g1 on @m0 at [2, 0] part [0, 0, 4, 2] conductances(dense<1.0e-6> : tensor<4x4xf64>)
  imc.step {
    imc.load @t0
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.accumulate @g0 bits 24
    imc.update "a" kernel @k
    imc.load @t1
    imc.read @t1 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.accumulate @g1 bits 24
    imc.update "b" kernel @k
  }
}

// -----

// step_c1: the first is not loaded again for the second sample.
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "b" receptor 0 rows 4 columns 2 positions 1 blocks [[1, 0, 0, 4]] scale 1.0 factor 1.0
  imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2] conductances(dense<1.0e-6> : tensor<4x4xf64>)
  imc.write @t1 of @g1 on @m0 at [2, 0] part [0, 0, 4, 2] conductances(dense<1.0e-6> : tensor<4x4xf64>)
  imc.step {
    // expected-error @+1 {{reads region @t0, which is not in its cells}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.accumulate @g0 bits 24
    imc.update "a" kernel @k
  }
  // expected-note @+1 {{this load wrote over it}}
  imc.load @t1
  imc.step {
    imc.read @t1 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.accumulate @g1 bits 24
    imc.update "b" kernel @k
  }
}

// -----

// step_c1: read before it is loaded.
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "b" receptor 0 rows 4 columns 2 positions 1 blocks [[1, 0, 0, 4]] scale 1.0 factor 1.0
  imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2] conductances(dense<1.0e-6> : tensor<4x4xf64>)
  imc.write @t1 of @g1 on @m0 at [2, 0] part [0, 0, 4, 2] conductances(dense<1.0e-6> : tensor<4x4xf64>)
  imc.step {
    // expected-error @+1 {{reads region @t0, which is not in its cells}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.accumulate @g0 bits 24
    imc.update "a" kernel @k
    imc.load @t1
    imc.read @t1 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.accumulate @g1 bits 24
    imc.update "b" kernel @k
    imc.load @t0
  }
}

// -----

// step_c2: a matrix whose regions are read in two steps.
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 8 columns 2 positions 1 blocks [[0, 0, 0, 8]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  imc.form @t1 of @g0 on @m0 at [4, 0] part [4, 0, 4, 2]
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
  }
  imc.step {
    imc.read @t1 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    // expected-error @+1 {{follows 1 reads of its 2 regions; others are in an earlier step}}
    imc.accumulate @g0 bits 24
    imc.update "a" kernel @k
  }
}
