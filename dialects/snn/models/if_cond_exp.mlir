// Leaky integrate-and-fire with exponential synaptic conductances and a
// refractory time; the current of a step is that at its beginning:
//   g_exc += x_exc;  g_inh += x_inh;
//   i = g_exc (e_rev_e - v) + g_inh (e_rev_i - v) + i_offset;
//   a = v_rest + tau_m/cm i;  v = a - exp(-dt/tau_m) (a - v);
//   spike = v >= v_thresh;  v = v_reset on a spike, for ceil(tau_refrac/dt) steps;
//   g_exc = g_exc exp(-dt/tau_syn_e);  g_inh = g_inh exp(-dt/tau_syn_i).
// Source: PyNN IF_cond_exp and its defaults, in the order of sPyNNaker.
// Units: s, mV, nF, uS, nA. Both weights are positive.
snn.model @if_cond_exp
    parameters ["tau_m", "cm", "v_rest", "v_reset", "v_thresh", "tau_refrac",
                "tau_syn_e", "tau_syn_i", "e_rev_e", "e_rev_i", "i_offset"]
    defaults {tau_m = 0.02 : f64, cm = 1.0 : f64, v_rest = -65.0 : f64,
              v_reset = -65.0 : f64, v_thresh = -50.0 : f64, tau_refrac = 1.0e-4 : f64,
              tau_syn_e = 0.005 : f64, tau_syn_i = 0.005 : f64, e_rev_e = 0.0 : f64,
              e_rev_i = -70.0 : f64, i_offset = 0.0 : f64}
    states ["g_exc", "g_inh", "v", "wait"] initial [0.0, 0.0, "v_rest", 0.0]
    receptors ["exc", "inh"]
    units {tau_m = "s", tau_refrac = "s", tau_syn_e = "s", tau_syn_i = "s", cm = "nF",
           v_rest = "mV", v_reset = "mV", v_thresh = "mV", i_offset = "nA", e_rev_e = "mV",
           e_rev_i = "mV", g_exc = "uS", g_inh = "uS", v = "mV", exc = "uS", inh = "uS"}
    attributes {spin.bounds = {v = [-200.0, 100.0]}}
prepare {
^bb0(%dt: f64, %tau_m: f64, %cm: f64, %rest: f64, %reset: f64, %threshold: f64,
     %refrac: f64, %tau_e: f64, %tau_i: f64, %e_e: f64, %e_i: f64, %offset: f64):
  %past = arith.negf %dt : f64
  %exponent_m = arith.divf %past, %tau_m : f64
  %keep_m = math.exp %exponent_m : f64
  %exponent_e = arith.divf %past, %tau_e : f64
  %keep_e = math.exp %exponent_e : f64
  %exponent_i = arith.divf %past, %tau_i : f64
  %keep_i = math.exp %exponent_i : f64
  %ms = arith.constant 1000.0 : f64
  %tau_ms = arith.mulf %tau_m, %ms : f64
  %r = arith.divf %tau_ms, %cm : f64
  // Whole steps, up; 1e-9 forgives the rounding of the quotient.
  %steps = arith.divf %refrac, %dt : f64
  %tiny = arith.constant 1.0e-9 : f64
  %less = arith.subf %steps, %tiny : f64
  %whole = math.ceil %less : f64
  snn.yield %keep_m, %r, %keep_e, %keep_i, %e_e, %e_i, %offset, %rest, %reset, %threshold,
      %whole : f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64
} step {
^bb0(%keep_m: f32, %r: f32, %keep_e: f32, %keep_i: f32, %e_e: f32, %e_i: f32,
     %offset: f32, %rest: f32, %reset: f32, %threshold: f32, %refrac: f32,
     %g_exc: f32, %g_inh: f32, %v: f32, %wait: f32, %exc: f32, %inh: f32):
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %g_e = arith.addf %g_exc, %exc : f32
  %g_i = arith.addf %g_inh, %inh : f32
  %toward_e = arith.subf %e_e, %v : f32
  %i_e = arith.mulf %g_e, %toward_e : f32
  %toward_i = arith.subf %e_i, %v : f32
  %i_i = arith.mulf %g_i, %toward_i : f32
  %synaptic = arith.addf %i_e, %i_i : f32
  %i = arith.addf %synaptic, %offset : f32
  %lift = arith.mulf %r, %i : f32
  %target = arith.addf %rest, %lift : f32
  %missing = arith.subf %target, %v : f32
  %kept = arith.mulf %keep_m, %missing : f32
  %moved = arith.subf %target, %kept : f32
  %waiting = arith.cmpf ogt, %wait, %zero : f32
  %charged = arith.select %waiting, %v, %moved : f32
  %above = arith.cmpf oge, %charged, %threshold : f32
  %ready = arith.cmpf ole, %wait, %zero : f32
  %spike = arith.andi %above, %ready : i1
  %v_next = arith.select %spike, %reset, %charged : f32
  %less = arith.subf %wait, %one : f32
  %left = arith.maximumf %less, %zero : f32
  %wait_next = arith.select %spike, %refrac, %left : f32
  %g_e_next = arith.mulf %keep_e, %g_e : f32
  %g_i_next = arith.mulf %keep_i, %g_i : f32
  snn.yield %g_e_next, %g_i_next, %v_next, %wait_next, %spike : f32, f32, f32, f32, i1
}
