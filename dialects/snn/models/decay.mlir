// A unit without memory that decays what it gets by one step; its output is a
// value:
//   y = exp(-dt/tau) x.
// Source: the recalled memory k_m m_{t-1} of arXiv 2306.16922 (ELM).
// Units: tau in s.
snn.model @decay parameters ["tau"] states [] receptors ["in"]
prepare {
^bb0(%dt: f64, %tau: f64):
  %past = arith.negf %dt : f64
  %exponent = arith.divf %past, %tau : f64
  %keep = math.exp %exponent : f64
  snn.yield %keep : f64
} step {
^bb0(%keep: f32, %in: f32):
  %out = arith.mulf %keep, %in : f32
  snn.yield %out : f32
}
