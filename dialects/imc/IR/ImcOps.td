#ifndef LIMEN_DIALECTS_IMC_IR_IMCOPS_TD
#define LIMEN_DIALECTS_IMC_IR_IMCOPS_TD

include "dialects/imc/IR/ImcAttrs.td"

class Imc_Op<string opMnemonic, list<Trait> traits = []> : Op<Imc_Dialect, opMnemonic, traits>;

def Imc_ProgramOp : Imc_Op<"program", [Symbol, SymbolTable, IsolatedFromAbove, NoTerminator, SingleBlock,
    HasParent<"::mlir::ModuleOp">]> {
  let summary = "What a chip of macros runs";
  let description = [{
    `machine` names the target, `document` is its full description (YAML), so that
    a stored program does not depend on target files.

    A sample is run by the imc.steps in their order, each for all time steps;
    spikes between them are buffered. What imc.load says before an imc.step is
    written before its first time step, in every sample; other written regions are
    written once, with the program.

    Constraints:
    - program_c1: regions overlap on a macro only where one shares the formed cells
      of another, or where both are written and one is loaded.
    - program_c2: there is an imc.step.

    Example:
    ```mlir
    imc.program @net machine "rram-40nm" document "..." {
      imc.macro @m0 rows 512 cols 512
      imc.matrix @g0 into "out" receptor 0 rows 2 columns 1 positions 1
          blocks [[0, 0, 0, 2]] scale 1.0e4 factor 1.0
      imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 2, 1]
          conductances(dense<[[2.0e-5, 1.0e-7], [1.0e-7, 2.0e-5]]> : tensor<2x2xf64>)
      imc.step {
        imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 512
        imc.accumulate @g0 bits 24
        imc.update "out" kernel @step_out
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$machine, StrAttr:$document);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `machine` $machine `document` $document attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

class Imc_Member<string opMnemonic, list<Trait> traits = []>
    : Imc_Op<opMnemonic, !listconcat(traits, [HasParent<"ProgramOp">])>;

def Imc_MacroOp : Imc_Member<"macro", [Symbol]> {
  let summary = "A crossbar macro with its converters";
  let description = [{
    `active_rows` is how many rows it may drive at once, all by default.

    Constraints:
    - macro_c1: rows and columns are positive, columns even (a weight takes two).
    - macro_c2: active_rows is positive and at most the rows.

    Example:
    ```mlir
    imc.macro @m0 rows 512 cols 512 active_rows 128
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$rows, I64Attr:$cols, OptionalAttr<I64Attr>:$active_rows);
  let assemblyFormat = "$sym_name `rows` $rows `cols` $cols (`active_rows` $active_rows^)? attr-dict";
  let extraClassDeclaration = [{
    /// Rows that may be driven at once.
    int64_t allowedRows() { return static_cast<int64_t>(getActiveRows().value_or(getRows())); }
  }];
  let hasVerifier = 1;
}

def Imc_MatrixOp : Imc_Member<"matrix", [Symbol]> {
  let summary = "A matrix whose rows are driven together";
  let description = [{
    Drives the current of `receptor` of population `into`. Each block is
    (projection of the network, matrix of that projection, first row, rows). A
    convolution's matrix is its kernel; its `positions` take turns. An `unrolled`
    one has a row per input and a column per output instead. A column sum
    of conductances G+ - G- in siemens times `scale` and `factor` (1 / area of
    mean pools before it) is a sum of weights; of other `cells` (one-sided pairs by
    default), `scale` times the span from the least to the largest conductance is
    the weight that they call 1.

    Constraints:
    - matrix_c1: rows, columns and positions are positive.
    - matrix_c2: blocks have four numbers each and tile the rows in order.
    - matrix_c3: scale is positive and finite, factor positive.
    - matrix_c4: an unrolled matrix has one position.

    Example:
    ```mlir
    imc.matrix @g0 into "liquid" receptor 0 rows 456 columns 200 positions 1
        blocks [[0, 0, 0, 256], [1, 0, 256, 200]] scale 2.0e4 factor 1.0
    imc.matrix @g1 into "out" receptor 0 rows 200 columns 10 positions 1
        blocks [[2, 0, 0, 200]] scale 2.0e4 factor 1.0 cells <sliced_pairs, slices = 4, weight_bits = 8>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$population, I64Attr:$receptor, I64Attr:$rows,
    I64Attr:$columns, I64Attr:$positions, ArrayAttr:$blocks, F64Attr:$scale, F64Attr:$factor,
    OptionalAttr<Imc_Cells>:$cells, UnitAttr:$unrolled);
  let assemblyFormat = [{
    $sym_name `into` $population `receptor` $receptor `rows` $rows `columns` $columns
    `positions` $positions `blocks` $blocks `scale` $scale `factor` $factor
    (`cells` $cells^)? (`unrolled` $unrolled^)? attr-dict
  }];
  let extraClassDeclaration = [{
    /// The encoding of its written cells; their least conductance is not part
    /// of the program and left at 0.
    ::limen::target::Encoding encoding();
    /// Cell columns that `outputs` of its columns take.
    int64_t cellColumns(int64_t outputs) {
      const ::limen::target::Encoding e = encoding();
      return int64_t(e.lines(static_cast<uint32_t>(outputs))) * e.cells();
    }
  }];
  let hasVerifier = 1;
}

class Imc_RegionOp<string opMnemonic> : Imc_Member<opMnemonic, [Symbol,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  code declarations = [{
    int64_t firstRow() { return getPlace()[0]; }
    int64_t firstColumn() { return getPlace()[1]; }
    int64_t rows() { return getPart()[2]; }
    /// Its width in cells: what its matrix says, or pairs without one.
    int64_t cellColumns();
  }];
  let extraClassDeclaration = declarations;
}

def Imc_WriteOp : Imc_RegionOp<"write"> {
  let summary = "A region of cells that is written and verified";
  let description = [{
    `at` is its first row and cell column on the macro; `part` is (first row,
    first column, rows, columns) of the matrix. `conductances` holds the targets
    in siemens, row-major, the cells of a weight side by side (G+ and G- of a pair;
    of slices, the lowest bits first).

    Constraints:
    - region_c1: macro and matrix exist.
    - region_c2: the part is inside the matrix, the region inside the macro.
    - write_c1: there is one conductance per cell, none negative.
    - write_c2: the resource is present, not elided.

    Example:
    ```mlir
    imc.write @t0 of @g0 on @m0 at [0, 0] part [0, 0, 2, 1]
        conductances(dense<[[2.0e-5, 1.0e-7], [1.0e-7, 2.0e-5]]> : tensor<2x2xf64>)
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$matrix, FlatSymbolRefAttr:$macro,
    DenseI64ArrayAttr:$place, DenseI64ArrayAttr:$part, ElementsAttr:$conductances);
  let assemblyFormat = [{
    $sym_name `of` $matrix `on` $macro `at` $place `part` $part `conductances` `(` $conductances `)` attr-dict
  }];
}

def Imc_FormOp : Imc_RegionOp<"form"> {
  let summary = "A region of cells that is formed and never written";
  let description = [{
    All cells see the same forming voltage; which of them form, and to what, is
    drawn by the device from the identity of the matrix's random projections. A
    `map` holds what was measured instead, in siemens, row-major, G+ and G- of a
    weight side by side; 0 is a cell that did not form.

    A region that `shares` another is a window of its cells: the same random array,
    read by another network. A macro reads one region at a time, so that the two are
    never in use in the same read.

    Constraints: region_c1, region_c2.
    - form_c1: no imc.write names the same place (a formed region is not written).
    - form_c2: a map is present, has one conductance per cell, none negative.
    - form_c3: the cells of the matrix are one-sided pairs without levels.
    - form_c4: the shared region is formed, has cells of its own, and holds all cells
      of this one.
    - form_c5: a region that shares has no map: that of the shared region holds.

    Example:
    ```mlir
    imc.form @t0 of @g0 on @m0 at [0, 0] part [0, 0, 456, 200]
    imc.form @t1 of @g1 on @m0 at [456, 0] part [0, 0, 1, 1] map(dense<[[12.2e-6, 0.0]]> : tensor<1x2xf64>)
    imc.form @t2 of @g2 on @m0 at [192, 0] part [0, 0, 264, 200] shares @t0
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$matrix, FlatSymbolRefAttr:$macro,
    DenseI64ArrayAttr:$place, DenseI64ArrayAttr:$part, OptionalAttr<FlatSymbolRefAttr>:$shares,
    OptionalAttr<ElementsAttr>:$map);
  let assemblyFormat = [{
    $sym_name `of` $matrix `on` $macro `at` $place `part` $part (`shares` $shares^)?
    (`map` `(` $map^ `)`)? attr-dict
  }];
}

def Imc_LoadOp : Imc_Op<"load", [ParentOneOf<["ProgramOp", "StepOp"]>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Write a region once more, over what is in its cells";
  let description = [{
    In the program: before the first time step of the next imc.step, in every
    sample. In an imc.step: in every time step, after the reads above it.
    Neighbouring loads of different macros run at the same time; reads below wait.

    Constraints:
    - load_c1: the region exists and is written: a formed region is never written.
    - load_c2: the region is read by the imc.step that it is loaded for.

    Example:
    ```mlir
    imc.load @t0
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$tile);
  let assemblyFormat = "$tile attr-dict";
}

def Imc_StepOp : Imc_Member<"step", [NoTerminator, SingleBlock]> {
  let summary = "The schedule of one time step";
  let description = [{
    Loads, reads, accumulations and updates in the order in which their results are
    needed. Consecutive reads on different macros run at the same time, reads of
    one macro one after another. Independent networks of one imc.step run side by
    side: they wait for each other's macros and for the digital unit.

    Constraints, held by -imc-verify-program:
    - step_c1: a region that is read is in all of its cells, in every sample.
    - step_c2: the regions of a matrix are read and accumulated in one imc.step.

    Example: see imc.program.
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict-with-keyword $body";
}

class Imc_StepMember<string opMnemonic, list<Trait> traits = []>
    : Imc_Op<opMnemonic, !listconcat(traits, [HasParent<"StepOp">])>;

def Imc_ReadOp : Imc_StepMember<"read", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Drive a region's rows and convert its columns";
  let description = [{
    Rows whose source spiked, or has a value, are driven as `drive` says, by
    default with one bit: a count of k drives its row k times. At most
    `active_rows` are driven at once; more are driven in groups. Nothing happens
    when no row is driven; a convolution reads once per position.

    Constraints:
    - read_c1: the region exists.
    - read_c2: active_rows is positive and at most what the macro allows.
    - read_c3: sums without a sign have no sign-magnitude converter.

    Example:
    ```mlir
    imc.read @t0 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 512
    imc.read @t1 adc #imc.adc<bits 8, fixed, range 4.0e-5 : f64> active_rows 512
        drive <bit_serial, bits = 4, scale = 15.0 : f64>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$tile, Imc_Adc:$adc, I64Attr:$active_rows, OptionalAttr<Imc_Drive>:$drive);
  let assemblyFormat = "$tile `adc` $adc `active_rows` $active_rows (`drive` $drive^)? attr-dict";
}

def Imc_AccumulateOp : Imc_StepMember<"accumulate", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Add the codes of a matrix's reads into its population's inputs";
  let description = [{
    Constraints:
    - accumulate_c1: the matrix exists.
    - accumulate_c2: `bits` hold the largest sum of codes that the reads of one
      step can make: of every row tile, once per group of active rows, slice of
      weights and slice of numbers, shifted by the bits below.
    - accumulate_c3: all reads of the matrix drive their rows in the same way.

    Example:
    ```mlir
    imc.accumulate @g0 bits 24
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$matrix, I64Attr:$bits);
  let assemblyFormat = "$matrix `bits` $bits attr-dict";
}

def Imc_RelayOp : Imc_StepMember<"relay"> {
  let summary = "A projection without a matrix, done digitally";
  let description = [{
    One-to-one synapses add their weights to the inputs of `into`.

    Example:
    ```mlir
    imc.relay 3 into "out"
    ```
  }];
  let arguments = (ins I64Attr:$projection, StrAttr:$population);
  let assemblyFormat = "$projection `into` $population attr-dict";
}

def Imc_UpdateOp : Imc_StepMember<"update"> {
  let summary = "Step a population in the digital neuron unit";
  let description = [{
    Example:
    ```mlir
    imc.update "out" kernel @step_out
    ```
  }];
  let arguments = (ins StrAttr:$population, SymbolRefAttr:$kernel);
  let assemblyFormat = "$population `kernel` $kernel attr-dict";
}

#endif // LIMEN_DIALECTS_IMC_IR_IMCOPS_TD
