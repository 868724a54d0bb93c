// A source of normally distributed values, a new one in each step; it never fires:
//   y = mean + std sqrt(-2 ln(1 - u0)) cos(2 pi u1),  u0, u1 uniform in [0, 1).
// Source: Box & Muller 1958. The tails end at 5.8 std, since u0 is a multiple of
// 2^-24.
// Units: those of mean and std.
snn.model @gaussian parameters ["mean", "std"]
    defaults {mean = 0.0 : f64, std = 1.0 : f64} states [] receptors []
prepare {
^bb0(%dt: f64, %mean: f64, %std: f64):
  snn.yield %mean, %std : f64, f64
} step {
^bb0(%mean: f32, %std: f32):
  %one = arith.constant 1.0 : f32
  %minus_two = arith.constant -2.0 : f32
  %turn = arith.constant 6.2831853071795862 : f32
  %u0 = snn.uniform 0 : f32
  %u1 = snn.uniform 1 : f32
  // In fixed point, 1 - u0 has the 24 bits of u0, its logarithm those that the
  // root of a small number needs.
  %rest = arith.subf %one, %u0 {spin.format = "u1.31"} : f32
  %log = math.log %rest {spin.format = "s6.25"} : f32
  %square = arith.mulf %minus_two, %log : f32
  %radius = math.sqrt %square : f32
  %angle = arith.mulf %turn, %u1 : f32
  %side = math.cos %angle : f32
  %normal = arith.mulf %radius, %side : f32
  %scaled = arith.mulf %std, %normal : f32
  %out = arith.addf %mean, %scaled : f32
  snn.yield %out : f32
}
