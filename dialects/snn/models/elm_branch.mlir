// A branch (or synapse) of an expressive leaky memory neuron; its output is its
// trace, it never fires:
//   b = exp(-dt/tau) b + x.
// Source: arXiv 2306.16922 (ELM): b_t = k_b b_{t-1} + sum w_s x, tau_b = 5 ms; the
// synaptic traces s of version 1 with tau_s.
// Units: tau in s.
snn.model @elm_branch parameters ["tau"] defaults {tau = 0.005 : f64}
    states ["b"] receptors ["in"]
prepare {
^bb0(%dt: f64, %tau: f64):
  %past = arith.negf %dt : f64
  %exponent = arith.divf %past, %tau : f64
  %keep = math.exp %exponent : f64
  snn.yield %keep : f64
} step {
^bb0(%keep: f32, %b: f32, %in: f32):
  %kept = arith.mulf %keep, %b : f32
  %next = arith.addf %kept, %in : f32
  snn.yield %next, %next : f32, f32
}
