// Current-based leaky integrator, forward Euler; its output is its membrane, it
// never fires:
//   i += dt/tau_syn (w_in x - i);  v += dt/tau_mem ((v_leak - v) + r i).
// Source: NIR primitive CubaLI (tau_syn i' = -i + w_in S,
// tau_mem v' = (v_leak - v) + R i); the membrane reads the new current.
snn.model @cuba_li
    parameters ["tau_syn", "tau_mem", "r", "v_leak", "w_in"]
    defaults {w_in = 1.0 : f64} states ["i", "v"] receptors ["in"]
    units {tau_syn = "s", tau_mem = "s"}
prepare {
^bb0(%dt: f64, %tau_syn: f64, %tau_mem: f64, %r: f64, %leak: f64, %w_in: f64):
  %rate_syn = arith.divf %dt, %tau_syn : f64
  %rate_mem = arith.divf %dt, %tau_mem : f64
  snn.yield %rate_syn, %rate_mem, %r, %leak, %w_in : f64, f64, f64, f64, f64
} step {
^bb0(%rate_syn: f32, %rate_mem: f32, %r: f32, %leak: f32, %w_in: f32,
     %i: f32, %v: f32, %in: f32):
  %weighted = arith.mulf %w_in, %in : f32
  %slope_i = arith.subf %weighted, %i : f32
  %change_i = arith.mulf %rate_syn, %slope_i : f32
  %i_next = arith.addf %i, %change_i : f32
  %toward = arith.subf %leak, %v : f32
  %drive = arith.mulf %r, %i_next : f32
  %slope_v = arith.addf %toward, %drive : f32
  %change_v = arith.mulf %rate_mem, %slope_v : f32
  %next = arith.addf %v, %change_v : f32
  snn.yield %i_next, %next, %next : f32, f32, f32
}
