// Izhikevich's neuron, Runge-Kutta of second order (midpoint) with a step of dt:
//   v' = 0.04 v^2 + 5 v + 140 - u + x + i_offset;  u' = a (b v - u);
//   spike = v >= v_threshold;  v = c and u += d on a spike.
// Source: Izhikevich, IEEE Trans. Neural Networks 14 (2003); the midpoint rule of
// Hopkins & Furber, Neural Computation 27 (2015).
// Units: v in mV, time of a and of the derivatives in ms; dt is turned into ms.
snn.model @izhikevich
    parameters ["a", "b", "c", "d", "v_threshold", "i_offset", "v_init", "u_init"]
    defaults {a = 0.02 : f64, b = 0.2 : f64, c = -65.0 : f64, d = 8.0 : f64,
              v_threshold = 30.0 : f64, i_offset = 0.0 : f64, v_init = -65.0 : f64,
              u_init = -13.0 : f64}
    states ["v", "u"] initial ["v_init", "u_init"] receptors ["in"]
    units {v_threshold = "mV", v_init = "mV", v = "mV"}
    attributes {spin.bounds = {v = [-150.0, 50.0], u = [-100.0, 100.0]}}
prepare {
^bb0(%dt: f64, %a: f64, %b: f64, %c: f64, %d: f64, %threshold: f64, %offset: f64,
     %v_init: f64, %u_init: f64):
  %ms = arith.constant 1000.0 : f64
  %half = arith.constant 0.5 : f64
  %h = arith.mulf %dt, %ms : f64
  %h_half = arith.mulf %h, %half : f64
  %ah = arith.mulf %a, %h : f64
  %ah_half = arith.mulf %ah, %half : f64
  %base = arith.constant 140.0 : f64
  %constant = arith.addf %base, %offset : f64
  snn.yield %h, %h_half, %ah, %ah_half, %b, %c, %d, %threshold, %constant
      : f64, f64, f64, f64, f64, f64, f64, f64, f64
} step {
^bb0(%h: f32, %h_half: f32, %ah: f32, %ah_half: f32, %b: f32, %c: f32, %d: f32,
     %threshold: f32, %constant: f32, %v: f32, %u: f32, %in: f32):
  %k = arith.constant 0.04 : f32
  %five = arith.constant 5.0 : f32
  %driven = arith.addf %constant, %in : f32
  %pre = arith.subf %driven, %u : f32
  // Slopes at the beginning of the step, and the midpoint they lead to.
  %kv = arith.mulf %k, %v : f32
  %sv = arith.addf %kv, %five : f32
  %qv = arith.mulf %sv, %v : f32
  %slope = arith.addf %pre, %qv : f32
  %half_v = arith.mulf %h_half, %slope : f32
  %mid = arith.addf %v, %half_v : f32
  %bv = arith.mulf %b, %v : f32
  %toward = arith.subf %bv, %u : f32
  %half_u = arith.mulf %ah_half, %toward : f32
  // Slopes at the midpoint.
  %km = arith.mulf %k, %mid : f32
  %sm = arith.addf %km, %five : f32
  %qm = arith.mulf %sm, %mid : f32
  %pre_mid = arith.subf %pre, %half_u : f32
  %slope_v = arith.addf %pre_mid, %qm : f32
  %change_v = arith.mulf %h, %slope_v : f32
  %moved = arith.addf %v, %change_v : f32
  %bm = arith.mulf %b, %mid : f32
  %gap = arith.subf %bm, %u : f32
  %slope_u = arith.subf %gap, %half_u : f32
  %change_u = arith.mulf %ah, %slope_u : f32
  %recovered = arith.addf %u, %change_u : f32
  %spike = arith.cmpf oge, %moved, %threshold : f32
  %v_next = arith.select %spike, %c, %moved : f32
  %jumped = arith.addf %recovered, %d : f32
  %u_next = arith.select %spike, %jumped, %recovered : f32
  snn.yield %v_next, %u_next, %spike : f32, f32, i1
}
