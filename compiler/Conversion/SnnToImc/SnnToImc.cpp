#include "compiler/Conversion/SnnToImc/SnnToImc.h"

#include "compiler/Mapping/ImcTiling.h"
#include "dialects/imc/IR/Imc.h"
#include "dialects/snn/IR/NetworkView.h"
#include "hw-models/target/Target.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <bit>
#include <cmath>

namespace limen {
#define GEN_PASS_DEF_CONVERTSNNTOIMC
#include "compiler/Conversion/SnnToImc/SnnToImcPasses.h.inc"
} // namespace limen

using namespace mlir;
using namespace limen;
using mapping::ImcBlock;
using mapping::ImcGroup;
using mapping::ImcPlan;
using mapping::ImcTile;

namespace {

class ConvertSnnToImc
    : public limen::impl::ConvertSnnToImcBase<ConvertSnnToImc> {
public:
  using Base::Base;

  void runOnOperation() override {
    snn::NetworkOp op = snn::theNetwork(getOperation());
    if (!op)
      return signalPassFailure();
    const std::vector<std::string> changes(overrides.begin(), overrides.end());
    Result<target::Target> description = target::loadDocument(target, changes);
    if (!description)
      return refuse(op, description.error());
    Result<target::ImcMacro> parsed =
        target::ImcMacro::parse(description->document);
    if (!parsed)
      return refuse(op, parsed.error());
    machine = std::move(*parsed);
    document = description->document.text();

    if (failed(checkSteps(op)))
      return signalPassFailure();
    FailureOr<network::Network> view = snn::viewNetwork(op);
    if (failed(view))
      return signalPassFailure();
    network = std::move(*view);
    Result<ImcPlan> mapped = mapping::mapToMacros(network, machine);
    if (!mapped)
      return refuse(op, mapped.error());
    plan = std::move(*mapped);
    if (Result<void> proved = mapping::verifyImc(network, machine, plan);
        !proved)
      return refuse(op, proved.error());
    emitProgram(op);
  }

private:
  /// The digital neuron unit has arithmetic, but no generator.
  LogicalResult checkSteps(snn::NetworkOp op) {
    for (Operation &member : op.getBody().front())
      if (member.hasAttr(snn::plasticityName))
        return member.emitOpError()
               << "has a learning rule; the cells of target '" << machine.name
               << "' are written before a run, the host runs it";
    for (auto neuron : op.getBody().front().getOps<snn::NeuronOp>()) {
      auto model =
          getOperation().lookupSymbol<snn::ModelOp>(neuron.getModelAttr());
      for (auto draw : model.getStep().front().getOps<snn::UniformOp>()) {
        InFlightDiagnostic error =
            draw.emitOpError()
            << "has no counterpart in the neuron unit of target '"
            << machine.name << "', which draws no random numbers";
        error.attachNote(neuron.getLoc())
            << "in the model of population '" << neuron.getName()
            << "'; feed its spikes as the network's input, or run it on host";
        return error;
      }
    }
    return success();
  }

  void refuse(snn::NetworkOp op, const Error &error) {
    const std::string where = error.place.text();
    InFlightDiagnostic diagnostic = op.emitError();
    if (!where.empty())
      diagnostic << where << ": ";
    diagnostic << error.message;
    for (const std::string &note : error.notes)
      diagnostic.attachNote() << note;
    signalPassFailure();
  }

  static std::string symbol(StringRef prefix, size_t index) {
    return (prefix + Twine(index)).str();
  }

  /// Weight per siemens of G+ - G-.
  double scaleOf(const ImcGroup &group) const {
    if (group.formed)
      return std::abs(group.gain) / mapping::microsiemens;
    const double span =
        machine.device.gMax.value() - machine.device.gMin.value();
    return (group.largest > 0 ? group.largest : 1.0) / span;
  }

  void emitProgram(snn::NetworkOp op) {
    OpBuilder builder(&getContext());
    builder.setInsertionPointToEnd(getOperation().getBody());
    const Location loc = op.getLoc();
    auto program = imc::ProgramOp::create(
        builder, loc, (op.getSymName() + "_imc").str(), machine.name, document);
    builder.setInsertionPointToStart(&program.getBody().emplaceBlock());
    for (unsigned m = 0; m < plan.macros; ++m)
      imc::MacroOp::create(
          builder, loc, builder.getStringAttr(symbol("m", m)),
          builder.getI64IntegerAttr(machine.rows),
          builder.getI64IntegerAttr(machine.cols),
          machine.maxActiveRows == machine.rows
              ? IntegerAttr()
              : builder.getI64IntegerAttr(machine.maxActiveRows));
    for (size_t g = 0; g < plan.groups.size(); ++g)
      emitMatrix(builder, loc, g);
    for (size_t t = 0; t < plan.tiles.size(); ++t)
      emitRegion(builder, loc, t);
    auto step = imc::StepOp::create(builder, loc);
    builder.setInsertionPointToStart(&step.getBody().emplaceBlock());
    for (unsigned node : network.order)
      emitPopulation(builder, loc, node);
  }

  void emitMatrix(OpBuilder &builder, Location loc, size_t index) {
    const ImcGroup &group = plan.groups[index];
    SmallVector<Attribute> blocks;
    for (const ImcBlock &block : group.blocks)
      blocks.push_back(builder.getI64ArrayAttr(
          {block.projection, block.matrix, block.firstRow, block.rows}));
    imc::MatrixOp::create(
        builder, loc, symbol("g", index), network.nodes[group.target].name,
        group.receptor, group.rows, group.columns, group.positions,
        builder.getArrayAttr(blocks), llvm::APFloat(scaleOf(group)),
        llvm::APFloat(group.factor));
  }

  /// Targets of the cells of a written tile, G+ and G- side by side.
  std::vector<double> conductances(const ImcTile &tile) const {
    const ImcGroup &group = plan.groups[tile.group];
    const double low = machine.device.gMin.value();
    const double perWeight = 1 / scaleOf(group);
    std::vector<double> cells(size_t(tile.rows) * tile.columns * 2, low);
    for (const ImcBlock &block : group.blocks) {
      const network::Projection &projection =
          network.projections[block.projection];
      const int stage = *mapping::matrixStage(network, projection);
      const uint32_t end =
          std::min(block.firstRow + block.rows, tile.groupRow + tile.rows);
      for (uint32_t row = std::max(block.firstRow, tile.groupRow); row < end;
           ++row)
        network::visitRow(
            projection.stages[stage], block.matrix, row - block.firstRow,
            [&](uint32_t column, float weight) {
              if (column < tile.groupColumn ||
                  column >= tile.groupColumn + tile.columns)
                return;
              const size_t pair = size_t(row - tile.groupRow) * tile.columns +
                                  (column - tile.groupColumn);
              cells[2 * pair + (weight < 0)] =
                  low + std::abs(static_cast<double>(weight)) * perWeight;
            });
    }
    return cells;
  }

  void emitRegion(OpBuilder &builder, Location loc, size_t index) {
    const ImcTile &tile = plan.tiles[index];
    const int64_t place[] = {tile.row, tile.column};
    const int64_t part[] = {tile.groupRow, tile.groupColumn, tile.rows,
                            tile.columns};
    const std::string name = symbol("t", index);
    const std::string matrix = symbol("g", tile.group);
    const std::string macro = symbol("m", tile.macro);
    if (plan.groups[tile.group].formed) {
      imc::FormOp::create(builder, loc, name, matrix, macro, place, part,
                          ElementsAttr());
      return;
    }
    const std::vector<double> cells = conductances(tile);
    auto type = RankedTensorType::get({tile.rows, 2 * int64_t(tile.columns)},
                                      builder.getF64Type());
    ElementsAttr values;
    if (cells.size() <= 16)
      values = DenseElementsAttr::get(type, ArrayRef(cells));
    else
      values = DenseResourceElementsAttr::get(
          type, name,
          HeapAsmResourceBlob::allocateAndCopyInferAlign(ArrayRef(cells)));
    imc::WriteOp::create(builder, loc, name, matrix, macro, place, part,
                         values);
  }

  /// Worst-case |column sum| in siemens with the allowed rows driven.
  double worstCase(const ImcTile &tile) const {
    const double sum =
        mapping::worstCaseSum(network, plan, tile, machine.maxActiveRows);
    const ImcGroup &group = plan.groups[tile.group];
    const double siemens = sum / scaleOf(group);
    // A tile of zeros still needs a range.
    return siemens > 0 ? siemens : machine.device.gMax.value();
  }

  imc::AdcAttr converterOf(OpBuilder &builder, imc::RangeKind kind,
                           const ImcTile &tile) {
    const target::ImcAdc &adc = machine.adc;
    const auto orNone = [&](double value) {
      return value == 0 ? FloatAttr() : builder.getF64FloatAttr(value);
    };
    // The sum of one side of a pair is at most all of its cells.
    const double range = adc.subtractInArray
                             ? worstCase(tile)
                             : std::min(tile.rows, machine.maxActiveRows) *
                                   machine.device.gMax.value();
    return imc::AdcAttr::get(
        &getContext(), adc.bits, kind, builder.getF64FloatAttr(range),
        static_cast<imc::ConverterKind>(adc.kind),
        static_cast<imc::Rounding>(adc.rounding), !adc.subtractInArray,
        orNone(adc.offset), orNone(adc.noise));
  }

  void emitPopulation(OpBuilder &builder, Location loc, unsigned node) {
    const std::string &name = network.nodes[node].name;
    const imc::RangeKind kind = machine.adc.calibrated
                                    ? imc::RangeKind::Calibrated
                                    : imc::RangeKind::Fixed;
    for (size_t g = 0; g < plan.groups.size(); ++g) {
      if (plan.groups[g].target != node)
        continue;
      for (size_t t = 0; t < plan.tiles.size(); ++t)
        if (plan.tiles[t].group == g)
          imc::ReadOp::create(builder, loc, symbol("t", t),
                              converterOf(builder, kind, plan.tiles[t]),
                              machine.maxActiveRows);
      imc::AccumulateOp::create(builder, loc, symbol("g", g),
                                machine.accumulatorBits);
    }
    for (unsigned p : plan.digital)
      if (network.projections[p].target == node)
        imc::RelayOp::create(builder, loc, p, name);
    imc::UpdateOp::create(
        builder, loc, name,
        FlatSymbolRefAttr::get(&getContext(), network.nodes[node].kernel));
  }

  target::ImcMacro machine;
  std::string document;
  network::Network network;
  ImcPlan plan;
};

} // namespace
