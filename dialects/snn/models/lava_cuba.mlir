// Current-based LIF in the integer arithmetic of Loihi and Lava:
//   u = trunc(u (4096 - i_decay) / 4096) + 64 x, wrapped into 24 bits;
//   v = trunc(v (4096 - v_decay) / 4096) + u + 64 bias, cut to 24 bits;
//   spike = v > 64 v_threshold;  v = 0 on a spike.
// x is the sum of whole weights; i_decay and v_decay are 12-bit numbers up to
// 4096, v_threshold and bias mantissas.
// Source: the fixed-point LIF process of Lava (lava-nc/lava, proc/lif), with du =
// i_decay - 1, dv = v_decay, bias_exp = 6 as netx of lava-dl sets them. u beyond
// 2^23 wraps by 2^24, v is cut to 2^23 - 1, so that both are exact in float32.
snn.model @lava_cuba parameters ["i_decay", "v_decay", "v_threshold", "bias"]
    defaults {bias = 0.0 : f64} states ["u", "v"] receptors ["in"]
    attributes {spin.formats = {u = "s31.0", v = "s31.0", in = "s31.0"}}
prepare {
^bb0(%dt: f64, %i_decay: f64, %v_decay: f64, %threshold: f64, %bias: f64):
  %unity = arith.constant 4096.0 : f64
  %scale = arith.constant 64.0 : f64
  %keep_u = arith.subf %unity, %i_decay : f64
  %keep_v = arith.subf %unity, %v_decay : f64
  %level = arith.mulf %scale, %threshold : f64
  %offset = arith.mulf %scale, %bias : f64
  snn.yield %keep_u, %keep_v, %level, %offset : f64, f64, f64, f64
} step {
^bb0(%keep_u: f32, %keep_v: f32, %level: f32, %offset: f32, %u: f32, %v: f32,
     %in: f32):
  %zero = arith.constant 0.0 : f32
  %unity = arith.constant 4096 : i64
  %scale = arith.constant 64 : i64
  %limit = arith.constant 8388608 : i64
  %under = arith.constant -8388608 : i64
  %span = arith.constant 16777216 : i64
  %most = arith.constant 8388607 : i64
  %least = arith.constant -8388607 : i64

  %u_was = arith.fptosi %u : f32 to i64
  %u_share = arith.fptosi %keep_u : f32 to i64
  %u_product = arith.muli %u_was, %u_share : i64
  %u_kept = arith.divsi %u_product, %unity : i64
  %weights = arith.fptosi %in : f32 to i64
  %drive = arith.muli %weights, %scale : i64
  %u_sum = arith.addi %u_kept, %drive : i64
  %too_high = arith.cmpi sgt, %u_sum, %limit : i64
  %lowered = arith.subi %u_sum, %span : i64
  %u_below = arith.select %too_high, %lowered, %u_sum : i64
  %too_low = arith.cmpi sle, %u_below, %under : i64
  %raised = arith.addi %u_sum, %span : i64
  %u_int = arith.select %too_low, %raised, %u_below : i64

  %v_was = arith.fptosi %v : f32 to i64
  %v_share = arith.fptosi %keep_v : f32 to i64
  %v_product = arith.muli %v_was, %v_share : i64
  %v_kept = arith.divsi %v_product, %unity : i64
  %bias = arith.fptosi %offset : f32 to i64
  %v_driven = arith.addi %v_kept, %u_int : i64
  %v_sum = arith.addi %v_driven, %bias : i64
  %v_low = arith.minsi %v_sum, %most : i64
  %v_int = arith.maxsi %v_low, %least : i64
  %level_int = arith.fptosi %level : f32 to i64
  %spike = arith.cmpi sgt, %v_int, %level_int : i64

  %u_next = arith.sitofp %u_int {spin.format = "s31.0"} : i64 to f32
  %v_charged = arith.sitofp %v_int {spin.format = "s31.0"} : i64 to f32
  %v_next = arith.select %spike, %zero, %v_charged : f32
  snn.yield %u_next, %v_next, %spike : f32, f32, i1
}
