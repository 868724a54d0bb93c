// Leaky integrator, forward Euler; its output is its membrane, it never fires:
//   v += dt/tau ((v_leak - v) + r x).
// Source: NIR primitive LI (tau v' = (v_leak - v) + R i).
snn.model @li parameters ["tau", "r", "v_leak"] states ["v"] receptors ["in"] units {tau = "s"}
prepare {
^bb0(%dt: f64, %tau: f64, %r: f64, %leak: f64):
  %rate = arith.divf %dt, %tau : f64
  snn.yield %rate, %r, %leak : f64, f64, f64
} step {
^bb0(%rate: f32, %r: f32, %leak: f32, %v: f32, %in: f32):
  %toward = arith.subf %leak, %v : f32
  %drive = arith.mulf %r, %in : f32
  %slope = arith.addf %toward, %drive : f32
  %change = arith.mulf %rate, %slope : f32
  %next = arith.addf %v, %change : f32
  snn.yield %next, %next : f32, f32
}
