// RUN: limen-opt %s --pass-pipeline='builtin.module(snn.network(snn-quantize-weights{bits=3}))' 2>%t | FileCheck %s --check-prefix=TENSOR
// RUN: FileCheck %s --check-prefix=REMARK --input-file %t
// RUN: limen-opt %s --pass-pipeline='builtin.module(snn.network(snn-quantize-weights{bits=3 per-channel=true}))' 2>/dev/null | FileCheck %s --check-prefix=CHANNEL
// RUN: limen-opt %s --pass-pipeline='builtin.module(snn.network(snn-quantize-weights{bits=3 power-of-two=true}))' 2>/dev/null | FileCheck %s --check-prefix=POWER
// RUN: not limen-opt %s --pass-pipeline='builtin.module(snn.network(snn-quantize-weights{bits=1}))' 2>&1 | FileCheck %s --check-prefix=WRONG

// Three bits: codes -3 to 3. The largest weight is 3, so the scale is 1; ties go to
// even. In the second channel alone it is 0.5 / 3.
// TENSOR: weights(dense<{{\[\[}}3.000000e+00, -2.000000e+00, 2.000000e+00], [0.000000e+00, 0.000000e+00, 0.000000e+00]]> : tensor<2x3xf32>) {weight_bits = 3 : i64}
// CHANNEL: weights(dense<{{\[\[}}3.000000e+00, -2.000000e+00, 2.000000e+00], [5.000000e-01, 0.16666667{{[0-9]*}}, -5.000000e-01]]>
// POWER: weights(dense<{{\[\[}}3.000000e+00, -2.000000e+00, 2.000000e+00]
// REMARK: remark: weights rounded to 3 bits: scale 1, largest error 0.5,
// REMARK-SAME: 18 bits of weights, 192 before
// WRONG: error: snn-quantize-weights: bits must be 2 to 16, got 1

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
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<3>
  %a = snn.dense %s weights(dense<[[3.0, -2.5, 1.5], [0.5, 0.2, -0.5]]> : tensor<2x3xf32>) : !snn.spikes<3> -> !snn.current<2>
  %o = snn.neuron "out" @if(%a) {v_threshold = 1.0 : f64} : (!snn.current<2>) -> !snn.spikes<2>
  snn.output "out" %o : !snn.spikes<2>
}
