// Adaptive exponential integrate-and-fire neuron, by Euler's rule:
//   v += dt/tau_m (v_rest - v + delta_t exp((min(v, v_spike) - v_thresh)/delta_t)
//        + tau_m/cm (x + i_offset - w));
//   w += dt/tau_w (a (v - v_rest) - w), v from before the step;
//   spike = v >= v_spike;  v = v_reset, w += b on a spike.
// Source: Brette & Gerstner 2005; parameters and defaults of PyNN's
// EIF_cond_exp_isfa_ista without its synapses and refractory time. A v_spike
// some delta_t above v_thresh is enough: the exponential does the rest.
// Units: s, mV, nF, nA, uS.
snn.model @adex
    parameters ["tau_m", "cm", "v_rest", "v_reset", "v_thresh", "delta_t", "v_spike", "tau_w",
                "a", "b", "i_offset"]
    defaults {tau_m = 9.3667e-3 : f64, cm = 0.281 : f64, v_rest = -70.6 : f64,
              v_reset = -70.6 : f64, v_thresh = -50.4 : f64, delta_t = 2.0 : f64,
              v_spike = -40.0 : f64, tau_w = 0.144 : f64, a = 0.004 : f64, b = 0.0805 : f64,
              i_offset = 0.0 : f64}
    states ["v", "w"] initial ["v_rest", 0.0] receptors ["in"]
    units {tau_m = "s", cm = "nF", v_rest = "mV", v_reset = "mV", v_thresh = "mV",
           delta_t = "mV", v_spike = "mV", tau_w = "s", b = "nA", i_offset = "nA", v = "mV",
           w = "nA", in = "nA"}
prepare {
^bb0(%dt: f64, %tau_m: f64, %cm: f64, %rest: f64, %reset: f64, %threshold: f64,
     %delta: f64, %peak: f64, %tau_w: f64, %a: f64, %b: f64, %offset: f64):
  %one = arith.constant 1.0 : f64
  %ms = arith.constant 1000.0 : f64
  %rate = arith.divf %dt, %tau_m : f64
  %tau_ms = arith.mulf %tau_m, %ms : f64
  %r = arith.divf %tau_ms, %cm : f64
  %sharpness = arith.divf %one, %delta : f64
  %rate_w = arith.divf %dt, %tau_w : f64
  snn.yield %rate, %r, %rest, %reset, %threshold, %delta, %sharpness, %peak, %rate_w, %a, %b,
      %offset : f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64
} step {
^bb0(%rate: f32, %r: f32, %rest: f32, %reset: f32, %threshold: f32, %delta: f32,
     %sharpness: f32, %peak: f32, %rate_w: f32, %a: f32, %b: f32, %offset: f32, %v: f32,
     %w: f32, %in: f32):
  %below = arith.minimumf %v, %peak : f32
  %above = arith.subf %below, %threshold : f32
  %exponent = arith.mulf %sharpness, %above : f32
  %power = math.exp %exponent : f32
  %upstroke = arith.mulf %delta, %power : f32
  %driven = arith.addf %in, %offset : f32
  %current = arith.subf %driven, %w : f32
  %drive = arith.mulf %r, %current : f32
  %leak = arith.subf %rest, %v : f32
  %passive = arith.addf %leak, %drive : f32
  %slope = arith.addf %passive, %upstroke : f32
  %change = arith.mulf %rate, %slope : f32
  %moved = arith.addf %v, %change : f32
  %raised = arith.subf %v, %rest : f32
  %wanted = arith.mulf %a, %raised : f32
  %gap = arith.subf %wanted, %w : f32
  %step_w = arith.mulf %rate_w, %gap : f32
  %adapted = arith.addf %w, %step_w : f32
  %spike = arith.cmpf oge, %moved, %peak : f32
  %v_next = arith.select %spike, %reset, %moved : f32
  %jumped = arith.addf %adapted, %b : f32
  %w_next = arith.select %spike, %jumped, %adapted : f32
  snn.yield %v_next, %w_next, %spike : f32, f32, i1
}
