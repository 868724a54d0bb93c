// Leaky integrate-and-fire with exponential synaptic currents and a refractory
// time, integrated exactly over a step:
//   i_exc += x_exc;  i_inh += x_inh;
//   v = v_rest + exp(-dt/tau_m) (v - v_rest) + p(tau_syn_e) i_exc
//       + p(tau_syn_i) i_inh + tau_m/cm (1 - exp(-dt/tau_m)) i_offset,
//   p(s) = 1/cm (integral over a step of exp(-(dt - t)/tau_m) exp(-t/s));
//   spike = v >= v_thresh;  v = v_reset on a spike, for ceil(tau_refrac/dt) steps;
//   i_exc = i_exc exp(-dt/tau_syn_e);  i_inh = i_inh exp(-dt/tau_syn_i).
// Source: PyNN IF_curr_exp and its defaults; propagators of Rotter & Diesmann
// 1999. Spikes of a step act within it, as on SpiNNaker; where they act a step
// later (NEST), give the projections a delay longer by one step.
// Units: s, mV, nF, nA. Inhibitory weights are negative.
snn.model @if_curr_exp
    parameters ["tau_m", "cm", "v_rest", "v_reset", "v_thresh", "tau_refrac",
                "tau_syn_e", "tau_syn_i", "i_offset"]
    defaults {tau_m = 0.02 : f64, cm = 1.0 : f64, v_rest = -65.0 : f64,
              v_reset = -65.0 : f64, v_thresh = -50.0 : f64, tau_refrac = 1.0e-4 : f64,
              tau_syn_e = 0.005 : f64, tau_syn_i = 0.005 : f64, i_offset = 0.0 : f64}
    states ["i_exc", "i_inh", "v", "wait"] initial [0.0, 0.0, "v_rest", 0.0]
    receptors ["exc", "inh"]
prepare {
^bb0(%dt: f64, %tau_m: f64, %cm: f64, %rest: f64, %reset: f64, %threshold: f64,
     %refrac: f64, %tau_e: f64, %tau_i: f64, %offset: f64):
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %past = arith.negf %dt : f64
  %exponent_m = arith.divf %past, %tau_m : f64
  %keep_m = math.exp %exponent_m : f64
  %exponent_e = arith.divf %past, %tau_e : f64
  %keep_e = math.exp %exponent_e : f64
  %exponent_i = arith.divf %past, %tau_i : f64
  %keep_i = math.exp %exponent_i : f64
  // p(s) = dt/cm exp(-dt/tau_m) (exp(x) - 1)/x, x = dt/tau_m - dt/s; 1 at x = 0.
  %ms = arith.constant 1000.0 : f64
  %step = arith.mulf %dt, %ms : f64
  %charge = arith.divf %step, %cm : f64
  %kept = arith.mulf %charge, %keep_m : f64
  %x_e = arith.subf %exponent_e, %exponent_m : f64
  %rise_e = math.expm1 %x_e : f64
  %ratio_e = arith.divf %rise_e, %x_e : f64
  %same_e = arith.cmpf oeq, %x_e, %zero : f64
  %mean_e = arith.select %same_e, %one, %ratio_e : f64
  %p_e = arith.mulf %kept, %mean_e : f64
  %x_i = arith.subf %exponent_i, %exponent_m : f64
  %rise_i = math.expm1 %x_i : f64
  %ratio_i = arith.divf %rise_i, %x_i : f64
  %same_i = arith.cmpf oeq, %x_i, %zero : f64
  %mean_i = arith.select %same_i, %one, %ratio_i : f64
  %p_i = arith.mulf %kept, %mean_i : f64
  %tau_ms = arith.mulf %tau_m, %ms : f64
  %r = arith.divf %tau_ms, %cm : f64
  %lost = math.expm1 %exponent_m : f64
  %gained = arith.negf %lost : f64
  %p_offset = arith.mulf %r, %gained : f64
  %constant = arith.mulf %p_offset, %offset : f64
  // Whole steps, up; 1e-9 forgives the rounding of the quotient.
  %steps = arith.divf %refrac, %dt : f64
  %tiny = arith.constant 1.0e-9 : f64
  %less = arith.subf %steps, %tiny : f64
  %whole = math.ceil %less : f64
  snn.yield %keep_m, %p_e, %p_i, %constant, %keep_e, %keep_i, %rest, %reset, %threshold,
      %whole : f64, f64, f64, f64, f64, f64, f64, f64, f64, f64
} step {
^bb0(%keep_m: f32, %p_e: f32, %p_i: f32, %constant: f32, %keep_e: f32, %keep_i: f32,
     %rest: f32, %reset: f32, %threshold: f32, %refrac: f32, %i_exc: f32, %i_inh: f32,
     %v: f32, %wait: f32, %exc: f32, %inh: f32):
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %i_e = arith.addf %i_exc, %exc : f32
  %i_i = arith.addf %i_inh, %inh : f32
  %above_rest = arith.subf %v, %rest : f32
  %kept = arith.mulf %keep_m, %above_rest : f32
  %from_e = arith.mulf %p_e, %i_e : f32
  %from_i = arith.mulf %p_i, %i_i : f32
  %some = arith.addf %kept, %from_e : f32
  %more = arith.addf %some, %from_i : f32
  %all = arith.addf %more, %constant : f32
  %moved = arith.addf %rest, %all : f32
  %waiting = arith.cmpf ogt, %wait, %zero : f32
  %charged = arith.select %waiting, %v, %moved : f32
  %above = arith.cmpf oge, %charged, %threshold : f32
  %ready = arith.cmpf ole, %wait, %zero : f32
  %spike = arith.andi %above, %ready : i1
  %v_next = arith.select %spike, %reset, %charged : f32
  %less = arith.subf %wait, %one : f32
  %left = arith.maximumf %less, %zero : f32
  %wait_next = arith.select %spike, %refrac, %left : f32
  %i_e_next = arith.mulf %keep_e, %i_e : f32
  %i_i_next = arith.mulf %keep_i, %i_i : f32
  snn.yield %i_e_next, %i_i_next, %v_next, %wait_next, %spike : f32, f32, f32, f32, i1
}
