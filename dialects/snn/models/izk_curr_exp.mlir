// Izhikevich's neuron with exponential synaptic currents as on SpiNNaker: the
// midpoint rule of @izhikevich with k = 0.040008544921875, whose first step after
// a spike is 1.85 times as long:
//   i_exc += w(tau_syn_e) x_exc;  i_inh += w(tau_syn_i) x_inh,
//   w(s) = s/dt (1 - exp(-dt/s));
//   v' = k v^2 + 5 v + 140 - u + i_exc + i_inh + i_offset;  u' = a (b v - u);
//   spike = v >= v_threshold;  v = c and u += d on a spike;
//   i_exc = i_exc exp(-dt/tau_syn_e);  i_inh = i_inh exp(-dt/tau_syn_i).
// Source: sPyNNaker's IZK_curr_exp (k, 1.85, order), PyNN's defaults.
// Units: v in mV, time of a and of the derivatives in ms; dt and tau in s.
// Inhibitory weights are negative.
snn.model @izk_curr_exp
    parameters ["a", "b", "c", "d", "tau_syn_e", "tau_syn_i", "v_threshold", "i_offset",
                "v_init", "u_init"]
    defaults {a = 0.02 : f64, b = 0.2 : f64, c = -65.0 : f64, d = 2.0 : f64,
              tau_syn_e = 0.005 : f64, tau_syn_i = 0.005 : f64, v_threshold = 30.0 : f64,
              i_offset = 0.0 : f64, v_init = -70.0 : f64, u_init = -14.0 : f64}
    states ["i_exc", "i_inh", "v", "u", "stretch"]
    initial [0.0, 0.0, "v_init", "u_init", 1.0] receptors ["exc", "inh"]
    units {tau_syn_e = "s", tau_syn_i = "s", v_threshold = "mV", v_init = "mV", v = "mV"}
    attributes {spin.bounds = {v = [-150.0, 50.0], u = [-100.0, 100.0]}}
prepare {
^bb0(%dt: f64, %a: f64, %b: f64, %c: f64, %d: f64, %tau_e: f64, %tau_i: f64,
     %threshold: f64, %offset: f64, %v_init: f64, %u_init: f64):
  %ms = arith.constant 1000.0 : f64
  %half = arith.constant 0.5 : f64
  %h = arith.mulf %dt, %ms : f64
  %a_half = arith.mulf %a, %half : f64
  %base = arith.constant 140.0 : f64
  %constant = arith.addf %base, %offset : f64
  %past = arith.negf %dt : f64
  %exponent_e = arith.divf %past, %tau_e : f64
  %keep_e = math.exp %exponent_e : f64
  %lost_e = math.expm1 %exponent_e : f64
  %w_e = arith.divf %lost_e, %exponent_e : f64
  %exponent_i = arith.divf %past, %tau_i : f64
  %keep_i = math.exp %exponent_i : f64
  %lost_i = math.expm1 %exponent_i : f64
  %w_i = arith.divf %lost_i, %exponent_i : f64
  snn.yield %h, %a, %a_half, %b, %c, %d, %threshold, %constant, %w_e, %w_i, %keep_e, %keep_i
      : f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64
} step {
^bb0(%h: f32, %a: f32, %a_half: f32, %b: f32, %c: f32, %d: f32, %threshold: f32,
     %constant: f32, %w_e: f32, %w_i: f32, %keep_e: f32, %keep_i: f32,
     %i_exc: f32, %i_inh: f32, %v: f32, %u: f32, %stretch: f32, %exc: f32, %inh: f32):
  %k = arith.constant 0.040008544921875 : f32
  %five = arith.constant 5.0 : f32
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1.0 : f32
  %long = arith.constant 1.85 : f32
  %weighted_e = arith.mulf %w_e, %exc : f32
  %i_e = arith.addf %i_exc, %weighted_e : f32
  %weighted_i = arith.mulf %w_i, %inh : f32
  %i_i = arith.addf %i_inh, %weighted_i : f32
  %hs = arith.mulf %h, %stretch : f32
  %hs_half = arith.mulf %hs, %half : f32
  %synaptic = arith.addf %i_e, %i_i : f32
  %driven = arith.addf %constant, %synaptic : f32
  %pre = arith.subf %driven, %u : f32
  %kv = arith.mulf %k, %v : f32
  %sv = arith.addf %kv, %five : f32
  %qv = arith.mulf %sv, %v : f32
  %slope = arith.addf %pre, %qv : f32
  %half_v = arith.mulf %hs_half, %slope : f32
  %mid = arith.addf %v, %half_v : f32
  %bv = arith.mulf %b, %v : f32
  %toward = arith.subf %bv, %u : f32
  %scaled = arith.mulf %a_half, %toward : f32
  %half_u = arith.mulf %hs, %scaled : f32
  %km = arith.mulf %k, %mid : f32
  %sm = arith.addf %km, %five : f32
  %qm = arith.mulf %sm, %mid : f32
  %pre_mid = arith.subf %pre, %half_u : f32
  %slope_v = arith.addf %pre_mid, %qm : f32
  %change_v = arith.mulf %hs, %slope_v : f32
  %moved = arith.addf %v, %change_v : f32
  %bm = arith.mulf %b, %mid : f32
  %gap = arith.subf %bm, %u : f32
  %slope_u = arith.subf %gap, %half_u : f32
  %rate_u = arith.mulf %a, %slope_u : f32
  %change_u = arith.mulf %hs, %rate_u : f32
  %recovered = arith.addf %u, %change_u : f32
  %spike = arith.cmpf oge, %moved, %threshold : f32
  %v_next = arith.select %spike, %c, %moved : f32
  %jumped = arith.addf %recovered, %d : f32
  %u_next = arith.select %spike, %jumped, %recovered : f32
  %stretch_next = arith.select %spike, %long, %one : f32
  %i_e_next = arith.mulf %keep_e, %i_e : f32
  %i_i_next = arith.mulf %keep_i, %i_i : f32
  snn.yield %i_e_next, %i_i_next, %v_next, %u_next, %stretch_next, %spike
      : f32, f32, f32, f32, f32, i1
}
