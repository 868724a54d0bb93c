// RUN: limen-opt %s | limen-opt | FileCheck %s

// The example of imc.program, and every member.

// CHECK: imc.program @net machine "rram-40nm" document "..."
imc.program @net machine "rram-40nm" document "..." {
  // CHECK: imc.macro @m0 rows 512 cols 512
  imc.macro @m0 rows 512 cols 512
  // CHECK: imc.matrix @g0 into "out" receptor 0 rows 2 columns 1 positions 1 blocks {{\[\[}}0, 0, 0, 2]] scale 1.000000e+04 factor 1.000000e+00
  imc.matrix @g0 into "out" receptor 0 rows 2 columns 1 positions 1
      blocks [[0, 0, 0, 2]] scale 1.0e4 factor 1.0
  // CHECK: imc.matrix @g1 into "out" receptor 0 rows 456 columns 200
  imc.matrix @g1 into "out" receptor 0 rows 456 columns 200 positions 1
      blocks [[1, 0, 0, 256], [2, 0, 256, 200]] scale 2.0e4 factor 0.25
  // CHECK: imc.write @t0 of @g0 on @m0 at [456, 0] part [0, 0, 2, 1]
  // CHECK-SAME: conductances(dense<{{.*}}> : tensor<2x2xf64>)
  imc.write @t0 of @g0 on @m0 at [456, 0] part [0, 0, 2, 1]
      conductances(dense<[[2.0e-5, 1.0e-7], [1.0e-7, 2.0e-5]]> : tensor<2x2xf64>)
  // CHECK: imc.form @t1 of @g1 on @m0 at [0, 0] part [0, 0, 456, 200]
  imc.form @t1 of @g1 on @m0 at [0, 0] part [0, 0, 456, 200]
  // CHECK: imc.macro @m1 rows 8 cols 8 active_rows 4
  imc.macro @m1 rows 8 cols 8 active_rows 4
  imc.matrix @g2 into "out" receptor 0 rows 1 columns 1 positions 1 blocks [[3, 0, 0, 1]] scale 1.0 factor 1.0
  // CHECK: imc.form @t2 of @g2 on @m1 at [0, 0] part [0, 0, 1, 1]
  // CHECK-SAME: map(dense<{{.*}}> : tensor<1x2xf64>)
  imc.form @t2 of @g2 on @m1 at [0, 0] part [0, 0, 1, 1] map(dense<[[1.22e-5, 0.0]]> : tensor<1x2xf64>)
  // CHECK: imc.matrix @g3 {{.*}} cells <sliced_offset, slices = 4, weight_bits = 8, cell_bits = 2, unit_column = true> unrolled
  imc.matrix @g3 into "out" receptor 0 rows 1 columns 1 positions 1 blocks [[4, 0, 0, 1]] scale 1.0 factor 1.0
      cells <sliced_offset, slices = 4, weight_bits = 8, cell_bits = 2, unit_column = true> unrolled
  // CHECK: imc.write @t3 {{.*}} : tensor<1x8xf64>
  imc.write @t3 of @g3 on @m1 at [1, 0] part [0, 0, 1, 1] conductances(dense<1.0e-6> : tensor<1x8xf64>)
  imc.matrix @g4 into "in" receptor 0 rows 4 columns 2 positions 1 blocks [[4, 0, 0, 4]] scale 1.0 factor 1.0
  // CHECK: imc.form @t4 of @g4 on @m0 at [100, 2] part [0, 0, 4, 2] shares @t1
  imc.form @t4 of @g4 on @m0 at [100, 2] part [0, 0, 4, 2] shares @t1
  // CHECK: imc.load @t0
  imc.load @t0
  // CHECK: imc.step
  imc.step {
    // CHECK: imc.read @t0 adc <bits 8, fixed, range 4.000000e-05 : f64> active_rows 512
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 512
    // CHECK: imc.read @t1 adc <bits 0, calibrated, range 4.000000e-05 : f64> active_rows 16
    imc.read @t1 adc #imc.adc<bits 0, calibrated, range 4.0e-5 : f64> active_rows 16
    // CHECK: imc.read @t2 adc <bits 6, calibrated, range 2.000000e-05 : f64, converter = sar, rounding = down, split = true, offset = 5.000000e-01 : f64, noise = 3.000000e-01 : f64> active_rows 4
    imc.read @t2 adc #imc.adc<bits 6, calibrated, range 2.0e-5 : f64, converter = sar, rounding = down, split = true, offset = 0.5 : f64, noise = 0.3 : f64> active_rows 4
    // CHECK: imc.read @t3 adc <bits 8, fixed, range 2.000000e-05 : f64, converter = sar> active_rows 4 drive <bit_serial, bits = 8, slice_bits = 2, once = true, sign = true, scale = 1.270000e+02 : f64>
    imc.read @t3 adc #imc.adc<bits 8, fixed, range 2.0e-5 : f64, converter = sar> active_rows 4
        drive <bit_serial, bits = 8, slice_bits = 2, once = true, sign = true, scale = 127.0 : f64>
    // CHECK: imc.accumulate @g0 bits 24
    imc.accumulate @g0 bits 24
    imc.accumulate @g1 bits 24
    // CHECK: imc.relay 3 into "out"
    imc.relay 3 into "out"
    // CHECK: imc.update "out" kernel @step_out
    imc.update "out" kernel @step_out
  }
}
