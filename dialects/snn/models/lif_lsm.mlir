// The neuron of a liquid state machine on resistive memory:
//   m = decay m + x;  spike = m > v_threshold;  m = 0 on a spike,
// which is m = decay m (1 - s) + x with the spike s of the last step.
// Source: liquid of arXiv 2307.00771 (Nature Computational Science 5, 2025).
snn.model @lif_lsm parameters ["decay", "v_threshold"] states ["m"] receptors ["in"]
prepare {
^bb0(%dt: f64, %decay: f64, %threshold: f64):
  snn.yield %decay, %threshold : f64, f64
} step {
^bb0(%decay: f32, %threshold: f32, %m: f32, %in: f32):
  %zero = arith.constant 0.0 : f32
  %kept = arith.mulf %decay, %m : f32
  %charged = arith.addf %kept, %in : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  %next = arith.select %spike, %zero, %charged : f32
  snn.yield %next, %spike : f32, i1
}
