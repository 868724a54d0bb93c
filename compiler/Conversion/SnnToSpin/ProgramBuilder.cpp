#include "compiler/Conversion/SnnToSpin/ProgramBuilder.h"

#include "compiler/Conversion/SnnToSpin/FixedPoint.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

using namespace mlir;
using namespace limen;
using network::Network;
using network::Node;

namespace {

class ProgramBuilder {
public:
  ProgramBuilder(snn::NetworkOp op, const Network &network,
                 const mapping::SpinMapping &mapping)
      : op(op), network(network), mapping(mapping), builder(op.getContext()) {
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

  /// The kernel of a population; populations of one model and one pattern of
  /// uniform coefficients share it.
  FailureOr<std::string> kernelFor(const Node &node, snn::NeuronOp neuron) {
    std::vector<bool> uniform;
    for (const network::Coefficient &coefficient : node.model.coefficients)
      uniform.push_back(coefficient.values.size() == 1);
    const auto key = std::make_pair(node.model.name, uniform);
    if (auto it = kernels.find(key); it != kernels.end())
      return it->second;
    const std::string name =
        fmt::format("{}_kernel{}", node.model.name, kernels.size());
    auto model = op->getParentOfType<ModuleOp>().lookupSymbol<snn::ModelOp>(
        neuron.getModelAttr());
    const SmallVector<bool> flags(uniform.begin(), uniform.end());
    if (failed(buildFixedPointKernel(builder, name, model, flags)))
      return neuron.emitOpError() << "cannot run in s16.15";
    return kernels[key] = name;
  }

  /// Elements [begin, end) of `values`, or its one value.
  template <typename T>
  FailureOr<Attribute> numbers(std::span<const T> values, uint32_t begin,
                               uint32_t end, snn::NeuronOp neuron,
                               StringRef what) {
    if (values.size() <= 1) {
      begin = 0;
      end = values.size();
    }
    SmallVector<int32_t> out;
    for (uint32_t i = begin; i < end; ++i) {
      Result<int32_t> fixed = toFixed(static_cast<double>(values[i]));
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
                        StringRef kernel) {
    const mapping::Slice &s = mapping.partition.slices[slice];
    SmallVector<Attribute> coefficients, initial, bias;
    auto append = [&](SmallVector<Attribute> &list,
                      FailureOr<Attribute> attribute) {
      if (succeeded(attribute))
        list.push_back(*attribute);
      return succeeded(attribute);
    };
    for (const network::Coefficient &c : node.model.coefficients)
      if (!append(coefficients, numbers(c.values.values, s.begin, s.end, neuron,
                                        "coefficient " + c.name)))
        return failure();
    for (const network::State &state : node.model.states)
      if (!append(initial, numbers(state.initial.values, s.begin, s.end, neuron,
                                   "initial " + state.name)))
        return failure();
    for (const std::vector<float> &values : mapping.bias[s.node])
      if (!append(bias, numbers(std::span<const float>(values), s.begin, s.end,
                                neuron, "bias")))
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
    return success();
  }

  LogicalResult addPopulation(unsigned n) {
    const Node &node = network.nodes[n];
    snn::NeuronOp neuron = neurons.at(node.name);
    FailureOr<std::string> kernel = kernelFor(node, neuron);
    if (failed(kernel))
      return failure();
    auto [first, last] = slicesOf(n);
    for (unsigned s = first; s < last; ++s) {
      if (failed(addCore(s, node, neuron, *kernel)))
        return failure();
      const mapping::CoreImage &image = mapping.images[s];
      if (image.rows.empty())
        continue;
      spin::RowsOp::create(builder, neuron.getLoc(), coreName(s),
                           words(image.table, mapping::tableEntryWords),
                           words(image.addresses, 0),
                           resource(coreName(s) + "_rows", image.rows));
    }
    return success();
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

  void addRemarks(spin::ProgramOp program) {
    std::vector<std::string> texts;
    for (size_t n = 0; n < network.nodes.size(); ++n) {
      const mapping::RoundingReport &report = mapping.rounding[n];
      if (report.synapses == 0)
        continue;
      std::vector<std::string> scales;
      for (const mapping::RingScale &scale : mapping.scales[n])
        scales.push_back(
            fmt::format("2^{} ({})", static_cast<int>(scale.shift) - 15,
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
                                  "became 0 in s16.15",
                                  lostNumbers));
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
  OpBuilder builder;
  std::map<std::string, snn::NeuronOp> neurons;
  std::map<std::pair<std::string, std::vector<bool>>, std::string> kernels;
  uint64_t lostNumbers = 0;
};

} // namespace

FailureOr<spin::ProgramOp>
limen::buildProgram(snn::NetworkOp op, const Network &network,
                    const mapping::SpinMapping &mapping,
                    const MachineText &machine) {
  return ProgramBuilder(op, network, mapping).build(machine);
}
