// Pair STDP, every spike with every other, additive:
//   pre:  w -= a_minus y, x += 1;   post: w += a_plus x, y += 1;
//   x and y decay with tau_plus and tau_minus; w_min <= w <= w_max.
// Units: tau s; the others that of the weight.
// Source: Morrison, Diesmann, Gerstner, Biological Cybernetics 98:459 (2008),
// sections 4.1.1, 4.1.2 (all-to-all, additive).
snn.rule @stdp_pair
    parameters ["tau_plus", "tau_minus", "a_plus", "a_minus", "w_min", "w_max"]
    defaults {w_min = 0.0 : f64} pre ["x"] post ["y"]
    units {tau_plus = "s", tau_minus = "s", a_plus = "weight", a_minus = "weight",
           w_min = "weight", w_max = "weight"}
prepare {
^bb0(%dt: f64, %tau_plus: f64, %tau_minus: f64, %a_plus: f64, %a_minus: f64,
     %lowest: f64, %highest: f64):
  %minus_dt = arith.negf %dt : f64
  %ratio_plus = arith.divf %minus_dt, %tau_plus : f64
  %ratio_minus = arith.divf %minus_dt, %tau_minus : f64
  %keep_x = math.exp %ratio_plus : f64
  %keep_y = math.exp %ratio_minus : f64
  snn.yield %keep_x, %keep_y, %lowest, %highest, %a_plus, %a_minus
      : f64, f64, f64, f64, f64, f64
} on_pre {
^bb0(%a_plus: f32, %a_minus: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %a_minus, %y : f32
  %next = arith.subf %w, %change : f32
  %more = arith.addf %x, %one : f32
  snn.yield %more, %next : f32, f32
} on_post {
^bb0(%a_plus: f32, %a_minus: f32, %x: f32, %y: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %a_plus, %x : f32
  %next = arith.addf %w, %change : f32
  %more = arith.addf %y, %one : f32
  snn.yield %more, %next : f32, f32
}
