// RUN: limen-opt %s --split-input-file --verify-diagnostics

// program_c1
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  // expected-note @+1 {{by this region}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  // expected-error @+1 {{overlaps another region of its macro}}
  imc.form @t1 of @g0 on @m0 at [3, 3] part [0, 0, 4, 2]
  imc.step {
  }
}

// -----

// program_c2
// expected-error @+1 {{needs exactly one imc.step}}
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
}

// -----

// macro_c1
imc.program @p machine "m" document "" {
  // expected-error @+1 {{has 8 x 7 cells; positive rows and an even number of columns were wanted}}
  imc.macro @m0 rows 8 cols 7
  imc.step {
  }
}

// -----

// matrix_c1
imc.program @p machine "m" document "" {
  // expected-error @+1 {{rows, columns and positions must be positive}}
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 0 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.step {
  }
}

// -----

// matrix_c2
imc.program @p machine "m" document "" {
  // expected-error @+1 {{a block starts at row 3; row 2 was wanted}}
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 2], [1, 0, 3, 1]] scale 1.0 factor 1.0
  imc.step {
  }
}

// -----

// matrix_c2
imc.program @p machine "m" document "" {
  // expected-error @+1 {{blocks have 2 rows, the matrix has 4}}
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 2]] scale 1.0 factor 1.0
  imc.step {
  }
}

// -----

// matrix_c2
imc.program @p machine "m" document "" {
  // expected-error @+1 {{a block is [projection, matrix, first row, rows]}}
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 4]] scale 1.0 factor 1.0
  imc.step {
  }
}

// -----

// matrix_c3
imc.program @p machine "m" document "" {
  // expected-error @+1 {{scale and factor must be positive, got -1}}
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale -1.0 factor 1.0
  imc.step {
  }
}

// -----

// region_c1
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  // expected-error @+1 {{matrix @g7 does not exist}}
  imc.form @t0 of @g7 on @m0 at [0, 0] part [0, 0, 4, 2]
  imc.step {
  }
}

// -----

// region_c1
imc.program @p machine "m" document "" {
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  // expected-error @+1 {{macro @m0 does not exist}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  imc.step {
  }
}

// -----

// region_c2: two columns take four cells
imc.program @p machine "m" document "" {
  // expected-note @+1 {{which has 8 x 8}}
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  // expected-error @+1 {{are outside of macro @m0}}
  imc.form @t0 of @g0 on @m0 at [0, 5] part [0, 0, 4, 2]
  imc.step {
  }
}

// -----

// region_c2
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  // expected-error @+1 {{is outside of matrix @g0 (4 x 2)}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [1, 0, 4, 2]
  imc.step {
  }
}

// -----

// write_c1
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 1 columns 1 positions 1 blocks [[0, 0, 0, 1]] scale 1.0 factor 1.0
  // expected-error @+1 {{a conductance of -1}}
  imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 1, 1] conductances(dense<[[1.0, -1.0]]> : tensor<1x2xf64>)
  imc.step {
  }
}

// -----

// write_c1
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 1 columns 1 positions 1 blocks [[0, 0, 0, 1]] scale 1.0 factor 1.0
  // expected-error @+1 {{has 3 conductances of 'f64'; 2 of f64 were wanted}}
  imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 1, 1] conductances(dense<1.0> : tensor<1x3xf64>)
  imc.step {
  }
}

// -----

// write_c2
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 1 columns 1 positions 1 blocks [[0, 0, 0, 1]] scale 1.0 factor 1.0
  // expected-error @+1 {{of conductances is missing}}
  imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 1, 1] conductances(dense_resource<gone> : tensor<1x2xf64>)
  imc.step {
  }
}

// -----

// form_c1
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 1 columns 1 positions 1 blocks [[0, 0, 0, 1]] scale 1.0 factor 1.0
  // expected-note @+1 {{by this region}}
  imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 1, 1] conductances(dense<1.0> : tensor<1x2xf64>)
  // expected-error @+1 {{is formed, but some of its cells are written}}
  imc.form @t1 of @g0 on @m0 at [0, 0] part [0, 0, 1, 1]
  imc.step {
  }
}

// -----

// read_c1
imc.program @p machine "m" document "" {
  imc.step {
    // expected-error @+1 {{region @t0 does not exist}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 512
  }
}

// -----

// read_c2
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  imc.step {
    // expected-error @+1 {{drives 9 rows at once; macro @m0 allows 1 to 8}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 9
  }
}

// -----

// accumulate_c1
imc.program @p machine "m" document "" {
  imc.step {
    // expected-error @+1 {{matrix @g0 does not exist}}
    imc.accumulate @g0 bits 24
  }
}

// -----

// accumulate_c2: two reads of at most 127 sum to 254, 8 bits and a sign.
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 2, 2]
  imc.form @t1 of @g0 on @m0 at [2, 0] part [2, 0, 2, 2]
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    imc.read @t1 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    // expected-error @+1 {{has 8 bits; 2 reads of 8-bit converters need 9}}
    imc.accumulate @g0 bits 8
  }
}
