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
// expected-error @+1 {{needs an imc.step}}
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
    // expected-error @+1 {{has 8 bits; 2 conversions by 8-bit converters add up to 254 and need 9}}
    imc.accumulate @g0 bits 8
  }
}

// -----

// macro_c2
imc.program @p machine "m" document "" {
  // expected-error @+1 {{allows 9 active rows; 1 to 8 were wanted}}
  imc.macro @m0 rows 8 cols 8 active_rows 9
  imc.step {
  }
}

// -----

// read_c2: fewer rows than the macro has
imc.program @p machine "m" document "" {
  // expected-note @+1 {{the limit is set here}}
  imc.macro @m0 rows 8 cols 8 active_rows 4
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  imc.step {
    // expected-error @+1 {{drives 5 rows at once; macro @m0 allows 1 to 4}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 5
  }
}

// -----

// accumulate_c2: groups of active rows are converted one by one
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 8 columns 2 positions 1 blocks [[0, 0, 0, 8]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 8, 2]
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 3
    // expected-error @+1 {{has 9 bits; 3 conversions by 8-bit converters add up to 381 and need 10}}
    imc.accumulate @g0 bits 9
  }
}

// -----

// accumulate_c2: codes without a sign are larger
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 8 columns 2 positions 1 blocks [[0, 0, 0, 8]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 8, 2]
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64, converter = sar> active_rows 8
    // expected-error @+1 {{has 8 bits; 1 conversions by 8-bit converters add up to 255 and need 9}}
    imc.accumulate @g0 bits 8
  }
}

// -----

// form_c1: a random region that is written to
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "out" receptor 0 rows 1 columns 1 positions 1 blocks [[1, 0, 0, 1]] scale 1.0 factor 1.0
  // expected-note @+1 {{by this region}}
  imc.write @t1 of @g1 on @m0 at [3, 2] part [0, 0, 1, 1] conductances(dense<[[1.0e-6, 2.0e-6]]> : tensor<1x2xf64>)
  // expected-error @+1 {{is formed, but some of its cells are written}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  imc.step {
  }
}

// -----

// form_c2: a measured map with a negative conductance
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 2 columns 1 positions 1 blocks [[0, 0, 0, 2]] scale 1.0 factor 1.0
  // expected-error @+1 {{a conductance of -2.000000e-06 S cannot be measured (row 1, cell column 0 of the region)}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 2, 1] map(dense<[[1.2e-5, 0.0], [-2.0e-6, 1.0e-5]]> : tensor<2x2xf64>)
  imc.step {
  }
}

// -----

// form_c2: a map of another size
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 2 columns 1 positions 1 blocks [[0, 0, 0, 2]] scale 1.0 factor 1.0
  // expected-error @+1 {{has 2 conductances of 'f64'; 4 of f64 were wanted}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 2, 1] map(dense<[[1.2e-5, 0.0]]> : tensor<1x2xf64>)
  imc.step {
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.step {
    // expected-error @+1 {{the range of a converter must be positive, got 0.000000e+00 S}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 0.0 : f64> active_rows 8
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.step {
    // expected-error @+1 {{sums of one side have no sign; a sign_magnitude converter of 8 bits would leave half of its codes unused}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 1.0 : f64, split = true> active_rows 8
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.step {
    // expected-error @+1 {{the noise of a converter must not be negative, got -1.000000e+00 lsb}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 1.0 : f64, noise = -1.0 : f64> active_rows 8
  }
}

// -----

// matrix_c4
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  // expected-error @+1 {{is unrolled and has 9 positions; 1 was wanted}}
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 9 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0 unrolled
  imc.step {
  }
}

// -----

// region_c2: two weights of 3 slices and a column of zeros take 9 cells
imc.program @p machine "m" document "" {
  // expected-note @+1 {{which has 8 x 8}}
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 1 columns 2 positions 1 blocks [[0, 0, 0, 1]] scale 1.0 factor 1.0 cells <sliced_offset, slices = 3, weight_bits = 6, unit_column = true>
  // expected-error @+1 {{1 x 9 cells at array<i64: 0, 0> are outside of macro @m0}}
  imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 1, 2] conductances(dense<1.0> : tensor<1x9xf64>)
  imc.step {
  }
}

// -----

// write_c1: a cell less than the encoding has
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 1 columns 2 positions 1 blocks [[0, 0, 0, 1]] scale 1.0 factor 1.0 cells <offset, unit_column = true>
  // expected-error @+1 {{has 2 conductances of 'f64'; 3 of f64 were wanted}}
  imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 1, 2] conductances(dense<1.0> : tensor<1x2xf64>)
  imc.step {
  }
}

// -----

// form_c3
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 1 columns 2 positions 1 blocks [[0, 0, 0, 1]] scale 1.0 factor 1.0 cells <two_sided>
  // expected-error @+1 {{is formed, but its matrix wants #imc.cells<two_sided>}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 1, 2]
  imc.step {
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  // expected-error @+1 {{cells that are not sliced have one slice and no weight bits, got 2 and 0}}
  imc.matrix @g0 into "out" receptor 0 rows 1 columns 2 positions 1 blocks [[0, 0, 0, 1]] scale 1.0 factor 1.0 cells <offset, slices = 2>
  imc.step {
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  // expected-error @+1 {{2 to 32 weight bits in at least 1 and at most as many slices were wanted, got 8 in 9}}
  imc.matrix @g0 into "out" receptor 0 rows 1 columns 2 positions 1 blocks [[0, 0, 0, 1]] scale 1.0 factor 1.0 cells <sliced_pairs, slices = 9, weight_bits = 8>
  imc.step {
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  // expected-error @+1 {{a cell has 0 (any level) to 16 bits, got 17}}
  imc.matrix @g0 into "out" receptor 0 rows 1 columns 2 positions 1 blocks [[0, 0, 0, 1]] scale 1.0 factor 1.0 cells <two_sided, cell_bits = 17>
  imc.step {
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  // expected-error @+1 {{pairs have no unit column}}
  imc.matrix @g0 into "out" receptor 0 rows 1 columns 2 positions 1 blocks [[0, 0, 0, 1]] scale 1.0 factor 1.0 cells <two_sided, unit_column = true>
  imc.step {
  }
}

// -----

// read_c3
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 1 columns 2 positions 1 blocks [[0, 0, 0, 1]] scale 1.0 factor 1.0 cells <offset>
  imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 1, 2] conductances(dense<1.0> : tensor<1x2xf64>)
  imc.step {
    // expected-error @+1 {{a sign_magnitude converter of 8 bits would leave half of its codes unused}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.step {
    // expected-error @+1 {{pulses have no bits, sign or scale}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 1.0 : f64> active_rows 8 drive <pulses, bits = 8>
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.step {
    // expected-error @+1 {{a driver of this kind has 1 to 24 bits, got 0}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 1.0 : f64> active_rows 8 drive <bit_serial, scale = 1.0 : f64>
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.step {
    // expected-error @+1 {{a driver of this kind has 2 to 24 bits, got 1}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 1.0 : f64> active_rows 8 drive <levels, bits = 1, sign = true, scale = 1.0 : f64>
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.step {
    // expected-error @+1 {{a turn drives 1 to 3 bits, got 4}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 1.0 : f64> active_rows 8 drive <bit_serial, bits = 4, slice_bits = 4, sign = true, scale = 1.0 : f64>
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.step {
    // expected-error @+1 {{levels are driven in one turn}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 1.0 : f64> active_rows 8 drive <levels, bits = 4, once = true, scale = 1.0 : f64>
  }
}

// -----

imc.program @p machine "m" document "" {
  imc.step {
    // expected-error @+1 {{the scale of a driver must be positive}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 1.0 : f64> active_rows 8 drive <levels, bits = 4>
  }
}

// -----

// accumulate_c2: 4 slices of 2 bits and 8 turns shift codes: 255 (1 + 4 + 16 + 64) 255
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 8 columns 1 positions 1 blocks [[0, 0, 0, 8]] scale 1.0 factor 1.0 cells <sliced_offset, slices = 4, weight_bits = 8>
  imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 8, 1] conductances(dense<1.0> : tensor<8x4xf64>)
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64, converter = sar> active_rows 8
        drive <bit_serial, bits = 8, scale = 255.0 : f64>
    // expected-error @+1 {{has 23 bits; 32 conversions by 8-bit converters add up to 5527125 and need 24}}
    imc.accumulate @g0 bits 23
  }
}

// -----

// accumulate_c2: charge of turns is converted once: 255 (1 + 4 + 16 + 64)
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 8 columns 1 positions 1 blocks [[0, 0, 0, 8]] scale 1.0 factor 1.0 cells <sliced_offset, slices = 4, weight_bits = 8>
  imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 8, 1] conductances(dense<1.0> : tensor<8x4xf64>)
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64, converter = sar> active_rows 8
        drive <bit_serial, bits = 8, once = true, scale = 255.0 : f64>
    // expected-error @+1 {{has 15 bits; 4 conversions by 8-bit converters add up to 21675 and need 16}}
    imc.accumulate @g0 bits 15
  }
}

// -----

// accumulate_c3
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.matrix @g0 into "out" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 2, 2]
  imc.form @t1 of @g0 on @m0 at [2, 0] part [2, 0, 2, 2]
  imc.step {
    // expected-note @+1 {{by this read}}
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
    // expected-note @+1 {{and by this one}}
    imc.read @t1 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8 drive <levels, bits = 4, scale = 1.0 : f64>
    // expected-error @+1 {{adds codes of rows that are driven in two ways}}
    imc.accumulate @g0 bits 24
  }
}

// -----

// form_c4: shares a region that is not there
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.macro @m1 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "b" receptor 0 rows 2 columns 2 positions 1 blocks [[1, 0, 0, 2]] scale 1.0 factor 1.0
  // expected-error @+1 {{shares @t9, which is no formed region}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2] shares @t9
  imc.step {
  }
}

// -----

// form_c4: shares cells on another macro
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.macro @m1 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "b" receptor 0 rows 2 columns 2 positions 1 blocks [[1, 0, 0, 2]] scale 1.0 factor 1.0
  // expected-note @+1 {{this one}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  // expected-error @+1 {{shares @t0, but some of its cells are outside}}
  imc.form @t1 of @g1 on @m1 at [0, 0] part [0, 0, 2, 2] shares @t0
  imc.step {
  }
}

// -----

// form_c4: shares cells beyond the region
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.macro @m1 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "b" receptor 0 rows 2 columns 2 positions 1 blocks [[1, 0, 0, 2]] scale 1.0 factor 1.0
  // expected-note @+1 {{this one}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  // expected-error @+1 {{shares @t0, but some of its cells are outside}}
  imc.form @t1 of @g1 on @m0 at [3, 0] part [0, 0, 2, 2] shares @t0
  imc.step {
  }
}

// -----

// form_c4: shares a window
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.macro @m1 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "b" receptor 0 rows 2 columns 2 positions 1 blocks [[1, 0, 0, 2]] scale 1.0 factor 1.0
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  // expected-note @+1 {{this one}}
  imc.form @t1 of @g1 on @m0 at [0, 0] part [0, 0, 2, 2] shares @t0
  // expected-error @+1 {{shares @t1, which shares another region}}
  imc.form @t2 of @g1 on @m0 at [0, 0] part [0, 0, 2, 2] shares @t1
  imc.step {
  }
}

// -----

// form_c5: what was measured of shared cells is measured once
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.macro @m1 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "b" receptor 0 rows 2 columns 2 positions 1 blocks [[1, 0, 0, 2]] scale 1.0 factor 1.0
  // expected-note @+1 {{this one}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  // expected-error @+1 {{shares @t0 and has a map of its own}}
  imc.form @t1 of @g1 on @m0 at [0, 0] part [0, 0, 2, 2] shares @t0 map(dense<1.0e-6> : tensor<2x4xf64>)
  imc.step {
  }
}

// -----

// program_c1: formed cells that overlap without being shared
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.macro @m1 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "b" receptor 0 rows 2 columns 2 positions 1 blocks [[1, 0, 0, 2]] scale 1.0 factor 1.0
  // expected-note @+1 {{by this region}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  // expected-error @+1 {{overlaps another region of its macro}}
  imc.form @t1 of @g1 on @m0 at [2, 0] part [0, 0, 2, 2]
  imc.step {
  }
}

// -----

// load_c1: a formed region that is written to
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.macro @m1 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "b" receptor 0 rows 2 columns 2 positions 1 blocks [[1, 0, 0, 2]] scale 1.0 factor 1.0
  // expected-note @+1 {{this region is never written}}
  imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 4, 2]
  // expected-error @+1 {{writes @t0, which is formed}}
  imc.load @t0
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
  }
}

// -----

// load_c1: a region that is not there
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.macro @m1 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "b" receptor 0 rows 2 columns 2 positions 1 blocks [[1, 0, 0, 2]] scale 1.0 factor 1.0
  imc.step {
    // expected-error @+1 {{region @t0 does not exist}}
    imc.load @t0
  }
}

// -----

// load_c2: loaded for a step that does not read it
imc.program @p machine "m" document "" {
  imc.macro @m0 rows 8 cols 8
  imc.macro @m1 rows 8 cols 8
  imc.matrix @g0 into "a" receptor 0 rows 4 columns 2 positions 1 blocks [[0, 0, 0, 4]] scale 1.0 factor 1.0
  imc.matrix @g1 into "b" receptor 0 rows 2 columns 2 positions 1 blocks [[1, 0, 0, 2]] scale 1.0 factor 1.0
  imc.write @t0 of @g1 on @m0 at [0, 0] part [0, 0, 2, 2] conductances(dense<1.0e-6> : tensor<2x4xf64>)
  // expected-error @+1 {{region @t0 is not read by the imc.step that it is loaded for}}
  imc.load @t0
  imc.step {
  }
  imc.step {
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 8
  }
}
