#ifndef LIMEN_DIALECTS_IMC_IR_IMCATTRS_TD
#define LIMEN_DIALECTS_IMC_IR_IMCATTRS_TD

include "dialects/imc/IR/ImcDialect.td"

def Imc_RangeKind : I32EnumAttr<"RangeKind", "Where a converter's range comes from", [
    I32EnumAttrCase<"Fixed", 0, "fixed">,
    I32EnumAttrCase<"Calibrated", 1, "calibrated">]> {
  let cppNamespace = "::limen::imc";
  let genSpecializedAttr = 0;
}

def Imc_ConverterKind : I32EnumAttr<"ConverterKind", "What a converter is", [
    I32EnumAttrCase<"SignMagnitude", 0, "sign_magnitude">,
    I32EnumAttrCase<"Quantizer", 1, "quantizer">,
    I32EnumAttrCase<"Sar", 2, "sar">,
    I32EnumAttrCase<"Ramp", 3, "ramp">,
    I32EnumAttrCase<"Flash", 4, "flash">]> {
  let cppNamespace = "::limen::imc";
  let genSpecializedAttr = 0;
}

def Imc_Rounding : I32EnumAttr<"Rounding", "What becomes of a sum between two codes", [
    I32EnumAttrCase<"Even", 0, "even">,
    I32EnumAttrCase<"EvenAbove", 1, "even_above">,
    I32EnumAttrCase<"Down", 2, "down">,
    I32EnumAttrCase<"Stochastic", 3, "stochastic">]> {
  let cppNamespace = "::limen::imc";
  let genSpecializedAttr = 0;
}

def Imc_Adc : AttrDef<Imc_Dialect, "Adc"> {
  let mnemonic = "adc";
  let summary = "How a column sum becomes a number";
  let description = [{
    A sign-magnitude converter, unless another kind is named:
    code = clamp(rint(I / lsb), -c, c) with c = 2^(bits - 1) - 1 and
    lsb = range / c; ties go to even. bits = 0 is an ideal converter. `range` is
    the largest |G+ - G-| column sum in siemens that it resolves; a calibrated
    range starts there and is set from samples. `hw-models/imc/Adc.h` has the
    codes of the other kinds and roundings.

    `split` converts the sums of G+ and G- by themselves, from 0 to `range`, and
    subtracts their codes. `offset` is added to each sum, `noise` drawn anew in
    each conversion; both in lsb.

    ```mlir
    #imc.adc<bits 8, fixed, range 1.0e-3 : f64>
    #imc.adc<bits 6, calibrated, range 1.0e-3 : f64, converter = sar, split = true, noise = 0.3 : f64>
    ```
  }];
  let parameters = (ins "unsigned":$bits, EnumParameter<Imc_RangeKind>:$kind, "::mlir::FloatAttr":$range,
    DefaultValuedParameter<"::limen::imc::ConverterKind", "::limen::imc::ConverterKind::SignMagnitude">:$converter,
    DefaultValuedParameter<"::limen::imc::Rounding", "::limen::imc::Rounding::Even">:$rounding,
    DefaultValuedParameter<"bool", "false">:$split,
    OptionalParameter<"::mlir::FloatAttr">:$offset,
    OptionalParameter<"::mlir::FloatAttr">:$noise);
  let assemblyFormat = [{
    `<` `bits` $bits `,` $kind `,` `range` $range
    (`,` struct($converter, $rounding, $split, $offset, $noise)^)? `>`
  }];
  let genVerifyDecl = 1;
}

#endif // LIMEN_DIALECTS_IMC_IR_IMCATTRS_TD
