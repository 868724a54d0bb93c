// Leaky integrate-and-fire with exponential synaptic currents as a SpiNNaker core
// computes it, op by op in its order:
//   i_exc = exp(-dt/tau_syn_e) i_exc + w(tau_syn_e) x_exc,
//   i_inh = exp(-dt/tau_syn_i) i_inh - w(tau_syn_i) x_inh,
//   w(s) = s/dt (1 - exp(-dt/s));
//   a = v_rest + tau_m/cm (i_exc - i_inh + i_offset);
//   v = a - exp(-dt/tau_m) (a - v), unless refractory;
//   spike = v >= v_thresh;  v = v_reset on a spike, for ceil(tau_refrac/dt) steps.
// Source: sPyNNaker's IF_curr_exp. The runtime decays the currents at the end of a
// step, this model at the beginning of the next one, so that i_exc after a step is
// what the runtime records as gsyn_exc in it; v at the beginning of a step is what
// it records as v. Starting currents of 0 make both the same.
// In s16.15 the decays and w are u0.32, exp(-dt/tau_m) is s16.15.
// Units: s, mV, nF, nA. Inhibitory weights are negative, i_inh is positive.
snn.model @spinnaker_if_curr_exp
    parameters ["tau_m", "cm", "v_rest", "v_reset", "v_thresh", "tau_refrac",
                "tau_syn_e", "tau_syn_i", "i_offset"]
    defaults {tau_m = 0.02 : f64, cm = 1.0 : f64, v_rest = -65.0 : f64,
              v_reset = -65.0 : f64, v_thresh = -50.0 : f64, tau_refrac = 1.0e-4 : f64,
              tau_syn_e = 0.005 : f64, tau_syn_i = 0.005 : f64, i_offset = 0.0 : f64}
    states ["i_exc", "i_inh", "v", "wait"] initial [0.0, 0.0, "v_rest", 0.0]
    receptors ["exc", "inh"]
    units {tau_m = "s", tau_refrac = "s", tau_syn_e = "s", tau_syn_i = "s", cm = "nF",
           v_rest = "mV", v_reset = "mV", v_thresh = "mV", i_offset = "nA", i_exc = "nA",
           i_inh = "nA", v = "mV", exc = "nA", inh = "nA"}
prepare {
^bb0(%dt: f64, %tau_m: f64, %cm: f64, %rest: f64, %reset: f64, %threshold: f64,
     %refrac: f64, %tau_e: f64, %tau_i: f64, %offset: f64):
  %past = arith.negf %dt : f64
  %exponent_m = arith.divf %past, %tau_m : f64
  %keep_m = math.exp %exponent_m : f64
  %exponent_e = arith.divf %past, %tau_e : f64
  %keep_e = math.exp %exponent_e : f64
  %lost_e = math.expm1 %exponent_e : f64
  %w_e = arith.divf %lost_e, %exponent_e : f64
  %exponent_i = arith.divf %past, %tau_i : f64
  %keep_i = math.exp %exponent_i : f64
  %lost_i = math.expm1 %exponent_i : f64
  %w_i = arith.divf %lost_i, %exponent_i : f64
  %ms = arith.constant 1000.0 : f64
  %tau_ms = arith.mulf %tau_m, %ms : f64
  %r = arith.divf %tau_ms, %cm : f64
  // Whole steps, up; 1e-9 forgives the rounding of the quotient.
  %steps = arith.divf %refrac, %dt : f64
  %tiny = arith.constant 1.0e-9 : f64
  %less = arith.subf %steps, %tiny : f64
  %whole = math.ceil %less : f64
  snn.yield %keep_m, %r, %keep_e, %w_e, %keep_i, %w_i, %offset, %rest, %reset, %threshold,
      %whole : f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64
} step {
^bb0(%keep_m: f32, %r: f32, %keep_e: f32, %w_e: f32, %keep_i: f32, %w_i: f32,
     %offset: f32, %rest: f32, %reset: f32, %threshold: f32, %refrac: f32,
     %i_exc: f32, %i_inh: f32, %v: f32, %wait: f32, %exc: f32, %inh: f32):
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %kept_e = arith.mulf %keep_e, %i_exc : f32
  %more_e = arith.mulf %w_e, %exc : f32
  %i_e = arith.addf %kept_e, %more_e : f32
  %kept_i = arith.mulf %keep_i, %i_inh : f32
  %size_i = arith.negf %inh : f32
  %more_i = arith.mulf %w_i, %size_i : f32
  %i_i = arith.addf %kept_i, %more_i : f32
  %synaptic = arith.subf %i_e, %i_i : f32
  %i = arith.addf %synaptic, %offset : f32
  %lift = arith.mulf %r, %i {spin.format = "s16.15"} : f32
  %target = arith.addf %lift, %rest : f32
  %missing = arith.subf %target, %v : f32
  %kept = arith.mulf %keep_m, %missing {spin.format = "s16.15"} : f32
  %moved = arith.subf %target, %kept : f32
  %waiting = arith.cmpf ogt, %wait, %zero : f32
  %charged = arith.select %waiting, %v, %moved : f32
  %spike = arith.cmpf oge, %charged, %threshold : f32
  %v_next = arith.select %spike, %reset, %charged : f32
  %less = arith.subf %wait, %one : f32
  %left = arith.maximumf %less, %zero : f32
  %wait_next = arith.select %spike, %refrac, %left : f32
  snn.yield %i_e, %i_i, %v_next, %wait_next, %spike : f32, f32, f32, f32, i1
}
