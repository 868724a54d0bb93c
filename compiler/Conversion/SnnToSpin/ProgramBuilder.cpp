#include "compiler/Conversion/SnnToSpin/ProgramBuilder.h"

#include "compiler/Conversion/SnnToSpin/FixedPoint.h"
#include "compiler/Conversion/SnnToSpin/Ranges.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

using namespace mlir;
using namespace limen;
using network::Network;
using network::Node;

static std::string placeOf(Operation *op) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << op->getName() << " (" << op->getLoc() << ")";
  return text;
}

/// "states of 'a' in s16.15, 2 coefficients in u0.32; range and largest error
/// of a step: v -70 to -50, 0.0031; ..."
static std::string describeFormats(const Node &node, const FixedPlan &plan,
                                   const StepRanges &ranges) {
  std::map<std::string, unsigned> counts;
  for (target::FixedFormat format : plan.coefficientFormats)
    ++counts[target::toString(format)];
  std::vector<std::string> coefficients, states;
  for (const auto &[format, count] : counts)
    coefficients.push_back(fmt::format("{} in {}", count, format));
  for (size_t k = 0; k < ranges.states.size(); ++k) {
    using Origin = StepRanges::Origin;
    const Origin origin = ranges.origins[k];
    states.push_back(fmt::format(
        "{}{} {:.5g} to {:.5g}{}, {:.2g}", node.model.states[k].name,
        plan.stateFormats[k] == target::accum
            ? ""
            : " (" + target::toString(plan.stateFormats[k]) + ")",
        ranges.states[k].low, ranges.states[k].high,
        origin == Origin::Derived    ? ""
        : origin == Origin::Declared ? " (declared)"
                                     : " (no bound found)",
        ranges.errors[k]));
  }
  std::string text =
      fmt::format("'{}' ({}) in s16.15", node.name, node.model.name);
  if (!coefficients.empty())
    text += fmt::format(", coefficients: {}", fmt::join(coefficients, ", "));
  if (!states.empty())
    text += fmt::format("; range and largest error of one step: {}",
                        fmt::join(states, "; "));
  if (!ranges.overflows.empty())
    text +=
        fmt::format("; {} op(s) may leave their format and wrap, the first "
                    "is {}",
                    ranges.overflows.size(), placeOf(ranges.overflows.front()));
  return text;
}

namespace {

class ProgramBuilder {
public:
  ProgramBuilder(snn::NetworkOp op, const Network &network,
                 const mapping::SpinMapping &mapping,
                 const target::SpinMachine &machine)
      : op(op), network(network), mapping(mapping), machine(machine),
        builder(op.getContext()) {
    for (snn::NeuronOp neuron : op.getBody().front().getOps<snn::NeuronOp>())
      neurons[neuron.getName().str()] = neuron;
  }

  FailureOr<spin::ProgramOp> build(const MachineText &machine) {
    builder.setInsertionPointAfter(op);
    auto program = spin::ProgramOp::create(
        builder, op.getLoc(), (op.getSymName() + "_program").str(),
        machine.name, machine.document, ArrayAttr());
    Block &body = program.getBody().emplaceBlock();
    builder.setInsertionPointToEnd(&body);
    for (unsigned n = 0; n < network.nodes.size(); ++n)
      if (failed(network.nodes[n].isInput ? addSources(n) : addPopulation(n))) {
        program.erase();
        return failure();
      }
    addDelays();
    addTables();
    addRemarks(program);
    return program;
  }

private:
  using Slices = std::pair<unsigned, unsigned>;
  Slices slicesOf(unsigned node) const {
    return {mapping.partition.firstSlice[node],
            mapping.partition.firstSlice[node + 1]};
  }

  std::string coreName(unsigned slice) const {
    const unsigned node = mapping.partition.slices[slice].node;
    return fmt::format("{}_{}", network.nodes[node].name,
                       slice - mapping.partition.firstSlice[node]);
  }

  DenseI64ArrayAttr placeOf(unsigned slice) {
    const target::CoreId &at = mapping.placement[slice];
    return builder.getDenseI64ArrayAttr({at.chip.x, at.chip.y, at.core});
  }

  DenseI64ArrayAttr rangeOf(unsigned slice) {
    const mapping::Slice &s = mapping.partition.slices[slice];
    return builder.getDenseI64ArrayAttr({s.begin, s.end});
  }

  DenseI64ArrayAttr keyOf(unsigned slice) {
    const mapping::Slice &s = mapping.partition.slices[slice];
    return s.sends ? builder.getDenseI64ArrayAttr({s.key, s.mask})
                   : DenseI64ArrayAttr();
  }

  LogicalResult addSources(unsigned node) {
    auto [first, last] = slicesOf(node);
    for (unsigned s = first; s < last; ++s)
      spin::SourceOp::create(builder, op.getLoc(), coreName(s), placeOf(s),
                             network.nodes[node].name, rangeOf(s), keyOf(s));
    return success();
  }

  /// The kernel of a population; populations of one model, one pattern of
  /// uniform coefficients and the same formats share it.
  std::string kernelFor(const Node &node, snn::ModelOp model,
                        const FixedPlan &plan) {
    SmallVector<bool> uniform;
    std::string key = node.model.name;
    for (size_t k = 0; k < plan.coefficients.size(); ++k) {
      uniform.push_back(plan.coefficients[k].values.size() == 1);
      key += fmt::format("/{}{}", uniform.back() ? "" : "*",
                         target::toString(plan.coefficientFormats[k]));
    }
    // Ops may take one coefficient in different formats.
    for (Operation &op : model.getStep().front())
      for (OpOperand &operand : op.getOpOperands())
        if (const auto wanted = plan.wanted.find(&operand);
            wanted != plan.wanted.end())
          key += "/" + target::toString(wanted->second);
    auto [at, fresh] = kernels.try_emplace(
        key, fmt::format("{}_kernel{}", node.model.name, kernels.size()));
    if (fresh)
      buildFixedPointKernel(builder, at->second, model, uniform, plan,
                            machine.productRounding, machine.constantRounding);
    return at->second;
  }

  /// Elements [begin, end) of `values`, or its one value.
  template <typename T>
  FailureOr<Attribute> numbers(std::span<const T> values, uint32_t begin,
                               uint32_t end, target::FixedFormat format,
                               snn::NeuronOp neuron, StringRef what) {
    if (values.size() <= 1) {
      begin = 0;
      end = values.size();
    }
    SmallVector<int32_t> out;
    for (uint32_t i = begin; i < end; ++i) {
      Result<int32_t> fixed = target::toFixed(static_cast<double>(values[i]),
                                              format, machine.constantRounding);
      if (!fixed)
        return neuron.emitOpError() << what << ' ' << fixed.error().message;
      lostNumbers += *fixed == 0 && values[i] != 0;
      out.push_back(*fixed);
    }
    if (out.empty())
      out.push_back(0);
    return Attribute(builder.getDenseI32ArrayAttr(out));
  }

  LogicalResult addCore(unsigned slice, const Node &node, snn::NeuronOp neuron,
                        const FixedPlan &plan, StringRef kernel) {
    const mapping::Slice &s = mapping.partition.slices[slice];
    SmallVector<Attribute> coefficients, initial, bias;
    auto append = [&](SmallVector<Attribute> &list,
                      FailureOr<Attribute> attribute) {
      if (succeeded(attribute))
        list.push_back(*attribute);
      return succeeded(attribute);
    };
    for (auto [c, format] :
         llvm::zip_equal(plan.coefficients, plan.coefficientFormats))
      if (!append(coefficients, numbers(c.values.values, s.begin, s.end, format,
                                        neuron, "coefficient " + c.name)))
        return failure();
    for (auto [state, format] :
         llvm::zip_equal(node.model.states, plan.stateFormats))
      if (!append(initial, numbers(state.initial.values, s.begin, s.end, format,
                                   neuron, "initial " + state.name)))
        return failure();
    for (auto [values, format] :
         llvm::zip_equal(mapping.bias[s.node], plan.receptorFormats))
      if (!append(bias, numbers(std::span<const float>(values), s.begin, s.end,
                                format, neuron, "bias")))
        return failure();
    SmallVector<int64_t> shifts;
    for (const mapping::RingScale &scale : mapping.scales[s.node])
      shifts.push_back(scale.shift);
    const mapping::RowLayout &layout = mapping.images[slice].layout;
    spin::CoreOp::create(
        builder, neuron.getLoc(), coreName(slice), placeOf(slice), node.name,
        rangeOf(slice), mapping.retiming.latency[s.node], kernel,
        builder.getDenseI64ArrayAttr(
            {layout.indexBits, layout.typeBits, layout.delayBits}),
        builder.getDenseI64ArrayAttr(shifts),
        builder.getArrayAttr(coefficients), builder.getArrayAttr(initial),
        builder.getArrayAttr(bias), keyOf(slice));
    if (const auto &rule = mapping.rules[s.node])
      spin::StdpOp::create(builder, neuron.getLoc(), coreName(slice),
                           rule->pairing == target::Pairing::Nearest,
                           rule->dependence ==
                               target::Dependence::Multiplicative,
                           ArrayRef<double>{rule->tauPlus, rule->tauMinus},
                           ArrayRef<double>{rule->aPlus, rule->aMinus},
                           ArrayRef<double>{rule->lowest, rule->highest});
    return success();
  }

  /// What the receptors of a population may receive in a step.
  std::vector<Interval> inputsOf(unsigned n) const {
    std::vector<Interval> inputs;
    for (size_t r = 0; r < network.nodes[n].model.receptors.size(); ++r) {
      Interval bias = {0, 0};
      if (const auto &values = mapping.bias[n][r]; !values.empty()) {
        const auto [low, high] =
            std::minmax_element(values.begin(), values.end());
        bias = {double(*low), double(*high)};
      }
      // Ring buffers saturate; none is used where no weight arrives.
      const auto bound = [&](size_t type) {
        const mapping::RingScale &scale = mapping.scales[n][type];
        return scale.bound > 0 ? 65535 * scale.unit() : 0;
      };
      inputs.push_back({bias.low - bound(2 * r + 1), bias.high + bound(2 * r)});
    }
    return inputs;
  }

  LogicalResult addPopulation(unsigned n) {
    const Node &node = network.nodes[n];
    snn::NeuronOp neuron = neurons.at(node.name);
    auto model = op->getParentOfType<ModuleOp>().lookupSymbol<snn::ModelOp>(
        neuron.getModelAttr());
    FailureOr<FixedPlan> plan = planFixedPoint(model, node.model);
    if (failed(plan))
      return neuron.emitOpError() << "cannot run in s16.15";
    const std::string kernel = kernelFor(node, model, *plan);
    const std::vector<Interval> inputs = inputsOf(n);
    FailureOr<StepRanges> ranges =
        analyseRanges(model, *plan, node.model, inputs, machine.productRounding,
                      machine.constantRounding);
    if (failed(ranges))
      return neuron.emitOpError() << "cannot run in s16.15";
    formats[n] = describeFormats(node, *plan, *ranges);
    auto [first, last] = slicesOf(n);
    for (unsigned s = first; s < last; ++s) {
      if (failed(addCore(s, node, neuron, *plan, kernel)))
        return failure();
      addRows(n, s, neuron.getLoc());
    }
    return success();
  }

  void addRows(unsigned n, unsigned slice, Location place) {
    const mapping::CoreImage &image = mapping.images[slice];
    const ElementsAttr table = words(image.table, mapping::tableEntryWords);
    const ElementsAttr addresses = words(image.addresses, 0);
    if (!image.rows.empty())
      spin::RowsOp::create(builder, place, coreName(slice), table, addresses,
                           resource(coreName(slice) + "_rows", image.rows),
                           ArrayAttr(), DenseI64ArrayAttr(),
                           DenseI64ArrayAttr(), ElementsAttr(), IntegerAttr());
    if (image.drawnFor.empty())
      return;
    std::map<unsigned, uint32_t> numbers; // of projections in `draws`
    SmallVector<StringRef> draws;
    SmallVector<int64_t> delays, fractions;
    for (unsigned p = 0; p < network.projections.size(); ++p)
      if (network.projections[p].target == n) {
        numbers[p] = static_cast<uint32_t>(draws.size());
        draws.push_back(network.projections[p].name);
        delays.push_back(mapping.retiming.delays[p]);
      }
    for (size_t r = 0; r < network.nodes[n].model.receptors.size(); ++r)
      fractions.push_back(mapping.scales[n][2 * r].fraction);
    std::vector<uint32_t> blocks;
    for (uint32_t p : image.drawnFor)
      blocks.push_back(numbers.at(p));
    spin::RowsOp::create(
        builder, place, coreName(slice), table, addresses, ElementsAttr(),
        builder.getStrArrayAttr(draws), builder.getDenseI64ArrayAttr(delays),
        builder.getDenseI64ArrayAttr(fractions), words(blocks, 0),
        builder.getI64IntegerAttr(static_cast<int64_t>(image.drawnWords)));
  }

  ElementsAttr words(ArrayRef<uint32_t> values, int64_t columns) {
    const auto count = static_cast<int64_t>(values.size());
    const auto type =
        columns ? RankedTensorType::get({count / columns, columns},
                                        builder.getI32Type())
                : RankedTensorType::get({count}, builder.getI32Type());
    const ArrayRef<int32_t> data(
        reinterpret_cast<const int32_t *>(values.data()), values.size());
    return DenseElementsAttr::get(type, data);
  }

  ElementsAttr resource(const std::string &name, ArrayRef<uint32_t> values) {
    const auto type = RankedTensorType::get(
        {static_cast<int64_t>(values.size())}, builder.getI32Type());
    const ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()),
                               values.size() * sizeof(uint32_t));
    // Blobs are aligned to 64 so that the simulator can use them in place.
    return DenseResourceElementsAttr::get(
        type, name,
        HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, 64,
                                                      /*dataIsMutable=*/false));
  }

  void addDelays() {
    const std::vector<mapping::Slice> &slices = mapping.partition.slices;
    const unsigned first = mapping.partition.firstSlice.back();
    for (unsigned s = first; s < slices.size(); ++s) {
      const mapping::Slice &slice = slices[s];
      spin::DelayOp::create(
          builder, op.getLoc(),
          fmt::format("{}_delay_{}", network.nodes[slice.node].name, s - first),
          placeOf(s), network.nodes[slice.node].name, rangeOf(s),
          uint64_t(slice.stages), uint64_t(machine.delaySlots),
          coreName(slice.extends), keyOf(s));
    }
  }

  void addTables() {
    for (const auto &[chip, table] : mapping.tables) {
      std::vector<uint32_t> entries;
      for (const target::RoutingEntry &entry : table)
        entries.insert(entries.end(), {entry.key, entry.mask, entry.route});
      spin::TableOp::create(builder, op.getLoc(),
                            builder.getDenseI64ArrayAttr({chip.x, chip.y}),
                            words(entries, 3));
    }
  }

  /// How full cores are expected to be, where that chose their slices or will
  /// not do.
  std::string describeLoads() const {
    const std::vector<double> &loads = mapping.loads;
    const auto budget = static_cast<double>(machine.tickBudget().value());
    const auto fullest = std::max_element(loads.begin(), loads.end());
    const bool byCycles = machine.partition == target::PartitionRule::Cycles;
    if (fullest == loads.end() || (!byCycles && *fullest <= budget))
      return "";
    const std::string full = fmt::format(
        "'{}' with {:.0f} of {:.0f} cycles a tick, at {} spikes/s of "
        "sources that do not draw or bring their own",
        coreName(static_cast<unsigned>(fullest - loads.begin())), *fullest,
        budget, formatNumber(machine.spikesPerSecond.value()));
    if (byCycles)
      return "slices by cycles: the fullest core is expected to be " + full;
    const auto over =
        std::count_if(loads.begin(), loads.end(),
                      [&](double cycles) { return cycles > budget; });
    return fmt::format(
        "{} of {} cores are expected to need more than a tick, most of all {}; "
        "software.partition=cycles makes slices that need less",
        over, loads.size(), full);
  }

  void addRemarks(spin::ProgramOp program) {
    std::vector<std::string> texts;
    for (const auto &[node, text] : formats)
      texts.push_back(text);
    for (size_t n = 0; n < network.nodes.size(); ++n) {
      const mapping::RoundingReport &report = mapping.rounding[n];
      if (report.synapses == 0)
        continue;
      std::vector<std::string> scales;
      for (const mapping::RingScale &scale : mapping.scales[n])
        scales.push_back(
            fmt::format("2^{} ({})", std::ilogb(scale.unit()),
                        scale.worstCase ? "worst case" : "expected sum"));
      std::string text =
          fmt::format("weights into '{}' in units of {}: largest error {}",
                      network.nodes[n].name, fmt::join(scales, ", "),
                      fmt::format("{:.3g}", report.largestError));
      if (report.vanished > 0)
        text += fmt::format("; {} of {} became 0", report.vanished,
                            report.synapses);
      if (report.clipped > 0)
        text += fmt::format("; {} clipped", report.clipped);
      texts.push_back(std::move(text));
    }
    if (lostNumbers > 0)
      texts.push_back(fmt::format("{} coefficients, initial states and biases "
                                  "became 0 in fixed point",
                                  lostNumbers));
    if (const std::string text = describeLoads(); !text.empty())
      texts.push_back(text);
    const mapping::TableSizes &sizes = mapping.tableSizes;
    if (sizes.compressed > 0)
      texts.push_back(fmt::format(
          "routing tables of {} chip(s) compressed: {} entries of all chips "
          "became {}, the largest table {} became {}",
          sizes.compressed, sizes.before, sizes.after, sizes.largestBefore,
          sizes.largestAfter));
    const mapping::PlacementReport &hops = mapping.hops;
    if (hops.placed < hops.curve)
      texts.push_back(fmt::format(
          "placement by annealing: {:.6g} expected packets x routers per step "
          "became {:.6g}",
          hops.curve, hops.placed));
    SmallVector<StringRef> refs(texts.begin(), texts.end());
    if (!refs.empty())
      program.setRemarksAttr(builder.getStrArrayAttr(refs));
    for (const std::string &text : texts)
      emitRemark(op.getLoc()) << text;
  }

  snn::NetworkOp op;
  const Network &network;
  const mapping::SpinMapping &mapping;
  const target::SpinMachine &machine;
  OpBuilder builder;
  std::map<std::string, snn::NeuronOp> neurons;
  std::map<std::string, std::string> kernels; ///< by model and formats
  std::map<unsigned, std::string> formats;    ///< remarks, by node
  uint64_t lostNumbers = 0;
};

} // namespace

FailureOr<spin::ProgramOp>
limen::buildProgram(snn::NetworkOp op, const Network &network,
                    const mapping::SpinMapping &mapping,
                    const target::SpinMachine &machine,
                    const MachineText &text) {
  return ProgramBuilder(op, network, mapping, machine).build(text);
}
