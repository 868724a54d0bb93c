// A rate neuron; its output is its rate, it never fires:
//   y = 1 / (1 + exp(-c (x - theta))).
// Source: reservoir of arXiv 2504.12480 (r = sigmoid(c (V - theta)), c = 10).
// Units: none.
snn.model @sigmoid_rate parameters ["c", "theta"]
    defaults {c = 10.0 : f64, theta = 0.0 : f64} states [] receptors ["in"]
prepare {
^bb0(%dt: f64, %c: f64, %theta: f64):
  snn.yield %c, %theta : f64, f64
} step {
^bb0(%c: f32, %theta: f32, %in: f32):
  %one = arith.constant 1.0 : f32
  %under = arith.subf %theta, %in : f32
  %exponent = arith.mulf %c, %under : f32
  %power = math.exp %exponent : f32
  %sum = arith.addf %one, %power : f32
  %rate = arith.divf %one, %sum : f32
  snn.yield %rate : f32
}
