// Leaky integrate-and-fire of networks trained by pairing spikes, forward Euler,
// with an update from 0 in the step of a spike:
//   v += rate dt (-v + x + r i);  spike = v > v_threshold;
//   v = rate dt (x + r i) on a spike.
// x is what the synapses give (V), i a current (A).
// Source: arXiv 1810.03199 (PSPM): rate 30 Hz, R = 1e8 Ohm, threshold 0.03 V,
// steps of 3 ms.
// Units: rate in 1/s, r in Ohm, v in V.
snn.model @pspm_lif parameters ["rate", "r", "v_threshold"]
    defaults {rate = 30.0 : f64, r = 1.0e8 : f64, v_threshold = 0.03 : f64}
    states ["v"] receptors ["synapses", "current"]
prepare {
^bb0(%dt: f64, %rate: f64, %r: f64, %threshold: f64):
  %share = arith.mulf %rate, %dt : f64
  snn.yield %share, %r, %threshold : f64, f64, f64
} step {
^bb0(%share: f32, %r: f32, %threshold: f32, %v: f32, %synapses: f32, %current: f32):
  %injected = arith.mulf %r, %current : f32
  %drive = arith.addf %synapses, %injected : f32
  %slope = arith.subf %drive, %v : f32
  %change = arith.mulf %share, %slope : f32
  %charged = arith.addf %v, %change : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  %restart = arith.mulf %share, %drive : f32
  %next = arith.select %spike, %restart, %charged : f32
  snn.yield %next, %spike : f32, i1
}
