// Integrator, one unit of time per step; its output is its membrane, it never
// fires:
//   v += r x.
// Source: NIR primitive I (v' = R i), discretised with a step of 1 as IF is.
snn.model @i parameters ["r"] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %r: f64):
  snn.yield %r : f64
} step {
^bb0(%r: f32, %v: f32, %in: f32):
  %gain = arith.mulf %r, %in : f32
  %next = arith.addf %v, %gain : f32
  snn.yield %next, %next : f32, f32
}
