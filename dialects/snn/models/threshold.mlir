// A threshold without memory:
//   spike = x > threshold.
// Source: NIR primitive Threshold (z = [x > threshold]).
snn.model @threshold parameters ["threshold"] states [] receptors ["in"]
prepare {
^bb0(%dt: f64, %threshold: f64):
  snn.yield %threshold : f64
} step {
^bb0(%threshold: f32, %in: f32):
  %spike = arith.cmpf ogt, %in, %threshold : f32
  snn.yield %spike : i1
}
