// A rectifier without memory, the hidden unit of a small network beside neurons;
// its output is a value:
//   y = max(x + bias, 0).
// Source: the hidden layer of the network in arXiv 2306.16922 (ELM).
// Units: none.
snn.model @relu parameters ["bias"] defaults {bias = 0.0 : f64} states [] receptors ["in"]
prepare {
^bb0(%dt: f64, %bias: f64):
  snn.yield %bias : f64
} step {
^bb0(%bias: f32, %in: f32):
  %zero = arith.constant 0.0 : f32
  %sum = arith.addf %in, %bias : f32
  %out = arith.maximumf %sum, %zero : f32
  snn.yield %out : f32
}
