// Leaky integrate-and-fire, exact while its input is constant over a step:
//   v += (1 - exp(-dt/tau)) ((v_leak - v) + r x);  spike = v > v_threshold;
//   v = v_reset on a spike.
// Source: NIR primitive LIF (tau v' = (v_leak - v) + R i), integrated over dt.
// Units: tau in s; v_leak, v_threshold, v_reset and r x in one unit.
snn.model @lif_exact parameters ["tau", "r", "v_leak", "v_threshold", "v_reset"]
    defaults {r = 1.0 : f64, v_leak = 0.0 : f64, v_reset = 0.0 : f64}
    states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %tau: f64, %r: f64, %leak: f64, %threshold: f64, %reset: f64):
  %past = arith.negf %dt : f64
  %exponent = arith.divf %past, %tau : f64
  %lost = math.expm1 %exponent : f64
  %rate = arith.negf %lost : f64
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
