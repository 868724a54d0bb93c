#ifndef LIMEN_DIALECTS_SPIN_TRANSFORMS_SPINPASSES_TD
#define LIMEN_DIALECTS_SPIN_TRANSFORMS_SPINPASSES_TD

include "mlir/Pass/PassBase.td"

def SpinVerifyProgram : Pass<"spin-verify-program", "::limen::spin::ProgramOp"> {
  let summary = "Prove that a program fits its machine";
  let description = [{
    Ends the lowering. It checks what single ops cannot: every core exists on the
    machine; slices, delays and groups of split cores are within its limits; routing tables are no larger
    than its routers; memory images read back; packets of every core that sends,
    followed through the tables, reach exactly the cores that have rows for them.
    (That kernels hold integers only is a constraint of spin.kernel.)

    Before and after: the same program.
  }];
}

#endif // LIMEN_DIALECTS_SPIN_TRANSFORMS_SPINPASSES_TD
