// A memory unit of an expressive leaky memory neuron, version 2 (Branch-ELM); its
// output is its memory, it never fires:
//   dm = 1.7159 tanh(2/3 (x + bias));
//   m = exp(-dt/tau_m) m + (1 - exp(-dt lambda/tau_m)) dm.
// Source: arXiv 2306.16922 (ELM), lambda = 5.
// Units: tau_m in s.
snn.model @elm_memory parameters ["tau_m", "lambda", "bias"]
    defaults {lambda = 5.0 : f64, bias = 0.0 : f64} states ["m"] receptors ["in"]
prepare {
^bb0(%dt: f64, %tau: f64, %lambda: f64, %bias: f64):
  %past = arith.negf %dt : f64
  %exponent = arith.divf %past, %tau : f64
  %keep = math.exp %exponent : f64
  %faster = arith.mulf %exponent, %lambda : f64
  %lost = math.expm1 %faster : f64
  %gain = arith.negf %lost : f64
  snn.yield %keep, %gain, %bias : f64, f64, f64
} step {
^bb0(%keep: f32, %gain: f32, %bias: f32, %m: f32, %in: f32):
  %two_thirds = arith.constant 0.66666666666666663 : f32
  %height = arith.constant 1.7159 : f32
  %sum = arith.addf %in, %bias : f32
  %scaled = arith.mulf %two_thirds, %sum : f32
  %squashed = math.tanh %scaled : f32
  %delta = arith.mulf %height, %squashed : f32
  %kept = arith.mulf %keep, %m : f32
  %added = arith.mulf %gain, %delta : f32
  %next = arith.addf %kept, %added : f32
  snn.yield %next, %next : f32, f32
}
