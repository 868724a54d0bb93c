// The leaky integrate-and-fire neuron of deep spiking networks:
//   m += (x - m) / steps;  spike = m > v_threshold;  m = 0 on a spike.
// Source: SNN of arXiv 2505.10176 (IEMF): m += (x - m)/tau, tau = 2, threshold
// 0.5, hard reset.
// Units: steps is the time constant in steps; m, x and v_threshold in one unit.
snn.model @lif_tau parameters ["steps", "v_threshold"]
    defaults {steps = 2.0 : f64, v_threshold = 0.5 : f64} states ["m"] receptors ["in"]
prepare {
^bb0(%dt: f64, %steps: f64, %threshold: f64):
  %one = arith.constant 1.0 : f64
  %rate = arith.divf %one, %steps : f64
  snn.yield %rate, %threshold : f64, f64
} step {
^bb0(%rate: f32, %threshold: f32, %m: f32, %in: f32):
  %zero = arith.constant 0.0 : f32
  %toward = arith.subf %in, %m : f32
  %change = arith.mulf %rate, %toward : f32
  %charged = arith.addf %m, %change : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  %next = arith.select %spike, %zero, %charged : f32
  snn.yield %next, %spike : f32, i1
}
