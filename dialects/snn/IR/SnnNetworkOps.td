// Networks, their inputs, populations and outputs.

#ifndef LIMEN_DIALECTS_SNN_IR_SNNNETWORKOPS_TD
#define LIMEN_DIALECTS_SNN_IR_SNNNETWORKOPS_TD

include "dialects/snn/IR/SnnTypes.td"

def Snn_NetworkOp : Snn_Op<"network", [Symbol, SymbolTable, IsolatedFromAbove, NoTerminator,
    HasParent<"::mlir::ModuleOp">, RegionKindInterface, HasOnlyGraphRegion]> {
  let summary = "A spiking network";
  let description = [{
    A graph region: values may be used before they are defined, since recurrent
    networks are the normal case. `dt` is the step in seconds.

    Constraints:
    - network_c1: dt is a positive number.
    - network_c2: names of inputs, neurons, readouts are unique.
    - network_c3: there is no cycle whose total delay is 0; the error names it.
    - network_c4: the network has an output.
    - plasticity_c1 to plasticity_c6 (see #snn.plasticity).

    Example: see docs/examples/lif-chain.mlir.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, F64Attr:$dt);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `dt` $dt attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

class Snn_NetworkMember<string opMnemonic, list<Trait> traits = []>
    : Snn_Op<opMnemonic, !listconcat(traits, [HasParent<"NetworkOp">])>;

// Prints the result of an op with a name under that name.
def Snn_NamedResult : DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>;

def Snn_InputOp : Snn_NetworkMember<"input", [MemoryEffects<[MemRead]>, Snn_NamedResult]> {
  let summary = "Where events enter the network";
  let description = [{
    With `events` the input brings its own spikes, the same for every sample: rows
    of [step, element], by step. On hardware: a spike source.

    Constraints:
    - input_c1: events are i32 of shape [n, 2], steps never falling and not
      negative, elements those of the result.

    Example:
    ```mlir
    %events = snn.input "camera" : !snn.spikes<2x34x34>
    %ticks = snn.input "ticks" events(dense<[[0, 1], [10, 0]]> : tensor<2x2xi32>)
        : !snn.spikes<2>
    ```
  }];
  let arguments = (ins StrAttr:$name, OptionalAttr<ElementsAttr>:$events);
  let results = (outs Snn_Spikes:$result);
  let assemblyFormat = "$name (`events` `(` $events^ `)`)? attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def Snn_OutputOp : Snn_NetworkMember<"output", [MemoryEffects<[MemWrite]>]> {
  let summary = "What the network returns";
  let description = [{
    Spikes are counted over the sample, values are summed, scores are returned.

    Example:
    ```mlir
    snn.output "out" %spikes : !snn.spikes<10>
    ```
  }];
  let arguments = (ins StrAttr:$name, AnyTypeOf<[Snn_Spikes, Snn_Current, Snn_Scores]>:$value);
  let assemblyFormat = "$name $value attr-dict `:` type($value)";
}

def Snn_NeuronOp : Snn_NetworkMember<"neuron", [Pure, Snn_NamedResult, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A population of neurons";
  let description = [{
    One neuron per element of the result. Currents into one receptor add up;
    `receptors` gives the receptor of each operand, all 0 without it.
    `parameters` holds one scalar or one tensor of the population's shape for each
    parameter of the model that has no default, `initial` the same for states that
    do not start as the model says.

    Constraints:
    - neuron_c1: `model` names an snn.model.
    - neuron_c2: the parameters are exactly the model's, defaults aside.
    - neuron_c3: a parameter is a number, or has one element or one per neuron.
    - neuron_c4: every operand has the population's number of elements.
    - neuron_c5: `receptors` has one entry per operand, below the number of receptors.
    - neuron_c6: the result is spikes for a spiking model, a current otherwise.
    - neuron_c7: every name in `initial` is a state, with a value as in neuron_c3.

    Example:
    ```mlir
    %s = snn.neuron "lif1" @lif(%a, %b) {tau = 0.0025, r = 1.0, v_leak = 0.0, v_threshold = 0.1}
        : (!snn.current<10>, !snn.current<10>) -> !snn.spikes<10>
    ```
  }];
  let arguments = (ins
    StrAttr:$name,
    FlatSymbolRefAttr:$model,
    Variadic<Snn_Current>:$currents,
    DictionaryAttr:$parameters,
    OptionalAttr<DenseI32ArrayAttr>:$receptors,
    OptionalAttr<FlatSymbolRefAttr>:$kernel,
    OptionalAttr<DictionaryAttr>:$initial);
  let results = (outs Snn_Signal:$result);
  let assemblyFormat = [{
    $name $model `(` $currents `)` (`receptors` $receptors^)? $parameters (`initial` $initial^)? (`kernel` $kernel^)?
    attr-dict-with-keyword `:` functional-type($currents, $result)
  }];
  let hasVerifier = 1;
}

#endif // LIMEN_DIALECTS_SNN_IR_SNNNETWORKOPS_TD
