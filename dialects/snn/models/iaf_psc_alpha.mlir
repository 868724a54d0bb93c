// Leaky integrate-and-fire with alpha-shaped currents, exact between spikes:
//   tau_m v' = -v + R (i_exc + i_inh + i_offset),  R = tau_m / cm,
//   a spike of weight w adds w (e t / tau_syn) exp(-t / tau_syn) to i;
//   v is relative to v_rest;
//   spike = v + v_rest >= v_thresh; then v = v_reset - v_rest, held for
//   tau_refrac. Input of a step acts on v from the next step on.
// States: v, and of each receptor the current i and its rise a = dt (i' + i /
// tau_syn), so that i = exp(-dt/tau_syn) (i + a), a = exp(-dt/tau_syn) a + e w
// dt / tau_syn. Units: s, mV, nF, nA; weights are nA, negative for inhibition.
// Source: Rotter and Diesmann, Biological Cybernetics 81, 1999 (exact
// integration); the order within a step is that of iaf_psc_alpha in NEST. With
// k = 1/tau_m - 1/tau_syn a step adds to v
//   dt / cm  exp(-dt/tau_m) (i phi(k dt) + a psi(k dt)),
//   phi(x) = (exp(x) - 1) / x,  psi(x) = (exp(x) (x - 1) + 1) / x^2.
snn.model @iaf_psc_alpha
    parameters ["tau_m", "cm", "tau_syn_e", "tau_syn_i", "tau_refrac",
                "v_rest", "v_reset", "v_thresh", "i_offset"]
    defaults {i_offset = 0.0 : f64}
    states ["v", "i_exc", "a_exc", "i_inh", "a_inh", "refractory"]
    receptors ["exc", "inh"]
    units {tau_m = "s", tau_syn_e = "s", tau_syn_i = "s", tau_refrac = "s", cm = "nF",
           v_rest = "mV", v_reset = "mV", v_thresh = "mV", i_offset = "nA", v = "mV",
           i_exc = "nA", a_exc = "nA", i_inh = "nA", a_inh = "nA", exc = "nA",
           inh = "nA"}
prepare {
^bb0(%dt: f64, %tau_m: f64, %c_m: f64, %tau_exc: f64, %tau_inh: f64,
     %tau_refrac: f64, %rest: f64, %reset: f64, %threshold: f64,
     %offset: f64):
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %half = arith.constant 0.5 : f64
  %third = arith.constant 0.33333333333333331 : f64
  %sixth = arith.constant 0.16666666666666666 : f64
  %eighth = arith.constant 0.125 : f64
  %e = arith.constant 2.7182818284590451 : f64
  // Below, the series is more exact than the quotients.
  %tiny = arith.constant 1.0e-4 : f64
  // s nA / nF is V.
  %milli = arith.constant 1.0e+3 : f64
  %ratio_m = arith.divf %dt, %tau_m : f64
  %ratio_exc = arith.divf %dt, %tau_exc : f64
  %ratio_inh = arith.divf %dt, %tau_inh : f64
  %minus_m = arith.subf %zero, %ratio_m : f64
  %minus_exc = arith.subf %zero, %ratio_exc : f64
  %minus_inh = arith.subf %zero, %ratio_inh : f64
  %keep = math.exp %minus_m : f64
  %keep_exc = math.exp %minus_exc : f64
  %keep_inh = math.exp %minus_inh : f64

  %charge = arith.divf %dt, %c_m : f64
  %charge_mv = arith.mulf %charge, %milli : f64
  %scale = arith.mulf %charge_mv, %keep : f64

  %x_exc = arith.subf %ratio_m, %ratio_exc : f64
  %x_exc_minus = arith.subf %zero, %x_exc : f64
  %x_exc_abs = arith.maximumf %x_exc, %x_exc_minus : f64
  %small_exc = arith.cmpf olt, %x_exc_abs, %tiny : f64
  %safe_exc = arith.select %small_exc, %one, %x_exc : f64
  %exp_exc = math.exp %safe_exc : f64
  %rise_exc = arith.subf %exp_exc, %one : f64
  %phi_exc_far = arith.divf %rise_exc, %safe_exc : f64
  %before_exc = arith.subf %safe_exc, %one : f64
  %turned_exc = arith.mulf %exp_exc, %before_exc : f64
  %above_exc = arith.addf %turned_exc, %one : f64
  %square_exc = arith.mulf %safe_exc, %safe_exc : f64
  %psi_exc_far = arith.divf %above_exc, %square_exc : f64
  %p1_exc = arith.mulf %x_exc, %sixth : f64
  %p2_exc = arith.addf %half, %p1_exc : f64
  %p3_exc = arith.mulf %x_exc, %p2_exc : f64
  %phi_exc_near = arith.addf %one, %p3_exc : f64
  %q1_exc = arith.mulf %x_exc, %eighth : f64
  %q2_exc = arith.addf %third, %q1_exc : f64
  %q3_exc = arith.mulf %x_exc, %q2_exc : f64
  %psi_exc_near = arith.addf %half, %q3_exc : f64
  %phi_exc = arith.select %small_exc, %phi_exc_near, %phi_exc_far : f64
  %psi_exc = arith.select %small_exc, %psi_exc_near, %psi_exc_far : f64
  %gain_exc = arith.mulf %scale, %phi_exc : f64
  %lift_exc = arith.mulf %scale, %psi_exc : f64
  %peak_exc = arith.mulf %e, %ratio_exc : f64

  %x_inh = arith.subf %ratio_m, %ratio_inh : f64
  %x_inh_minus = arith.subf %zero, %x_inh : f64
  %x_inh_abs = arith.maximumf %x_inh, %x_inh_minus : f64
  %small_inh = arith.cmpf olt, %x_inh_abs, %tiny : f64
  %safe_inh = arith.select %small_inh, %one, %x_inh : f64
  %exp_inh = math.exp %safe_inh : f64
  %rise_inh = arith.subf %exp_inh, %one : f64
  %phi_inh_far = arith.divf %rise_inh, %safe_inh : f64
  %before_inh = arith.subf %safe_inh, %one : f64
  %turned_inh = arith.mulf %exp_inh, %before_inh : f64
  %above_inh = arith.addf %turned_inh, %one : f64
  %square_inh = arith.mulf %safe_inh, %safe_inh : f64
  %psi_inh_far = arith.divf %above_inh, %square_inh : f64
  %p1_inh = arith.mulf %x_inh, %sixth : f64
  %p2_inh = arith.addf %half, %p1_inh : f64
  %p3_inh = arith.mulf %x_inh, %p2_inh : f64
  %phi_inh_near = arith.addf %one, %p3_inh : f64
  %q1_inh = arith.mulf %x_inh, %eighth : f64
  %q2_inh = arith.addf %third, %q1_inh : f64
  %q3_inh = arith.mulf %x_inh, %q2_inh : f64
  %psi_inh_near = arith.addf %half, %q3_inh : f64
  %phi_inh = arith.select %small_inh, %phi_inh_near, %phi_inh_far : f64
  %psi_inh = arith.select %small_inh, %psi_inh_near, %psi_inh_far : f64
  %gain_inh = arith.mulf %scale, %phi_inh : f64
  %lift_inh = arith.mulf %scale, %psi_inh : f64
  %peak_inh = arith.mulf %e, %ratio_inh : f64

  %resistance = arith.divf %tau_m, %c_m : f64
  %resistance_mv = arith.mulf %resistance, %milli : f64
  %lost = arith.subf %one, %keep : f64
  %full = arith.mulf %resistance_mv, %offset : f64
  %constant = arith.mulf %lost, %full : f64
  %threshold_above = arith.subf %threshold, %rest : f64
  %reset_above = arith.subf %reset, %rest : f64
  %period = arith.divf %tau_refrac, %dt : f64
  snn.yield %keep, %gain_exc, %lift_exc, %gain_inh, %lift_inh, %constant,
      %keep_exc, %peak_exc, %keep_inh, %peak_inh, %threshold_above,
      %reset_above, %period
      : f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64
} step {
^bb0(%keep: f32, %gain_exc: f32, %lift_exc: f32, %gain_inh: f32,
     %lift_inh: f32, %constant: f32, %keep_exc: f32, %peak_exc: f32,
     %keep_inh: f32, %peak_inh: f32, %threshold: f32, %reset: f32,
     %period: f32, %v: f32, %i_exc: f32, %a_exc: f32, %i_inh: f32,
     %a_inh: f32, %left: f32, %exc: f32, %inh: f32):
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1.0 : f32
  %kept = arith.mulf %keep, %v : f32
  %i_exc_part = arith.mulf %gain_exc, %i_exc : f32
  %a_exc_part = arith.mulf %lift_exc, %a_exc : f32
  %from_exc = arith.addf %i_exc_part, %a_exc_part : f32
  %i_inh_part = arith.mulf %gain_inh, %i_inh : f32
  %a_inh_part = arith.mulf %lift_inh, %a_inh : f32
  %from_inh = arith.addf %i_inh_part, %a_inh_part : f32
  %from_both = arith.addf %from_exc, %from_inh : f32
  %driven = arith.addf %from_both, %constant : f32
  %charged = arith.addf %kept, %driven : f32
  %held = arith.cmpf ogt, %left, %half : f32
  %moved = arith.select %held, %v, %charged : f32
  %later = arith.subf %left, %one : f32
  %waiting = arith.maximumf %later, %zero : f32
  %sum_exc = arith.addf %i_exc, %a_exc : f32
  %i_exc_next = arith.mulf %keep_exc, %sum_exc : f32
  %a_exc_kept = arith.mulf %keep_exc, %a_exc : f32
  %a_exc_in = arith.mulf %peak_exc, %exc : f32
  %a_exc_next = arith.addf %a_exc_kept, %a_exc_in : f32
  %sum_inh = arith.addf %i_inh, %a_inh : f32
  %i_inh_next = arith.mulf %keep_inh, %sum_inh : f32
  %a_inh_kept = arith.mulf %keep_inh, %a_inh : f32
  %a_inh_in = arith.mulf %peak_inh, %inh : f32
  %a_inh_next = arith.addf %a_inh_kept, %a_inh_in : f32
  %spike = arith.cmpf oge, %moved, %threshold : f32
  %v_next = arith.select %spike, %reset, %moved : f32
  %left_next = arith.select %spike, %period, %waiting : f32
  snn.yield %v_next, %i_exc_next, %a_exc_next, %i_inh_next, %a_inh_next,
      %left_next, %spike : f32, f32, f32, f32, f32, f32, i1
}
