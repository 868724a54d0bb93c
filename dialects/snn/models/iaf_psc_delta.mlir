// Leaky integrate-and-fire whose input steps its membrane, exact between spikes:
//   tau_m v' = -v + R i_offset,  R = tau_m / cm;  v is relative to v_rest and
//   a spike of weight w adds w at the end of the step;
//   spike = v + v_rest >= v_thresh; then v = v_reset - v_rest, held for
//   tau_refrac, in which input is lost.
// Units: s, mV, nF, nA; weights are mV.
// Source: iaf_psc_delta in NEST, without refractory_input.
snn.model @iaf_psc_delta
    parameters ["tau_m", "cm", "tau_refrac", "v_rest", "v_reset",
                "v_thresh", "i_offset"]
    defaults {i_offset = 0.0 : f64}
    states ["v", "refractory"] receptors ["in"]
    units {tau_m = "s", tau_refrac = "s", cm = "nF", v_rest = "mV", v_reset = "mV",
           v_thresh = "mV", i_offset = "nA", v = "mV", in = "mV"}
prepare {
^bb0(%dt: f64, %tau_m: f64, %c_m: f64, %tau_refrac: f64, %rest: f64,
     %reset: f64, %threshold: f64, %offset: f64):
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  // s nA / nF is V.
  %milli = arith.constant 1.0e+3 : f64
  %ratio = arith.divf %dt, %tau_m : f64
  %minus = arith.subf %zero, %ratio : f64
  %keep = math.exp %minus : f64
  %resistance = arith.divf %tau_m, %c_m : f64
  %resistance_mv = arith.mulf %resistance, %milli : f64
  %lost = arith.subf %one, %keep : f64
  %full = arith.mulf %resistance_mv, %offset : f64
  %constant = arith.mulf %lost, %full : f64
  %threshold_above = arith.subf %threshold, %rest : f64
  %reset_above = arith.subf %reset, %rest : f64
  %period = arith.divf %tau_refrac, %dt : f64
  snn.yield %keep, %constant, %threshold_above, %reset_above, %period
      : f64, f64, f64, f64, f64
} step {
^bb0(%keep: f32, %constant: f32, %threshold: f32, %reset: f32, %period: f32,
     %v: f32, %left: f32, %in: f32):
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1.0 : f32
  %kept = arith.mulf %keep, %v : f32
  %driven = arith.addf %constant, %in : f32
  %charged = arith.addf %kept, %driven : f32
  %held = arith.cmpf ogt, %left, %half : f32
  %moved = arith.select %held, %v, %charged : f32
  %later = arith.subf %left, %one : f32
  %waiting = arith.maximumf %later, %zero : f32
  %spike = arith.cmpf oge, %moved, %threshold : f32
  %v_next = arith.select %spike, %reset, %moved : f32
  %left_next = arith.select %spike, %period, %waiting : f32
  snn.yield %v_next, %left_next, %spike : f32, f32, i1
}
