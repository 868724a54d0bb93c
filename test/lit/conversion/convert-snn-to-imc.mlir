// RUN: limen-opt %s --split-input-file --pass-pipeline='builtin.module(convert-snn-to-llvm,convert-snn-to-imc,imc.program(imc-verify-program))' | FileCheck %s

// A written pair: the largest |weight| reaches 20 uS, 0 rests at 0.1 uS. The
// sign chooses the column. 0.5 of 1.0 is 0.1 + 19.9 / 2 uS.

snn.model @if parameters ["v_threshold"] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %threshold: f64):
  snn.yield %threshold : f64
} step {
^bb0(%threshold: f32, %v: f32, %in: f32):
  %charged = arith.addf %v, %in : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  snn.yield %charged, %spike : f32, i1
}
// CHECK-LABEL: snn.network @written
snn.network @written dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.dense %s weights(dense<[[1.0, -0.5]]> : tensor<1x2xf32>) : !snn.spikes<2> -> !snn.current<1>
  %o = snn.neuron "out" @if(%a) {v_threshold = 1.0 : f64} : (!snn.current<1>) -> !snn.spikes<1>
  snn.output "out" %o : !snn.spikes<1>
}
// CHECK: imc.program @written_imc machine "rram-40nm"
// CHECK: imc.macro @m0 rows 512 cols 512
// CHECK-NOT: imc.macro
// CHECK: imc.matrix @g0 into "out" receptor 0 rows 2 columns 1 positions 1 blocks {{\[\[}}0, 0, 0, 2]] scale 50251.25{{[0-9]*}} factor 1.000000e+00
// CHECK: imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 2, 1]
// CHECK-SAME: [2.000000e-05, 9.99{{[0-9]+}}E-8], [9.99{{[0-9]+}}E-8, 1.00{{[0-9]*[Ee]-0?5}}]
// CHECK: imc.read @t0 adc <bits 8, calibrated, range 1.99{{[0-9]*}}E-5 : f64> active_rows 512
// CHECK-NEXT: imc.accumulate @g0 bits 24
// CHECK-NEXT: imc.update "out" kernel @

// -----

snn.model @if parameters ["v_threshold"] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %threshold: f64):
  snn.yield %threshold : f64
} step {
^bb0(%threshold: f32, %v: f32, %in: f32):
  %charged = arith.addf %v, %in : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  snn.yield %charged, %spike : f32, i1
}
// Input and recurrent weights of one gain are stacked: 456 rows share columns,
// are formed and never written.
// CHECK-LABEL: snn.network @liquid
snn.network @liquid dt 0.001 {
  %s = snn.input "in" : !snn.spikes<256>
  %a = snn.random "w" %s formed_pair(12.21, 0.1486) density 0.5 gain 0.01 seed 1
      : !snn.spikes<256> -> !snn.current<200>
  %r = snn.random "r" %o formed_pair(12.21, 0.1486) density 0.5 gain 0.01 seed 1 delay 1
      : !snn.spikes<200> -> !snn.current<200>
  %o = snn.neuron "liquid" @if(%a, %r) {v_threshold = 1.0 : f64}
      : (!snn.current<200>, !snn.current<200>) -> !snn.spikes<200>
  snn.output "out" %o : !snn.spikes<200>
}
// CHECK: imc.matrix @g0 into "liquid" receptor 0 rows 456 columns 200 positions 1 blocks {{\[\[}}0, 0, 0, 256], [1, 0, 256, 200]] scale 1.000000e+04 factor 1.000000e+00
// CHECK-NOT: imc.write
// CHECK: imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 456, 200]
// CHECK-NOT: imc.macro @m1
