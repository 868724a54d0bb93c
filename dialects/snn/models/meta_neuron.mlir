// The meta-neuron: two variables whose four constants are learned, forward Euler:
//   v += dt/tau (v^2 - v - u + x);  u += dt (theta_v v - theta_u u);
//   spike = v > v_threshold;  v = theta_r and u += theta_s on a spike.
// Source: Cheng, Zhang, Jia & Xu 2023, as used by arXiv 2508.11674; both
// derivatives are taken at the beginning of the step.
// Units: tau in s, theta_v and theta_u in 1/s; v and u have none.
snn.model @meta_neuron
    parameters ["tau", "theta_v", "theta_u", "theta_r", "theta_s", "v_threshold"]
    states ["v", "u"] receptors ["in"]
prepare {
^bb0(%dt: f64, %tau: f64, %theta_v: f64, %theta_u: f64, %theta_r: f64, %theta_s: f64,
     %threshold: f64):
  %rate = arith.divf %dt, %tau : f64
  %from_v = arith.mulf %dt, %theta_v : f64
  %from_u = arith.mulf %dt, %theta_u : f64
  snn.yield %rate, %from_v, %from_u, %theta_r, %theta_s, %threshold
      : f64, f64, f64, f64, f64, f64
} step {
^bb0(%rate: f32, %from_v: f32, %from_u: f32, %reset: f32, %jump: f32, %threshold: f32,
     %v: f32, %u: f32, %in: f32):
  %square = arith.mulf %v, %v : f32
  %grown = arith.subf %square, %v : f32
  %held = arith.subf %grown, %u : f32
  %slope = arith.addf %held, %in : f32
  %change_v = arith.mulf %rate, %slope : f32
  %charged = arith.addf %v, %change_v : f32
  %raised = arith.mulf %from_v, %v : f32
  %lost = arith.mulf %from_u, %u : f32
  %change_u = arith.subf %raised, %lost : f32
  %moved = arith.addf %u, %change_u : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  %v_next = arith.select %spike, %reset, %charged : f32
  %jumped = arith.addf %moved, %jump : f32
  %u_next = arith.select %spike, %jumped, %moved : f32
  snn.yield %v_next, %u_next, %spike : f32, f32, i1
}
