#include "runtime/program/ImcLoader.h"

#include "dialects/imc/IR/Imc.h"

#include "mlir/IR/DialectResourceBlobManager.h"

#include <map>

using namespace mlir;
using namespace limen;
using namespace limen::program;

namespace {

class Loader {
public:
  Loader(imc::ProgramOp op, const network::Network &network)
      : op(op), network(network) {}

  Result<ImcProgram> run() {
    program.name = op.getSymName().str();
    Result<YamlDocument> document = YamlDocument::parse(
        op.getDocument().str(), "description of the program's chip");
    if (!document)
      return document.takeError();
    Result<target::ImcMacro> machine = target::ImcMacro::parse(*document);
    if (!machine)
      return machine.takeError();
    program.machine = std::move(*machine);
    for (unsigned n = 0; n < network.nodes.size(); ++n)
      nodes[network.nodes[n].name] = n;
    for (Operation &member : op.getBody().front()) {
      if (auto macro = dyn_cast<imc::MacroOp>(member))
        macros[macro.getSymName().str()] = program.macros++;
      else if (auto matrix = dyn_cast<imc::MatrixOp>(member))
        addMatrix(matrix);
      else if (auto write = dyn_cast<imc::WriteOp>(member))
        addRegion(write).targets = doubles(write.getConductances());
      else if (auto form = dyn_cast<imc::FormOp>(member)) {
        ImcRegion &region = addRegion(form);
        region.formed = true;
        if (form.getMap())
          region.targets = doubles(*form.getMap());
      } else if (auto load = dyn_cast<imc::LoadOp>(member)) {
        turn.loads.push_back(regions[load.getTile().str()]);
      } else if (auto step = dyn_cast<imc::StepOp>(member)) {
        for (Operation &action : step.getBody().front())
          addAction(action);
        program.turns.push_back(std::move(turn));
        turn = {};
      }
    }
    for (auto form : op.getBody().front().getOps<imc::FormOp>())
      if (form.getShares())
        share(regions[form.getSymName().str()],
              regions[form.getShares()->str()]);
    if (!missing.empty())
      return Error("the program names population '" + missing +
                   "', which its network does not have");
    return std::move(program);
  }

private:
  unsigned nodeOf(StringRef name) {
    auto it = nodes.find(name.str());
    if (it != nodes.end())
      return it->second;
    missing = name.str();
    return 0;
  }

  void addMatrix(imc::MatrixOp matrix) {
    ImcMatrix out;
    out.node = nodeOf(matrix.getPopulation());
    out.receptor = static_cast<unsigned>(matrix.getReceptor());
    out.rows = static_cast<uint32_t>(matrix.getRows());
    out.columns = static_cast<uint32_t>(matrix.getColumns());
    out.positions = static_cast<int64_t>(matrix.getPositions());
    out.scale = matrix.getScale().convertToDouble();
    out.factor = matrix.getFactor().convertToDouble();
    out.unrolled = matrix.getUnrolled();
    out.encoding = matrix.encoding();
    out.encoding.gMin = program.machine.device.gMin.value() /
                        program.machine.device.gMax.value();
    for (auto block : matrix.getBlocks().getAsRange<ArrayAttr>()) {
      auto number = [&](unsigned k) {
        return static_cast<uint32_t>(cast<IntegerAttr>(block[k]).getInt());
      };
      out.blocks.push_back({number(0), number(1), number(2), number(3)});
    }
    matrices[matrix.getSymName().str()] =
        static_cast<unsigned>(program.matrices.size());
    program.matrices.push_back(std::move(out));
  }

  template <typename Region> ImcRegion &addRegion(Region region) {
    ImcRegion out;
    out.name = region.getSymName().str();
    out.matrix = matrices[region.getMatrix().str()];
    out.macro = macros[region.getMacro().str()];
    const ArrayRef<int64_t> part = region.getPart();
    out.firstRow = static_cast<uint32_t>(part[0]);
    out.firstColumn = static_cast<uint32_t>(part[1]);
    out.rows = static_cast<uint32_t>(part[2]);
    out.columns = static_cast<uint32_t>(part[3]);
    out.cells = static_cast<uint64_t>(region.rows() * region.cellColumns());
    out.row = static_cast<uint32_t>(region.firstRow());
    out.column = static_cast<uint32_t>(region.firstColumn());
    regions[out.name] = static_cast<unsigned>(program.regions.size());
    program.regions.push_back(std::move(out));
    return program.regions.back();
  }

  /// Makes `region` a window of `owner`; what was measured of the owner's cells
  /// holds for both.
  void share(unsigned index, unsigned from) {
    ImcRegion &region = program.regions[index];
    const ImcRegion &owner = program.regions[from];
    region.shares = static_cast<int>(from);
    if (owner.targets.empty())
      return;
    std::vector<double> map;
    for (uint32_t r = 0; r < region.rows; ++r)
      for (uint32_t c = 0; c < 2 * region.columns; ++c)
        map.push_back(owner.targets[size_t(region.row - owner.row + r) * 2 *
                                        owner.columns +
                                    region.column - owner.column + c]);
    region.targets = network::Array<double>::own(std::move(map));
  }

  static network::Array<double> doubles(ElementsAttr values) {
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(values)) {
      const ArrayRef<char> bytes = resource.getData();
      return {std::span(reinterpret_cast<const double *>(bytes.data()),
                        bytes.size() / sizeof(double)),
              nullptr};
    }
    std::vector<double> out;
    for (double value : values.getValues<double>())
      out.push_back(value);
    return network::Array<double>::own(std::move(out));
  }

  /// `bothSigns`: whether sums may have both.
  static imchw::Adc converter(imc::AdcAttr attr, bool bothSigns) {
    const auto number = [](FloatAttr value) {
      return value ? value.getValueAsDouble() : 0.0;
    };
    imchw::Adc adc{attr.getBits(), attr.getRange().getValueAsDouble(),
                   static_cast<imchw::AdcKind>(attr.getConverter()),
                   static_cast<imchw::Rounding>(attr.getRounding())};
    if (!bothSigns)
      adc.low = 0;
    adc.offset = number(attr.getOffset());
    adc.noise = number(attr.getNoise());
    return adc;
  }

  void addAction(Operation &member) {
    if (auto read = dyn_cast<imc::ReadOp>(member)) {
      const unsigned index = regions[read.getTile().str()];
      ImcRegion &region = program.regions[index];
      ImcMatrix &matrix = program.matrices[region.matrix];
      const imc::DriveAttr drive = read.getDriveAttr();
      region.adc = converter(
          read.getAdc(), target::ImcMacro::bothSigns(matrix.encoding,
                                                     !read.getAdc().getSplit(),
                                                     drive && drive.getSign()));
      if (drive && drive.getScale())
        matrix.driveScale = drive.getScale().getValueAsDouble();
      region.calibrated = read.getAdc().getKind() == imc::RangeKind::Calibrated;
      region.activeRows = static_cast<uint32_t>(read.getActiveRows());
      phase.regions.push_back(index);
      phase.loads.push_back(std::move(loads));
      loads.clear();
    } else if (auto load = dyn_cast<imc::LoadOp>(member)) {
      loads.push_back(regions[load.getTile().str()]);
    } else if (auto relay = dyn_cast<imc::RelayOp>(member)) {
      phase.relays.push_back(static_cast<unsigned>(relay.getProjection()));
    } else if (auto update = dyn_cast<imc::UpdateOp>(member)) {
      phase.node = nodeOf(update.getPopulation());
      turn.phases.push_back(std::move(phase));
      phase = {};
    }
  }

  imc::ProgramOp op;
  const network::Network &network;
  ImcProgram program;
  ImcTurn turn;                ///< being collected up to its step
  ImcPhase phase;              ///< being collected up to its update
  std::vector<unsigned> loads; ///< being collected up to the next read
  std::map<std::string, unsigned> nodes, macros, matrices, regions;
  std::string missing;
};

} // namespace

Result<ImcProgram> program::loadImcProgram(ModuleOp module,
                                           const network::Network &network) {
  const auto programs = module.getOps<imc::ProgramOp>();
  if (std::distance(programs.begin(), programs.end()) != 1)
    return Error("the module does not hold one imc.program");
  return Loader(*programs.begin(), network).run();
}
