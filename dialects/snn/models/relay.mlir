// A unit without memory whose output is the sum of its inputs:
//   y = x.
// Source: NIR primitive Output fed by nodes that are not neurons (y = x).
snn.model @relay parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  snn.yield %in : f32
}
