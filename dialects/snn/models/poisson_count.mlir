// A Poisson source of values: the number of events in a step, by inversion of its
// distribution; it never fires:
//   y = number of k in 0 ... 19 with u >= P(events <= k),  u uniform in [0, 1).
// Source: Poisson process of constant rate. Counts end at 20: for up to 5 events a
// step on average, more have a probability below 1e-7.
// Units: rate in 1/s.
snn.model @poisson_count parameters ["rate"] states [] receptors []
prepare {
^bb0(%dt: f64, %rate: f64):
  %mean = arith.mulf %rate, %dt : f64
  %past = arith.negf %mean : f64
  %p0 = math.exp %past : f64
  %n1 = arith.constant 1.0 : f64
  %f1 = arith.divf %mean, %n1 : f64
  %p1 = arith.mulf %p0, %f1 : f64
  %s1 = arith.addf %p0, %p1 : f64
  %n2 = arith.constant 2.0 : f64
  %f2 = arith.divf %mean, %n2 : f64
  %p2 = arith.mulf %p1, %f2 : f64
  %s2 = arith.addf %s1, %p2 : f64
  %n3 = arith.constant 3.0 : f64
  %f3 = arith.divf %mean, %n3 : f64
  %p3 = arith.mulf %p2, %f3 : f64
  %s3 = arith.addf %s2, %p3 : f64
  %n4 = arith.constant 4.0 : f64
  %f4 = arith.divf %mean, %n4 : f64
  %p4 = arith.mulf %p3, %f4 : f64
  %s4 = arith.addf %s3, %p4 : f64
  %n5 = arith.constant 5.0 : f64
  %f5 = arith.divf %mean, %n5 : f64
  %p5 = arith.mulf %p4, %f5 : f64
  %s5 = arith.addf %s4, %p5 : f64
  %n6 = arith.constant 6.0 : f64
  %f6 = arith.divf %mean, %n6 : f64
  %p6 = arith.mulf %p5, %f6 : f64
  %s6 = arith.addf %s5, %p6 : f64
  %n7 = arith.constant 7.0 : f64
  %f7 = arith.divf %mean, %n7 : f64
  %p7 = arith.mulf %p6, %f7 : f64
  %s7 = arith.addf %s6, %p7 : f64
  %n8 = arith.constant 8.0 : f64
  %f8 = arith.divf %mean, %n8 : f64
  %p8 = arith.mulf %p7, %f8 : f64
  %s8 = arith.addf %s7, %p8 : f64
  %n9 = arith.constant 9.0 : f64
  %f9 = arith.divf %mean, %n9 : f64
  %p9 = arith.mulf %p8, %f9 : f64
  %s9 = arith.addf %s8, %p9 : f64
  %n10 = arith.constant 10.0 : f64
  %f10 = arith.divf %mean, %n10 : f64
  %p10 = arith.mulf %p9, %f10 : f64
  %s10 = arith.addf %s9, %p10 : f64
  %n11 = arith.constant 11.0 : f64
  %f11 = arith.divf %mean, %n11 : f64
  %p11 = arith.mulf %p10, %f11 : f64
  %s11 = arith.addf %s10, %p11 : f64
  %n12 = arith.constant 12.0 : f64
  %f12 = arith.divf %mean, %n12 : f64
  %p12 = arith.mulf %p11, %f12 : f64
  %s12 = arith.addf %s11, %p12 : f64
  %n13 = arith.constant 13.0 : f64
  %f13 = arith.divf %mean, %n13 : f64
  %p13 = arith.mulf %p12, %f13 : f64
  %s13 = arith.addf %s12, %p13 : f64
  %n14 = arith.constant 14.0 : f64
  %f14 = arith.divf %mean, %n14 : f64
  %p14 = arith.mulf %p13, %f14 : f64
  %s14 = arith.addf %s13, %p14 : f64
  %n15 = arith.constant 15.0 : f64
  %f15 = arith.divf %mean, %n15 : f64
  %p15 = arith.mulf %p14, %f15 : f64
  %s15 = arith.addf %s14, %p15 : f64
  %n16 = arith.constant 16.0 : f64
  %f16 = arith.divf %mean, %n16 : f64
  %p16 = arith.mulf %p15, %f16 : f64
  %s16 = arith.addf %s15, %p16 : f64
  %n17 = arith.constant 17.0 : f64
  %f17 = arith.divf %mean, %n17 : f64
  %p17 = arith.mulf %p16, %f17 : f64
  %s17 = arith.addf %s16, %p17 : f64
  %n18 = arith.constant 18.0 : f64
  %f18 = arith.divf %mean, %n18 : f64
  %p18 = arith.mulf %p17, %f18 : f64
  %s18 = arith.addf %s17, %p18 : f64
  %n19 = arith.constant 19.0 : f64
  %f19 = arith.divf %mean, %n19 : f64
  %p19 = arith.mulf %p18, %f19 : f64
  %s19 = arith.addf %s18, %p19 : f64
  snn.yield %p0, %s1, %s2, %s3, %s4, %s5, %s6, %s7, %s8, %s9, %s10, %s11, %s12, %s13, %s14,
      %s15, %s16, %s17, %s18, %s19
      : f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64,
        f64, f64, f64, f64
} step {
^bb0(%s0: f32, %s1: f32, %s2: f32, %s3: f32, %s4: f32, %s5: f32, %s6: f32, %s7: f32,
     %s8: f32, %s9: f32, %s10: f32, %s11: f32, %s12: f32, %s13: f32, %s14: f32,
     %s15: f32, %s16: f32, %s17: f32, %s18: f32, %s19: f32):
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %u = snn.uniform 0 : f32
  %b0 = arith.cmpf oge, %u, %s0 : f32
  %e0 = arith.select %b0, %one, %zero : f32
  %y0 = arith.addf %zero, %e0 : f32
  %b1 = arith.cmpf oge, %u, %s1 : f32
  %e1 = arith.select %b1, %one, %zero : f32
  %y1 = arith.addf %y0, %e1 : f32
  %b2 = arith.cmpf oge, %u, %s2 : f32
  %e2 = arith.select %b2, %one, %zero : f32
  %y2 = arith.addf %y1, %e2 : f32
  %b3 = arith.cmpf oge, %u, %s3 : f32
  %e3 = arith.select %b3, %one, %zero : f32
  %y3 = arith.addf %y2, %e3 : f32
  %b4 = arith.cmpf oge, %u, %s4 : f32
  %e4 = arith.select %b4, %one, %zero : f32
  %y4 = arith.addf %y3, %e4 : f32
  %b5 = arith.cmpf oge, %u, %s5 : f32
  %e5 = arith.select %b5, %one, %zero : f32
  %y5 = arith.addf %y4, %e5 : f32
  %b6 = arith.cmpf oge, %u, %s6 : f32
  %e6 = arith.select %b6, %one, %zero : f32
  %y6 = arith.addf %y5, %e6 : f32
  %b7 = arith.cmpf oge, %u, %s7 : f32
  %e7 = arith.select %b7, %one, %zero : f32
  %y7 = arith.addf %y6, %e7 : f32
  %b8 = arith.cmpf oge, %u, %s8 : f32
  %e8 = arith.select %b8, %one, %zero : f32
  %y8 = arith.addf %y7, %e8 : f32
  %b9 = arith.cmpf oge, %u, %s9 : f32
  %e9 = arith.select %b9, %one, %zero : f32
  %y9 = arith.addf %y8, %e9 : f32
  %b10 = arith.cmpf oge, %u, %s10 : f32
  %e10 = arith.select %b10, %one, %zero : f32
  %y10 = arith.addf %y9, %e10 : f32
  %b11 = arith.cmpf oge, %u, %s11 : f32
  %e11 = arith.select %b11, %one, %zero : f32
  %y11 = arith.addf %y10, %e11 : f32
  %b12 = arith.cmpf oge, %u, %s12 : f32
  %e12 = arith.select %b12, %one, %zero : f32
  %y12 = arith.addf %y11, %e12 : f32
  %b13 = arith.cmpf oge, %u, %s13 : f32
  %e13 = arith.select %b13, %one, %zero : f32
  %y13 = arith.addf %y12, %e13 : f32
  %b14 = arith.cmpf oge, %u, %s14 : f32
  %e14 = arith.select %b14, %one, %zero : f32
  %y14 = arith.addf %y13, %e14 : f32
  %b15 = arith.cmpf oge, %u, %s15 : f32
  %e15 = arith.select %b15, %one, %zero : f32
  %y15 = arith.addf %y14, %e15 : f32
  %b16 = arith.cmpf oge, %u, %s16 : f32
  %e16 = arith.select %b16, %one, %zero : f32
  %y16 = arith.addf %y15, %e16 : f32
  %b17 = arith.cmpf oge, %u, %s17 : f32
  %e17 = arith.select %b17, %one, %zero : f32
  %y17 = arith.addf %y16, %e17 : f32
  %b18 = arith.cmpf oge, %u, %s18 : f32
  %e18 = arith.select %b18, %one, %zero : f32
  %y18 = arith.addf %y17, %e18 : f32
  %b19 = arith.cmpf oge, %u, %s19 : f32
  %e19 = arith.select %b19, %one, %zero : f32
  %y19 = arith.addf %y18, %e19 : f32
  snn.yield %y19 : f32
}
