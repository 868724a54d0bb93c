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
    subtracts their codes. Sums of cells without a partner are converted from 0
    too, unless rows are driven with a sign. `offset` is added to each sum, `noise` drawn anew in
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

def Imc_EncodingStyle : I32EnumAttr<"EncodingStyle", "What cells hold of a weight", [
    I32EnumAttrCase<"OneSided", 0, "one_sided">,
    I32EnumAttrCase<"TwoSided", 1, "two_sided">,
    I32EnumAttrCase<"Offset", 2, "offset">,
    I32EnumAttrCase<"SlicedPairs", 3, "sliced_pairs">,
    I32EnumAttrCase<"SlicedOffset", 4, "sliced_offset">]> {
  let cppNamespace = "::limen::imc";
  let genSpecializedAttr = 0;
}

def Imc_Cells : AttrDef<Imc_Dialect, "Cells"> {
  let mnemonic = "cells";
  let summary = "How weights become cells";
  let description = [{
    `one_sided`, `two_sided`: a pair of cells; `offset`: one cell, the middle of
    its range is 0. `sliced_pairs` and `sliced_offset`: a pair or a cell for each
    of `slices` groups of the `weight_bits` of a weight, the lowest first.
    `cell_bits` limits the levels of a cell (0: any). With `unit_column` a region
    has one more line, its first, which holds weight 0 and is taken off digitally;
    else offsets are taken off by what the rows were driven with.
    `hw-models/target/ImcEncoding.h` has the definitions.

    ```mlir
    #imc.cells<two_sided>
    #imc.cells<sliced_offset, slices = 4, weight_bits = 8, cell_bits = 2, unit_column = true>
    ```
  }];
  let parameters = (ins EnumParameter<Imc_EncodingStyle>:$style,
    DefaultValuedParameter<"unsigned", "1">:$slices,
    DefaultValuedParameter<"unsigned", "0">:$weight_bits,
    DefaultValuedParameter<"unsigned", "0">:$cell_bits,
    DefaultValuedParameter<"bool", "false">:$unit_column);
  let assemblyFormat = [{ `<` $style (`,` struct($slices, $weight_bits, $cell_bits, $unit_column)^)? `>` }];
  let genVerifyDecl = 1;
}

def Imc_DriveKind : I32EnumAttr<"DriveKind", "How a number drives its row", [
    I32EnumAttrCase<"Pulses", 0, "pulses">,
    I32EnumAttrCase<"BitSerial", 1, "bit_serial">,
    I32EnumAttrCase<"Levels", 2, "levels">]> {
  let cppNamespace = "::limen::imc";
  let genSpecializedAttr = 0;
}

def Imc_Drive : AttrDef<Imc_Dialect, "Drive"> {
  let mnemonic = "drive";
  let summary = "How rows are driven";
  let description = [{
    `pulses`: a count of k is k reads with one bit. `bit_serial`: a read for each
    `slice_bits` of the `bits` of a number, the lowest first; codes are shifted and
    added, or with `once` charge is, and converted once. `levels`: one read, each
    row at one of 2^bits voltages (0 bits: at any). `scale` is the number that
    drives a row fully; a calibrated one starts there. With `sign` numbers may be
    negative and one of the bits is their sign.

    ```mlir
    #imc.drive<pulses>
    #imc.drive<bit_serial, bits = 8, scale = 255.0 : f64>
    #imc.drive<levels, bits = 4, sign = true, calibrated = true, scale = 1.0 : f64>
    ```
  }];
  let parameters = (ins EnumParameter<Imc_DriveKind>:$kind,
    DefaultValuedParameter<"unsigned", "0">:$bits,
    DefaultValuedParameter<"unsigned", "1">:$slice_bits,
    DefaultValuedParameter<"bool", "false">:$once,
    DefaultValuedParameter<"bool", "false">:$sign,
    DefaultValuedParameter<"bool", "false">:$calibrated,
    OptionalParameter<"::mlir::FloatAttr">:$scale);
  let assemblyFormat = [{ `<` $kind (`,` struct($bits, $slice_bits, $once, $sign, $calibrated, $scale)^)? `>` }];
  let genVerifyDecl = 1;
}

#endif // LIMEN_DIALECTS_IMC_IR_IMCATTRS_TD
