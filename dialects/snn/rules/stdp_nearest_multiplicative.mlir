// Nearest-pair STDP, multiplicative: pairs as in stdp_nearest,
//   pre:  w -= a_minus (w - w_min) y, x = 1;
//   post: w += a_plus (w_max - w) x unless the target fired since the source
//   did, y = 1;  w_min <= w <= w_max.
// Units: tau s; w_min and w_max that of the weight; a_plus and a_minus none.
// Source: as stdp_nearest and stdp_pair_multiplicative.
snn.rule @stdp_nearest_multiplicative
    parameters ["tau_plus", "tau_minus", "a_plus", "a_minus", "w_min", "w_max"]
    defaults {w_min = 0.0 : f64} pre ["x"] post ["y", "seen"]
    units {tau_plus = "s", tau_minus = "s", w_min = "weight", w_max = "weight"}
prepare {
^bb0(%dt: f64, %tau_plus: f64, %tau_minus: f64, %a_plus: f64, %a_minus: f64,
     %lowest: f64, %highest: f64):
  %minus_dt = arith.negf %dt : f64
  %ratio_plus = arith.divf %minus_dt, %tau_plus : f64
  %ratio_minus = arith.divf %minus_dt, %tau_minus : f64
  %keep_x = math.exp %ratio_plus : f64
  %keep_y = math.exp %ratio_minus : f64
  snn.yield %keep_x, %keep_y, %keep_x, %lowest, %highest, %a_plus, %a_minus, %lowest, %highest
      : f64, f64, f64, f64, f64, f64, f64, f64, f64
} on_pre {
^bb0(%a_plus: f32, %a_minus: f32, %lowest: f32, %highest: f32,
     %x: f32, %y: f32, %seen: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %room = arith.subf %w, %lowest : f32
  %step = arith.mulf %a_minus, %room : f32
  %change = arith.mulf %step, %y : f32
  %next = arith.subf %w, %change : f32
  snn.yield %one, %next : f32, f32
} on_post {
^bb0(%a_plus: f32, %a_minus: f32, %lowest: f32, %highest: f32,
     %x: f32, %y: f32, %seen: f32, %w: f32):
  %one = arith.constant 1.0 : f32
  %room = arith.subf %highest, %w : f32
  %step = arith.mulf %a_plus, %room : f32
  %change = arith.mulf %step, %x : f32
  %paired = arith.addf %w, %change : f32
  %later = arith.cmpf ogt, %seen, %x : f32
  %next = arith.select %later, %w, %paired : f32
  snn.yield %one, %one, %next : f32, f32, f32
}
