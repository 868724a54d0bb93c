#ifndef LIMEN_DIALECTS_SPIN_IR_SPINOPS_TD
#define LIMEN_DIALECTS_SPIN_IR_SPINOPS_TD

include "dialects/spin/IR/SpinDialect.td"

class Spin_Op<string opMnemonic, list<Trait> traits = []> : Op<Spin_Dialect, opMnemonic, traits>;

defvar Spin_Arrays = TypedArrayAttrBase<DenseI32ArrayAttr, "arrays of s16.15 numbers">;

def Spin_ProgramOp : Spin_Op<"program", [Symbol, SymbolTable, IsolatedFromAbove, NoTerminator, SingleBlock,
    HasParent<"::mlir::ModuleOp">]> {
  let summary = "What a machine runs";
  let description = [{
    All cores and routing tables of one network on one machine. `machine` is its
    name, `document` its full description (YAML), so that a stored program does
    not depend on target files. `remarks` say what lowering changed.

    Constraints:
    - program_c1: no two cores have the same place.
    - program_c2: key blocks of cores are disjoint.
    - program_c3: no chip has two routing tables.

    Example:
    ```mlir
    spin.program @net machine "spinnaker1-48" document "..." {
      spin.source @in_0 at [0, 0, 1] node "in" slice [0, 20] key [0, 4294967264]
      spin.table at [0, 0] entries(dense<[[0, -32, 128]]> : tensor<1x3xi32>)
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$machine, StrAttr:$document,
                       OptionalAttr<StrArrayAttr>:$remarks);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `machine` $machine `document` $document (`remarks` $remarks^)? attr-dict-with-keyword $body
  }];
  let hasRegionVerifier = 1;
}

class Spin_Member<string opMnemonic, list<Trait> traits = []>
    : Spin_Op<opMnemonic, !listconcat(traits, [HasParent<"ProgramOp">])>;

def Spin_KernelOp : Spin_Member<"kernel", [Symbol, IsolatedFromAbove]> {
  let summary = "One time step of one neuron, in fixed point";
  let description = [{
    The body of a core's neuron loop. Arguments: coefficients, states, one input
    per receptor; yielded: the new states, then a spike (i1) or a value (i32).
    `uniform` says which coefficients all neurons of a core share. `formats` are
    those of the arguments ("s16.15", "u0.32", ...), all s16.15 without it; a value
    is s16.15. `rounding` says how products were rounded: down, nearest or
    toward_zero. `functions` counts, by the names that prices of a target have,
    what the body spells out in many ops: exp, divide, ...

    Constraints:
    - kernel_c1: arguments are i32: one per entry of `uniform`, state, receptor.
    - kernel_c2: it yields one i32 per state, then an i1 or an i32.
    - kernel_c3: it holds only arith ops on integers and spin.draw.
    - kernel_c4: `formats` has one format of 32 bits per argument.
    - kernel_c5: `functions` has positive i64 numbers.

    Example:
    ```mlir
    spin.kernel @if uniform [true] states 1 receptors 1 {
    ^bb0(%threshold: i32, %v: i32, %in: i32):
      %zero = arith.constant 0 : i32
      %charged = arith.addi %v, %in : i32
      %spike = arith.cmpi sgt, %charged, %threshold : i32
      %next = arith.select %spike, %zero, %charged : i32
      spin.yield %next, %spike : i32, i1
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DenseBoolArrayAttr:$uniform,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$states,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$receptors,
                       OptionalAttr<StrArrayAttr>:$formats,
                       DefaultValuedAttr<StrAttr, "\"down\"">:$rounding,
                       OptionalAttr<DictionaryAttr>:$functions);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `uniform` $uniform `states` $states `receptors` $receptors (`formats` $formats^)?
    (`rounding` $rounding^)? (`functions` $functions^)? attr-dict-with-keyword $body
  }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// Whether the output is a spike (i1) rather than a value.
    bool isSpiking();
  }];
}

def Spin_DrawOp : Spin_Op<"draw", [Pure, HasParent<"KernelOp">]> {
  let summary = "32 random bits of one neuron in one step";
  let description = [{
    The first word of draw `number` of the neuron (runtime/jit/Kernels.h): a
    function of the run's seed, the sample, the population, the neuron and the step.
    On hardware: a counter-based generator in the core.

    Constraints: kernel_c3.

    Example: see kernels of the model @poisson.
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative]>:$number);
  let results = (outs I32:$result);
  let assemblyFormat = "$number attr-dict `:` type($result)";
}

def Spin_YieldOp : Spin_Op<"yield", [Pure, Terminator, HasParent<"KernelOp">]> {
  let summary = "End of a kernel";
  let arguments = (ins Variadic<AnyTypeOf<[I1, I32]>>:$results);
  let assemblyFormat = "($results^ `:` type($results))? attr-dict";
}

class Spin_PlacedOp<string opMnemonic, list<Trait> traits = []> : Spin_Member<opMnemonic, traits> {
  code declarations = [{
    /// Core id on its chip.
    unsigned coreId() { return static_cast<unsigned>(getPlace()[2]); }
    int64_t sliceSize() { return getSlice()[1] - getSlice()[0]; }
  }];
  let extraClassDeclaration = declarations;
  let hasVerifier = 1;
}

def Spin_SourceOp : Spin_PlacedOp<"source", [Symbol]> {
  let summary = "A core that sends the spikes of an input";
  let description = [{
    `at` is chip x, chip y, core. It holds elements [begin, end) of the input
    `node`; element begin + i is sent with the key key | i, where `key` is the
    pair (key, mask) of an aligned power-of-two block.

    Constraints:
    - source_c1: the core is 1 to 185 and the chip not negative; the slice is not empty.
    - source_c2: the key block is aligned and holds the slice.

    Example:
    ```mlir
    spin.source @in_0 at [0, 0, 1] node "in" slice [0, 20] key [0, 4294967264]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DenseI64ArrayAttr:$place, StrAttr:$node,
                       DenseI64ArrayAttr:$slice, OptionalAttr<DenseI64ArrayAttr>:$key);
  let assemblyFormat = "$sym_name `at` $place `node` $node `slice` $slice (`key` $key^)? attr-dict";
}

def Spin_CoreOp : Spin_PlacedOp<"core", [Symbol, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A core that updates neurons and processes their synapses";
  let description = [{
    It holds neurons [begin, end) of population `node` and runs `kernel` on them
    from tick `start` on (the population's latency after retiming). `layout` is
    the widths of index, type and delay in a synaptic word. Ring buffers come in
    pairs per receptor, excitatory and inhibitory; an input is
    (excitatory << shift) - (inhibitory << shift) + bias. Where the kernel yields a
    value and the core has a key, the value is a whole number of spikes, sent as the
    payload of one packet. Coefficients, initial
    states and biases hold one number, or one per neuron of the slice.

    Constraints:
    - core_c1: the core is 1 to 185 and the chip not negative; the slice has 1 to 256 neurons.
    - core_c2: the key block is aligned and holds the slice.
    - core_c3: the kernel exists.
    - core_c4: one coefficient array per coefficient of the kernel, of one number
      where it is uniform, else one per neuron.
    - core_c5: one initial array per state, one bias array per receptor.
    - core_c6: two shifts per receptor, 0 to 15.
    - core_c7: index bits hold the slice, type bits the ring buffers; all three
      make at most 16.

    Example:
    ```mlir
    spin.core @out_0 at [0, 0, 2] node "out" slice [0, 10] start 1 runs @if layout [4, 1, 1]
        shifts [2, 0] coefficients [array<i32: 32768>] initial [array<i32: 0>] bias [array<i32: 0>]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DenseI64ArrayAttr:$place, StrAttr:$node,
    DenseI64ArrayAttr:$slice, ConfinedAttr<I64Attr, [IntNonNegative]>:$start, FlatSymbolRefAttr:$kernel,
    DenseI64ArrayAttr:$layout, DenseI64ArrayAttr:$shifts, Spin_Arrays:$coefficients,
    Spin_Arrays:$initial, Spin_Arrays:$bias, OptionalAttr<DenseI64ArrayAttr>:$key);
  let assemblyFormat = [{
    $sym_name `at` $place `node` $node `slice` $slice `start` $start `runs` $kernel `layout` $layout
    `shifts` $shifts `coefficients` $coefficients `initial` $initial `bias` $bias (`key` $key^)? attr-dict
  }];
}

def Spin_SynapsesOp : Spin_PlacedOp<"synapses", [Symbol, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A core with synapses of the neurons of another";
  let description = [{
    It has ring buffers for the slice of the core `feeds`, in the layout of that
    core, and processes the rows that a spin.rows gives it. Shortly before the timer
    interrupts it writes the sums of the next tick to SDRAM, those of the ring
    buffers `types` (2 r: excitatory, 2 r + 1: inhibitory of receptor r); the fed core
    adds up in 32 bits what all its synapse cores wrote. A fed core has no ring
    buffers and rows of its own.

    Constraints:
    - synapses_c1: as source_c1.
    - synapses_c2: `feeds` is a spin.core of the same node, slice and chip.
    - synapses_c3: types ascend, are not empty, and the fed core has such shifts.

    Example:
    ```mlir
    spin.synapses @out_0_1 at [0, 0, 3] node "out" slice [0, 10] feeds @out_0 types [0, 1]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DenseI64ArrayAttr:$place, StrAttr:$node,
    DenseI64ArrayAttr:$slice, FlatSymbolRefAttr:$feeds, DenseI64ArrayAttr:$types);
  let assemblyFormat = [{
    $sym_name `at` $place `node` $node `slice` $slice `feeds` $feeds `types` $types attr-dict
  }];
}

def Spin_WritesOp : Spin_Member<"writes", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Sources that fill the ring buffers of one other core";
  let description = [{
    The neurons of `core` drive those of `feeds` one to one, without packets: for
    each spike of neuron i the core adds the synaptic word `words`[i] (0: none), in the
    layout of `feeds`, to ring buffers of its own, whose sums it hands over as a
    spin.synapses does.

    Constraints:
    - writes_c1: both are spin.cores of the same slice and chip; `core` has no key.
    - writes_c2: one word per neuron; the index in word i is i, its type in `types`.
    - writes_c3: as synapses_c3.

    Example:
    ```mlir
    spin.writes @noise_0 feeds @out_0 types [0] words [65536, 65537]
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$core, FlatSymbolRefAttr:$feeds, DenseI64ArrayAttr:$types,
    DenseI32ArrayAttr:$words);
  let assemblyFormat = "$core `feeds` $feeds `types` $types `words` $words attr-dict";
}

def Spin_StdpOp : Spin_Member<"stdp", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The rule of a core's plastic synapses";
  let description = [{
    What the core does to the plastic synapses of a row when it comes in: the pair
    rule with every spike or, with `nearest`, with the nearest one only; additive, or
    `multiplicative`. `tau` are the time constants of source and target in steps,
    `amplitude` A+ and A-, `bounds` the lowest and highest weight, as numbers of the
    receptor's input.

    Constraints:
    - stdp_c1: tau, amplitude and bounds are two finite numbers each; tau is above 0,
      bounds do not fall and are not negative.
    - stdp_c2: the core exists.

    Example:
    ```mlir
    spin.stdp @out_0 nearest tau [5.0, 5.0] amplitude [1.0, -1.0] bounds [0.0, 20.0]
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$core, UnitAttr:$nearest, UnitAttr:$multiplicative,
    DenseF64ArrayAttr:$tau, DenseF64ArrayAttr:$amplitude, DenseF64ArrayAttr:$bounds);
  let assemblyFormat = [{
    $core (`nearest` $nearest^)? (`multiplicative` $multiplicative^)? `tau` $tau `amplitude` $amplitude
    `bounds` $bounds attr-dict
  }];
  let hasVerifier = 1;
}

def Spin_DelayOp : Spin_PlacedOp<"delay", [Symbol, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A delay-extension core";
  let description = [{
    It holds the spikes of neurons [begin, end) of `node`, which the core `extends`
    sends, and sends each again `step` ticks later, 2 `step` ticks later, ...,
    `stages` times. The packet of stage s (1, 2, ...) and neuron begin + i has the
    key key + (s - 1) (end - begin) + i. A tick's spikes of a neuron are counted in
    8 bits.

    Constraints:
    - delay_c1: as source_c1; stages and step are positive.
    - delay_c2: the key block is aligned and holds a key per stage and neuron.
    - delay_c3: `extends` is a spin.core or spin.source of the same node with a key,
      whose slice contains this one.

    Example:
    ```mlir
    spin.delay @in_delay_0 at [0, 0, 2] node "in" slice [0, 20] stages 2 step 16
        extends @in_0 key [64, 4294967232]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DenseI64ArrayAttr:$place, StrAttr:$node,
    DenseI64ArrayAttr:$slice, ConfinedAttr<I64Attr, [IntPositive]>:$stages,
    ConfinedAttr<I64Attr, [IntPositive]>:$step, FlatSymbolRefAttr:$extends,
    OptionalAttr<DenseI64ArrayAttr>:$key);
  let assemblyFormat = [{
    $sym_name `at` $place `node` $node `slice` $slice `stages` $stages `step` $step `extends` $extends
    (`key` $key^)? attr-dict
  }];
}

def Spin_RowsOp : Spin_Member<"rows", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The synaptic memory of a core";
  let description = [{
    `table` is the master population table, five words per entry; `addresses` are
    its address words; `words` is SDRAM. The formats are those of the published
    runtime (compiler/Mapping/SynapticRows.h).

    In place of `words`, rows may be rules that the loader draws into place:
    `draws` names projections of the network (a name that comes again is the next
    projection of that name), `delays` how many steps their
    synapses' own delays count from, `fractions` the bits behind the point of
    each receptor's inputs, which with the core's shifts scale weights; `blocks`
    has, for every address word, the number of its projection in `draws`. A row
    too long for its block goes on in the next one of the same key and
    projection. `size` is the number of words that SDRAM will hold.

    Constraints:
    - rows_c1: the core exists and is a spin.core or a spin.synapses.
    - rows_c2: the table has five columns, addresses and words one dimension.
    - rows_c3: words are present, not elided.
    - rows_c4: it has words, or all of draws, delays, fractions, blocks and size:
      a delay per projection, a fraction per receptor, a block per address word
      that `draws` has.

    Example:
    ```mlir
    spin.rows @out_0 table(dense<[[0, -32, 65536, 0, 20]]> : tensor<1x5xi32>)
        addresses(dense<0> : tensor<1xi32>) words(dense<0> : tensor<80xi32>)
    spin.rows @out_1 table(dense<[[0, -32, 65536, 0, 20]]> : tensor<1x5xi32>)
        addresses(dense<0> : tensor<1xi32>) draws ["in_out"] delays [1] fractions [15]
        blocks(dense<0> : tensor<1xi32>) size 80
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$core, ElementsAttr:$table, ElementsAttr:$addresses,
                       OptionalAttr<ElementsAttr>:$words, OptionalAttr<StrArrayAttr>:$draws,
                       OptionalAttr<DenseI64ArrayAttr>:$delays,
                       OptionalAttr<DenseI64ArrayAttr>:$fractions,
                       OptionalAttr<ElementsAttr>:$blocks,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntNonNegative]>>:$size);
  let assemblyFormat = [{
    $core `table` `(` $table `)` `addresses` `(` $addresses `)` (`words` `(` $words^ `)`)?
    (`draws` $draws^)? (`delays` $delays^)? (`fractions` $fractions^)? (`blocks` `(` $blocks^ `)`)?
    (`size` $size^)? attr-dict
  }];
}

def Spin_TableOp : Spin_Member<"table"> {
  let summary = "The routing table of a chip";
  let description = [{
    Rows of (key, mask, route): a packet matches the first with
    packet & mask == key. Bits 0-5 of the route are the links E, NE, N, W, SW, S;
    bit 6 + p is core p. Where chips have more than 25 cores, further columns go on
    with 32 bits each. What matches nothing goes straight on.

    Constraints:
    - table_c1: entries have three to eight columns.
    - table_c2: no entry has bits in its key that its mask does not have, or an
      empty route.

    Example:
    ```mlir
    spin.table at [0, 0] entries(dense<[[0, -32, 256]]> : tensor<1x3xi32>)
    ```
  }];
  let arguments = (ins DenseI64ArrayAttr:$chip, ElementsAttr:$entries);
  let assemblyFormat = "`at` $chip `entries` `(` $entries `)` attr-dict";
  let hasVerifier = 1;
}

#endif // LIMEN_DIALECTS_SPIN_IR_SPINOPS_TD
