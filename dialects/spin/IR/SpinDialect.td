// The spin dialect: a program for SpiNNaker-style machines.
//
// Order of the td files: SpinDialect < SpinOps. SpinOps.td includes the other
// and is what the generators read.

#ifndef LIMEN_DIALECTS_SPIN_IR_SPINDIALECT_TD
#define LIMEN_DIALECTS_SPIN_IR_SPINDIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Spin_Dialect : Dialect {
  let name = "spin";
  let cppNamespace = "::limen::spin";
  let summary = "Programs for SpiNNaker-style machines";
  let description = [{
    What every core and router of a machine holds.

        snn   the algorithm: shapes, real numbers, any delay
         |    retime, partition, allocate keys, scale, build rows, place, route
        spin  cores, words, tables

    Gone at this level: floating point, shapes, delays of zero or beyond the ring
    buffers, populations larger than a core. `spin-verify-program` proves it.

    Numbers are s16.15: an i32 that counts units of 2^-15. A product is the
    64-bit product shifted right by 15, which rounds towards minus infinity.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // LIMEN_DIALECTS_SPIN_IR_SPINDIALECT_TD
