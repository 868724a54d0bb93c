// A segment of an active dendrite: when at least theta of its synapses (weight 1)
// are active in one step, it is depolarised from that step on for tau_plateau; its
// output is 1 while it is, else 0:
//   left = ceil(tau_plateau/dt) if x >= theta, else max(left - 1, 0);
//   y = left > 0.
// Source: Ahmad & Hawkins, arXiv 1601.00720; depolarisation of 50 to 200 ms.
// Units: tau_plateau in s, theta in active synapses.
snn.model @dendrite_segment parameters ["theta", "tau_plateau"]
    defaults {tau_plateau = 0.1 : f64} states ["left"] receptors ["in"]
prepare {
^bb0(%dt: f64, %theta: f64, %plateau: f64):
  // Whole steps, up; 1e-9 forgives the rounding of the quotient.
  %steps = arith.divf %plateau, %dt : f64
  %tiny = arith.constant 1.0e-9 : f64
  %less = arith.subf %steps, %tiny : f64
  %whole = math.ceil %less : f64
  snn.yield %theta, %whole : f64, f64
} step {
^bb0(%theta: f32, %plateau: f32, %left: f32, %in: f32):
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %event = arith.cmpf oge, %in, %theta : f32
  %less = arith.subf %left, %one : f32
  %waned = arith.maximumf %less, %zero : f32
  %next = arith.select %event, %plateau, %waned : f32
  %up = arith.cmpf ogt, %next, %zero : f32
  %out = arith.select %up, %one, %zero : f32
  snn.yield %next, %out : f32, f32
}
