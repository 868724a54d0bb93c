#include "compiler/Conversion/SnnToImc/SnnToImc.h"

#include "compiler/Mapping/ImcTiling.h"
#include "dialects/imc/IR/Imc.h"
#include "dialects/snn/IR/NetworkView.h"
#include "hw-models/target/ImcAdcEnds.h"
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
    if (!plan.windows.empty()) {
      // From here on the network draws the cells that it shares.
      if (failed(shareCells(op)))
        return signalPassFailure();
      view = snn::viewNetwork(op);
      if (failed(view))
        return signalPassFailure();
      network = std::move(*view);
    }
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

  /// The random op of a projection, counted as viewNetwork counts them.
  static snn::RandomOp formedOp(snn::NetworkOp op, unsigned projection) {
    unsigned index = 0;
    for (auto neuron : op.getBody().front().getOps<snn::NeuronOp>())
      for (Value current : neuron.getCurrents()) {
        if (index++ != projection)
          continue;
        Operation *member = current.getDefiningOp();
        while (!isa<snn::RandomOp>(member))
          member = member->getOperand(0).getDefiningOp();
        return cast<snn::RandomOp>(member);
      }
    llvm_unreachable("the network was viewed with this projection");
  }

  /// Says in the network which cells are shared, so that it draws them.
  LogicalResult shareCells(snn::NetworkOp op) {
    for (const mapping::ImcWindow &window : plan.windows) {
      snn::RandomOp own = formedOp(op, window.projection);
      snn::RandomOp of = formedOp(op, window.of);
      if (own.getWindow())
        return own.emitOpError() << "drives two projections, which share "
                                    "different formed cells";
      own.setWindowOf(of.getName());
      own.setWindow(ArrayRef<int64_t>{window.rows, window.columns});
      own.setSeed(of.getSeed());
    }
    return success();
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
    worstCase.assign(plan.tiles.size(), 0);
    for (size_t t = 0; t < plan.tiles.size(); ++t)
      if (failed(emitRegion(builder, op, t, worstCase[t])))
        return;
    for (const mapping::ImcTurn &turn : plan.turns) {
      if (turn.pages.size() == 1)
        emitLoads(builder, loc, turn.pages.front());
      auto step = imc::StepOp::create(builder, loc);
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(&step.getBody().emplaceBlock());
      page = -1;
      for (unsigned node : turn.populations)
        emitPopulation(builder, loc, turn, node);
    }
  }

  void emitLoads(OpBuilder &builder, Location loc,
                 const std::vector<unsigned> &tiles) {
    for (unsigned tile : tiles)
      imc::LoadOp::create(builder, loc, symbol("t", tile));
  }

  /// Loads the page of a tile that is read next, if it is not the one in place.
  void turnTo(OpBuilder &builder, Location loc, const mapping::ImcTurn &turn,
              unsigned tile) {
    for (size_t p = 0; turn.pages.size() > 1 && p < turn.pages.size(); ++p)
      if (llvm::is_contained(turn.pages[p], tile) &&
          page != static_cast<int>(p)) {
        page = static_cast<int>(p);
        emitLoads(builder, loc, turn.pages[p]);
      }
  }

  imc::CellsAttr cellsOf(const ImcGroup &group) {
    const target::Encoding &e = group.encoding;
    if (e.style == target::EncodingStyle::OneSided && e.cellBits == 0)
      return {};
    return imc::CellsAttr::get(
        &getContext(), static_cast<imc::EncodingStyle>(e.style), e.slices,
        e.weightBits, e.cellBits, e.hasUnitColumn());
  }

  imc::DriveAttr driveOf(OpBuilder &builder) {
    const target::ImcDrive &drive = machine.drive;
    if (drive.kind == target::DriveKind::Pulses)
      return {};
    const bool serial = drive.kind == target::DriveKind::BitSerial;
    return imc::DriveAttr::get(
        &getContext(), static_cast<imc::DriveKind>(drive.kind), drive.bits,
        serial ? drive.sliceBits : 1, serial && !drive.convertTurns,
        drive.isSigned, drive.range == target::DriveRange::Calibrated,
        builder.getF64FloatAttr(drive.initialScale()));
  }

  void emitMatrix(OpBuilder &builder, Location loc, size_t index) {
    const ImcGroup &group = plan.groups[index];
    SmallVector<Attribute> blocks;
    for (const ImcBlock &block : group.blocks)
      blocks.push_back(builder.getI64ArrayAttr(
          {block.projection, block.matrix, block.firstRow, block.rows}));
    imc::MatrixOp::create(
        builder, loc, builder.getStringAttr(symbol("g", index)),
        builder.getStringAttr(network.nodes[group.target].name),
        builder.getI64IntegerAttr(group.receptor),
        builder.getI64IntegerAttr(group.rows),
        builder.getI64IntegerAttr(group.columns),
        builder.getI64IntegerAttr(group.positions),
        builder.getArrayAttr(blocks), builder.getF64FloatAttr(scaleOf(group)),
        builder.getF64FloatAttr(group.factor), cellsOf(group),
        group.unrolled ? builder.getUnitAttr() : UnitAttr());
  }

  /// The region of a tile. `worst` becomes the largest sum in siemens that its
  /// converters can see.
  LogicalResult emitRegion(OpBuilder &builder, snn::NetworkOp op, size_t index,
                           double &worst) {
    const Location loc = op.getLoc();
    const ImcTile &tile = plan.tiles[index];
    const ImcGroup &group = plan.groups[tile.group];
    const int64_t place[] = {tile.row, tile.column};
    const int64_t part[] = {tile.groupRow, tile.groupColumn, tile.rows,
                            tile.columns};
    const std::string name = symbol("t", index);
    const std::string matrix = symbol("g", tile.group);
    const std::string macro = symbol("m", tile.macro);
    const bool subtracted = machine.adc.subtractInArray;
    if (group.formed) {
      const std::string shares = symbol("t", static_cast<size_t>(tile.shares));
      imc::FormOp::create(builder, loc, name, matrix, macro, place, part,
                          tile.shares < 0
                              ? FlatSymbolRefAttr()
                              : FlatSymbolRefAttr::get(&getContext(), shares),
                          ElementsAttr());
      // What forming makes of a cell is not known before: one side of a pair is
      // at most all of its cells.
      worst = subtracted ? mapping::worstCaseSum(network, plan, tile,
                                                 machine.maxActiveRows) /
                               scaleOf(group)
                         : std::min(tile.rows, machine.maxActiveRows) *
                               machine.device.gMax.value();
      return success();
    }
    const std::vector<double> cells =
        mapping::cellTargets(network, machine, plan, tile);
    if (Result<void> proved =
            mapping::verifyCells(network, machine, plan, tile, cells);
        !proved) {
      refuse(op, proved.error());
      return failure();
    }
    worst = mapping::worstCaseSiemens(group, tile, cells, machine.maxActiveRows,
                                      subtracted, machine.drive.isSigned);
    auto type = RankedTensorType::get({tile.rows, tile.cellColumns},
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
    return success();
  }

  imc::AdcAttr converterOf(OpBuilder &builder, imc::RangeKind kind,
                           const ImcTile &tile, double worst) {
    const target::ImcAdc &adc = machine.adc;
    const auto orNone = [&](double value) {
      return value == 0 ? FloatAttr() : builder.getF64FloatAttr(value);
    };
    const target::Encoding &encoding = plan.groups[tile.group].encoding;
    // A tile of zeros still needs a range.
    double range = worst > 0 ? worst : machine.device.gMax.value();
    if (const double step = machine.granularStep(encoding);
        adc.granular && adc.bits > 0 && step > 0)
      range = target::granularEnds(
                  adc.bits, step, /*inputBits=*/0,
                  target::ImcMacro::bothSigns(encoding, adc.subtractInArray,
                                              machine.drive.isSigned))
                  .high;
    const bool split = !adc.subtractInArray && encoding.pairs();
    return imc::AdcAttr::get(&getContext(), adc.bits, kind,
                             builder.getF64FloatAttr(range),
                             static_cast<imc::ConverterKind>(adc.kind),
                             static_cast<imc::Rounding>(adc.rounding), split,
                             orNone(adc.offset), orNone(adc.noise));
  }

  void emitPopulation(OpBuilder &builder, Location loc,
                      const mapping::ImcTurn &turn, unsigned node) {
    const std::string &name = network.nodes[node].name;
    const imc::RangeKind kind = machine.adc.calibrated
                                    ? imc::RangeKind::Calibrated
                                    : imc::RangeKind::Fixed;
    for (size_t g = 0; g < plan.groups.size(); ++g) {
      if (plan.groups[g].target != node)
        continue;
      for (size_t t = 0; t < plan.tiles.size(); ++t)
        if (plan.tiles[t].group == g) {
          turnTo(builder, loc, turn, static_cast<unsigned>(t));
          imc::ReadOp::create(
              builder, loc,
              FlatSymbolRefAttr::get(&getContext(), symbol("t", t)),
              converterOf(builder, kind, plan.tiles[t], worstCase[t]),
              builder.getI64IntegerAttr(machine.maxActiveRows),
              driveOf(builder));
        }
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
  int page = -1; ///< of the turn that is emitted: the one in place
  std::vector<double> worstCase; ///< siemens of a sum, by tile
};

} // namespace
