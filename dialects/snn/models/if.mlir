// Integrate-and-fire, one unit of time per step:
//   v += r x;  spike = v > v_threshold;  v = v_reset on a spike.
// Source: NIR primitive IF (v' = R i), discretised with a step of 1.
snn.model @if parameters ["r", "v_threshold", "v_reset"]
    defaults {v_reset = 0.0 : f64} states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64, %r: f64, %threshold: f64, %reset: f64):
  snn.yield %r, %threshold, %reset : f64, f64, f64
} step {
^bb0(%r: f32, %threshold: f32, %reset: f32, %v: f32, %in: f32):
  %gain = arith.mulf %r, %in : f32
  %charged = arith.addf %v, %gain : f32
  %spike = arith.cmpf ogt, %charged, %threshold : f32
  %next = arith.select %spike, %reset, %charged : f32
  snn.yield %next, %spike : f32, i1
}
