// The artificial cell IntFire1:
//   tau m' = -m;  a spike of weight w adds w;  m > 1 fires, then m = 0 and input
//   is lost until tau_refrac has passed.
// Spikes of one step are added together before m is compared with 1.
// Units: s; m and weights are numbers.
// Source: IntFire1 of NEURON (Hines and Carnevale).
snn.model @int_fire1 parameters ["tau", "tau_refrac"]
    states ["m", "refractory"] receptors ["in"] units {tau = "s", tau_refrac = "s"}
prepare {
^bb0(%dt: f64, %tau: f64, %tau_refrac: f64):
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %ratio = arith.divf %dt, %tau : f64
  %minus = arith.subf %zero, %ratio : f64
  %keep = math.exp %minus : f64
  // The step that ends with the period receives again.
  %steps = arith.divf %tau_refrac, %dt : f64
  %period = arith.subf %steps, %one : f64
  snn.yield %keep, %period : f64, f64
} step {
^bb0(%keep: f32, %period: f32, %m: f32, %left: f32, %in: f32):
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1.0 : f32
  %kept = arith.mulf %keep, %m : f32
  %charged = arith.addf %kept, %in : f32
  %held = arith.cmpf ogt, %left, %half : f32
  %moved = arith.select %held, %zero, %charged : f32
  %later = arith.subf %left, %one : f32
  %waiting = arith.maximumf %later, %zero : f32
  %spike = arith.cmpf ogt, %moved, %one : f32
  %m_next = arith.select %spike, %zero, %moved : f32
  %left_next = arith.select %spike, %period, %waiting : f32
  snn.yield %m_next, %left_next, %spike : f32, f32, i1
}
