// The inhibitory neuron of Diehl & Cook: conductances, a refractory time in which
// v rests at v_reset:
//   g_exc += x_exc;  g_inh += x_inh;
//   v += dt/tau ((v_rest - v) + g_exc (e_exc - v) + g_inh (e_inh - v));
//   spike = v > v_threshold;  v = v_reset on a spike;
//   g_exc = g_exc exp(-dt/tau_ge);  g_inh = g_inh exp(-dt/tau_gi).
// Source: Hussaini et al., arXiv 2209.08723 (VPRSNN), after Diehl & Cook 2015,
// forward Euler. The conductances decay exactly.
// Units: s and mV; conductances in those of the leak. Both weights are positive.
snn.model @diehl_cook_inh
    parameters ["tau", "v_rest", "v_reset", "v_threshold", "e_exc", "e_inh",
                "tau_ge", "tau_gi", "tau_refrac"]
    defaults {tau = 0.01 : f64, v_rest = -60.0 : f64, v_reset = -45.0 : f64,
              v_threshold = -40.0 : f64, e_exc = 0.0 : f64, e_inh = -85.0 : f64,
              tau_ge = 0.001 : f64, tau_gi = 0.0005 : f64, tau_refrac = 0.002 : f64}
    states ["v", "g_exc", "g_inh", "wait"] initial ["v_rest", 0.0, 0.0, 0.0]
    receptors ["exc", "inh"]
prepare {
^bb0(%dt: f64, %tau: f64, %rest: f64, %reset: f64, %threshold: f64, %e_exc: f64,
     %e_inh: f64, %tau_ge: f64, %tau_gi: f64, %refrac: f64):
  %rate = arith.divf %dt, %tau : f64
  %past = arith.negf %dt : f64
  %exponent_e = arith.divf %past, %tau_ge : f64
  %keep_e = math.exp %exponent_e : f64
  %exponent_i = arith.divf %past, %tau_gi : f64
  %keep_i = math.exp %exponent_i : f64
  // Whole steps, up; 1e-9 forgives the rounding of the quotient.
  %steps = arith.divf %refrac, %dt : f64
  %tiny = arith.constant 1.0e-9 : f64
  %less = arith.subf %steps, %tiny : f64
  %whole = math.ceil %less : f64
  snn.yield %rate, %rest, %reset, %threshold, %e_exc, %e_inh, %keep_e, %keep_i, %whole
      : f64, f64, f64, f64, f64, f64, f64, f64, f64
} step {
^bb0(%rate: f32, %rest: f32, %reset: f32, %threshold: f32, %e_exc: f32, %e_inh: f32,
     %keep_e: f32, %keep_i: f32, %refrac: f32, %v: f32, %g_exc: f32, %g_inh: f32,
     %wait: f32, %exc: f32, %inh: f32):
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %g_e = arith.addf %g_exc, %exc : f32
  %g_i = arith.addf %g_inh, %inh : f32
  %leak = arith.subf %rest, %v : f32
  %toward_e = arith.subf %e_exc, %v : f32
  %i_e = arith.mulf %g_e, %toward_e : f32
  %toward_i = arith.subf %e_inh, %v : f32
  %i_i = arith.mulf %g_i, %toward_i : f32
  %some = arith.addf %leak, %i_e : f32
  %slope = arith.addf %some, %i_i : f32
  %change = arith.mulf %rate, %slope : f32
  %moved = arith.addf %v, %change : f32
  %waiting = arith.cmpf ogt, %wait, %zero : f32
  %charged = arith.select %waiting, %v, %moved : f32
  %above = arith.cmpf ogt, %charged, %threshold : f32
  %ready = arith.cmpf ole, %wait, %zero : f32
  %spike = arith.andi %above, %ready : i1
  %v_next = arith.select %spike, %reset, %charged : f32
  %less = arith.subf %wait, %one : f32
  %left = arith.maximumf %less, %zero : f32
  %wait_next = arith.select %spike, %refrac, %left : f32
  %g_e_next = arith.mulf %keep_e, %g_e : f32
  %g_i_next = arith.mulf %keep_i, %g_i : f32
  snn.yield %v_next, %g_e_next, %g_i_next, %wait_next, %spike : f32, f32, f32, f32, i1
}
