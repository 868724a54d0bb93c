// The soma of a neuron with active dendrites, forward Euler; up to `limit`
// depolarised segments raise the potential that it tends to by `lift` each
// (limit = 1: any segment, a logical or):
//   v += dt/tau ((v_leak - v) + r x + lift min(segments, limit));
//   spike = v > v_threshold;  v = v_reset on a spike.
// Source: Ahmad & Hawkins, arXiv 1601.00720 (a depolarised cell fires earlier), with
// the membrane of NIR's LIF.
// Units: tau in s; v, lift and r x in one unit.
snn.model @dendrite_soma
    parameters ["tau", "r", "v_leak", "v_threshold", "v_reset", "lift", "limit"]
    defaults {r = 1.0 : f64, v_leak = 0.0 : f64, v_reset = 0.0 : f64, limit = 1.0 : f64}
    states ["v"] receptors ["feedforward", "segments"]
prepare {
^bb0(%dt: f64, %tau: f64, %r: f64, %leak: f64, %threshold: f64, %reset: f64, %lift: f64,
     %limit: f64):
  %rate = arith.divf %dt, %tau : f64
  snn.yield %rate, %r, %leak, %threshold, %reset, %lift, %limit
      : f64, f64, f64, f64, f64, f64, f64
} step {
^bb0(%rate: f32, %r: f32, %leak: f32, %threshold: f32, %reset: f32, %lift: f32,
     %limit: f32, %v: f32, %in: f32, %segments: f32):
  %toward = arith.subf %leak, %v : f32
  %drive = arith.mulf %r, %in : f32
  %some = arith.addf %toward, %drive : f32
  %counted = arith.minimumf %segments, %limit : f32
  %lifted = arith.mulf %lift, %counted : f32
  %slope = arith.addf %some, %lifted : f32
  %change = arith.mulf %rate, %slope : f32
  %charged = arith.addf %v, %change : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  %next = arith.select %spike, %reset, %charged : f32
  snn.yield %next, %spike : f32, i1
}
