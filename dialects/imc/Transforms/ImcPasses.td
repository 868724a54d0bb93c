#ifndef LIMEN_DIALECTS_IMC_TRANSFORMS_IMCPASSES_TD
#define LIMEN_DIALECTS_IMC_TRANSFORMS_IMCPASSES_TD

include "mlir/Pass/PassBase.td"

def ImcVerifyProgram : Pass<"imc-verify-program", "::limen::imc::ProgramOp"> {
  let summary = "Prove that a program is one that macros can run";
  let description = [{
    Ends the lowering to imc. What is gone is proved: every matrix is covered
    exactly once by its regions (no weight is left out or held twice), every region
    is read exactly once in the step, after which its matrix is accumulated before
    its population is updated, and every population is updated once.
  }];
}

#endif // LIMEN_DIALECTS_IMC_TRANSFORMS_IMCPASSES_TD
