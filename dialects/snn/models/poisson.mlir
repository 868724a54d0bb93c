// A Poisson source: at most one spike in a step, with the probability that the
// process has an event in it:
//   spike = u < 1 - exp(-rate dt),  u uniform in [0, 1).
// Source: Poisson process of constant rate. Several events of one step are one
// spike; @poisson_count keeps their number. u is a multiple of 2^-24, so the
// probability is exact to 6e-8.
// Units: rate in 1/s.
snn.model @poisson parameters ["rate"] states [] receptors []
prepare {
^bb0(%dt: f64, %rate: f64):
  %mean = arith.mulf %rate, %dt : f64
  %past = arith.negf %mean : f64
  %none = math.expm1 %past : f64
  %probability = arith.negf %none : f64
  snn.yield %probability : f64
} step {
^bb0(%probability: f32):
  %u = snn.uniform 0 : f32
  %spike = arith.cmpf ogt, %probability, %u : f32
  snn.yield %spike : i1
}
