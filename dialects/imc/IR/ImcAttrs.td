#ifndef LIMEN_DIALECTS_IMC_IR_IMCATTRS_TD
#define LIMEN_DIALECTS_IMC_IR_IMCATTRS_TD

include "dialects/imc/IR/ImcDialect.td"

def Imc_RangeKind : I32EnumAttr<"RangeKind", "Where a converter's range comes from", [
    I32EnumAttrCase<"Fixed", 0, "fixed">,
    I32EnumAttrCase<"Calibrated", 1, "calibrated">]> {
  let cppNamespace = "::limen::imc";
  let genSpecializedAttr = 0;
}

def Imc_Adc : AttrDef<Imc_Dialect, "Adc"> {
  let mnemonic = "adc";
  let summary = "How a column sum becomes a number";
  let description = [{
    A sign-magnitude converter: code = clamp(rint(I / lsb), -c, c) with
    c = 2^(bits - 1) - 1 and lsb = range / c; ties go to even. bits = 0 is an
    ideal converter. `range` is the largest |G+ - G-| column sum in siemens that
    it resolves; a calibrated range starts there and is set from samples.

    ```mlir
    #imc.adc<bits 8, fixed, range 1.0e-3 : f64>
    ```
  }];
  let parameters = (ins "unsigned":$bits, EnumParameter<Imc_RangeKind>:$kind, "::mlir::FloatAttr":$range);
  let assemblyFormat = "`<` `bits` $bits `,` $kind `,` `range` $range `>`";
  let genVerifyDecl = 1;
}

#endif // LIMEN_DIALECTS_IMC_IR_IMCATTRS_TD
