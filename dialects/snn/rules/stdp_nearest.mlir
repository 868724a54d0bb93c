// Nearest-pair STDP, additive: a source spike pairs with the last target spike
// before it and with the first one after it.
//   pre:  w -= a_minus y, x = 1;
//   post: w += a_plus x unless the target fired since the source did, y = 1;
//   x and y decay with tau_plus and tau_minus, seen (also set to 1 by
//   the target) like x; w_min <= w <= w_max. Either sign of a_minus.
// Units: tau s; the others that of the weight.
// Source: Morrison, Diesmann, Gerstner, Biological Cybernetics 98:459 (2008),
// section 4.1.2 (reduced symmetric pairing).
snn.rule @stdp_nearest
    parameters ["tau_plus", "tau_minus", "a_plus", "a_minus", "w_min", "w_max"]
    defaults {w_min = 0.0 : f64} pre ["x"] post ["y", "seen"]
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
  snn.yield %keep_x, %keep_y, %keep_x, %lowest, %highest, %a_plus, %a_minus
      : f64, f64, f64, f64, f64, f64, f64
} on_pre {
^bb0(%a_plus: f32, %a_minus: f32, %x: f32, %y: f32, %seen: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %a_minus, %y : f32
  %next = arith.subf %w, %change : f32
  snn.yield %one, %next : f32, f32
} on_post {
^bb0(%a_plus: f32, %a_minus: f32, %x: f32, %y: f32, %seen: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %change = arith.mulf %a_plus, %x : f32
  %paired = arith.addf %w, %change : f32
  %later = arith.cmpf ogt, %seen, %x : f32
  %next = arith.select %later, %w, %paired : f32
  snn.yield %one, %one, %next : f32, f32, f32
}
