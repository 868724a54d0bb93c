// A sum without memory; its output is a value:
//   y = gain x + bias.
// Source: the linear output y = W_y m + b of arXiv 2306.16922 (ELM).
// Units: none.
snn.model @linear parameters ["gain", "bias"]
    defaults {gain = 1.0 : f64, bias = 0.0 : f64} states [] receptors ["in"]
prepare {
^bb0(%dt: f64, %gain: f64, %bias: f64):
  snn.yield %gain, %bias : f64, f64
} step {
^bb0(%gain: f32, %bias: f32, %in: f32):
  %scaled = arith.mulf %gain, %in : f32
  %out = arith.addf %scaled, %bias : f32
  snn.yield %out : f32
}
