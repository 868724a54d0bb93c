// Leaky integrate-and-fire, forward Euler:
//   v += dt/tau ((v_leak - v) + r x);  spike = v > v_threshold;  v = v_reset.
// Source: NIR primitive LIF (tau v' = (v_leak - v) + R i).
snn.model @lif parameters ["tau", "r", "v_leak", "v_threshold", "v_reset"]
    defaults {v_reset = 0.0 : f64} states ["v"] receptors ["in"] units {tau = "s"}
prepare {
^bb0(%dt: f64, %tau: f64, %r: f64, %leak: f64, %threshold: f64, %reset: f64):
  %rate = arith.divf %dt, %tau : f64
  snn.yield %rate, %r, %leak, %threshold, %reset : f64, f64, f64, f64, f64
} step {
^bb0(%rate: f32, %r: f32, %leak: f32, %threshold: f32, %reset: f32, %v: f32, %in: f32):
  %toward = arith.subf %leak, %v : f32
  %drive = arith.mulf %r, %in : f32
  %slope = arith.addf %toward, %drive : f32
  %change = arith.mulf %rate, %slope : f32
  %charged = arith.addf %v, %change : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  %next = arith.select %spike, %reset, %charged : f32
  snn.yield %next, %spike : f32, i1
}
