#include "runtime/program/SpinLoader.h"

#include "dialects/spin/IR/Spin.h"
#include "hw-models/target/Target.h"
#include "runtime/program/SynapseExpander.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <tuple>

using namespace limen;
using namespace limen::program;

namespace {

class Loader {
public:
  Loader(spin::ProgramOp op, const network::Network &network)
      : op(op), network(network) {}

  Result<SpinProgram> load() {
    program.name = op.getSymName().str();
    auto target = target::parseTarget(op.getDocument().str(),
                                      op.getMachine().str() + " (in program)");
    if (!target)
      return target.takeError();
    auto machine = target::SpinMachine::parse(target->document);
    if (!machine)
      return machine.takeError();
    program.machine = std::move(*machine);
    if (op.getRemarks())
      for (llvm::StringRef text :
           op.getRemarks()->getAsValueRange<mlir::StringAttr>())
        program.remarks.push_back(text.str());

    mlir::Block &body = op.getBody().front();
    for (spin::KernelOp kernel : body.getOps<spin::KernelOp>())
      addKernel(kernel);
    for (mlir::Operation &member : body) {
      Result<void> done;
      if (auto source = llvm::dyn_cast<spin::SourceOp>(member))
        done = addSource(source);
      else if (auto core = llvm::dyn_cast<spin::CoreOp>(member))
        done = addCore(core);
      else if (auto delay = llvm::dyn_cast<spin::DelayOp>(member))
        done = addDelay(delay);
      else if (auto synapses = llvm::dyn_cast<spin::SynapsesOp>(member))
        done = addSynapses(synapses);
      if (!done)
        return done.takeError();
    }
    for (size_t c = 0; c < program.cores.size(); ++c)
      coreByName[program.cores[c].name] = c;
    for (unsigned p = 0; p < network.projections.size(); ++p)
      projectionsByName[network.projections[p].name].push_back(p);
    for (spin::RowsOp rows : body.getOps<spin::RowsOp>())
      if (auto done = addRows(rows); !done)
        return done.takeError();
    for (spin::StdpOp rule : body.getOps<spin::StdpOp>())
      addRule(rule);
    for (spin::WritesOp writes : body.getOps<spin::WritesOp>())
      addWrites(writes);
    for (spin::TableOp table : body.getOps<spin::TableOp>())
      addTable(table);
    std::stable_sort(
        program.cores.begin(), program.cores.end(),
        [](const SpinCore &a, const SpinCore &b) {
          return std::tuple(a.isSynapse, a.isDelay(), a.node, a.begin) <
                 std::tuple(b.isSynapse, b.isDelay(), b.node, b.begin);
        });
    for (size_t c = 0; c < program.cores.size(); ++c)
      coreByName[program.cores[c].name] = c;
    for (SpinCore &core : program.cores)
      if (core.isDelay())
        core.extends =
            static_cast<unsigned>(coreByName.at(extended.at(core.name)));
    for (unsigned c = 0; c < program.cores.size(); ++c)
      if (const auto fed = feeding.find(program.cores[c].name);
          fed != feeding.end())
        feed(c, static_cast<unsigned>(coreByName.at(fed->second)));
    for (const SpinCore &core : program.cores)
      if (core.hasNeurons())
        program.machine.costs.functionsOf[network.nodes[core.node].model.name] =
            functionsOf[program.kernels[core.kernel].name];
    if (auto done = expandSynapses(program, network); !done)
      return done.takeError();
    return std::move(program);
  }

private:
  void addKernel(spin::KernelOp op) {
    program.kernels.push_back(
        {op.getSymName().str(),
         std::vector<bool>(op.getUniform().begin(), op.getUniform().end()),
         static_cast<unsigned>(op.getStates()),
         static_cast<unsigned>(op.getReceptors()), op.isSpiking()});
    auto &formats = program.kernels.back().stateFormats;
    formats.assign(static_cast<size_t>(op.getStates()), target::accum);
    if (const auto given = op.getFormats())
      for (size_t k = 0; k < formats.size(); ++k) {
        const mlir::Attribute text = (*given)[op.getUniform().size() + k];
        formats[k] = *target::parseFormat(
            llvm::cast<mlir::StringAttr>(text).getValue().str());
      }
    if (const auto functions = op.getFunctions())
      for (const mlir::NamedAttribute &entry : *functions)
        functionsOf[op.getSymName().str()][entry.getName().str()] =
            static_cast<uint64_t>(
                llvm::cast<mlir::IntegerAttr>(entry.getValue()).getInt());
  }

  template <typename Op> Result<SpinCore> placed(Op op) {
    SpinCore core;
    core.name = op.getSymName().str();
    const auto node = std::find_if(
        network.nodes.begin(), network.nodes.end(),
        [&](const network::Node &n) { return n.name == op.getNode().str(); });
    if (node == network.nodes.end())
      return Error(fmt::format("core '{}' belongs to '{}', which network '{}' "
                               "does not have",
                               core.name, op.getNode().str(), network.name));
    core.node = static_cast<unsigned>(node - network.nodes.begin());
    const auto place = op.getPlace();
    core.place = {{static_cast<int>(place[0]), static_cast<int>(place[1])},
                  static_cast<unsigned>(place[2])};
    core.begin = static_cast<uint32_t>(op.getSlice()[0]);
    core.end = static_cast<uint32_t>(op.getSlice()[1]);
    if constexpr (requires { op.getKey(); })
      if (op.getKey()) {
        core.sends = true;
        core.key = static_cast<uint32_t>((*op.getKey())[0]);
        core.mask = static_cast<uint32_t>((*op.getKey())[1]);
      }
    return core;
  }

  Result<void> addSource(spin::SourceOp op) {
    Result<SpinCore> core = placed(op);
    if (!core)
      return core.takeError();
    core->isSource = true;
    program.cores.push_back(std::move(*core));
    return {};
  }

  Result<void> addDelay(spin::DelayOp op) {
    Result<SpinCore> core = placed(op);
    if (!core)
      return core.takeError();
    core->stages = static_cast<unsigned>(op.getStages());
    core->step = static_cast<unsigned>(op.getStep());
    extended[core->name] = op.getExtends().str();
    program.cores.push_back(std::move(*core));
    return {};
  }

  Result<void> addSynapses(spin::SynapsesOp op) {
    Result<SpinCore> core = placed(op);
    if (!core)
      return core.takeError();
    core->isSynapse = true;
    core->types.assign(op.getTypes().begin(), op.getTypes().end());
    feeding[core->name] = op.getFeeds().str();
    program.cores.push_back(std::move(*core));
    return {};
  }

  void addWrites(spin::WritesOp op) {
    const auto found = coreByName.find(op.getCore().str());
    if (found == coreByName.end())
      return;
    SpinCore &core = program.cores[found->second];
    core.types.assign(op.getTypes().begin(), op.getTypes().end());
    const llvm::ArrayRef<int32_t> words = op.getWords();
    core.words = {std::span(words.data(), words.size()), nullptr};
    feeding[core.name] = op.getFeeds().str();
  }

  /// Core `c` hands ring buffers over to `to`, whose format they have.
  void feed(unsigned c, unsigned to) {
    SpinCore &core = program.cores[c], &fed = program.cores[to];
    core.feeds = to;
    core.format = fed.format;
    if (core.isSynapse) {
      core.shifts = fed.shifts;
      core.start = fed.start;
    }
    fed.fedBy.push_back(c);
  }

  static std::vector<network::Array<int32_t>> arrays(mlir::ArrayAttr list) {
    std::vector<network::Array<int32_t>> out;
    for (auto array : list.getAsRange<mlir::DenseI32ArrayAttr>()) {
      const llvm::ArrayRef<int32_t> values = array.asArrayRef();
      out.push_back({std::span(values.data(), values.size()), nullptr});
    }
    return out;
  }

  Result<void> addCore(spin::CoreOp op) {
    Result<SpinCore> core = placed(op);
    if (!core)
      return core.takeError();
    core->start = static_cast<unsigned>(op.getStart());
    for (size_t k = 0; k < program.kernels.size(); ++k)
      if (program.kernels[k].name == op.getKernel().str())
        core->kernel = static_cast<unsigned>(k);
    const auto layout = op.getLayout();
    core->format = {static_cast<unsigned>(layout[0]),
                    static_cast<unsigned>(layout[1]),
                    static_cast<unsigned>(layout[2])};
    core->shifts.assign(op.getShifts().begin(), op.getShifts().end());
    core->coefficients = arrays(op.getCoefficients());
    core->initial = arrays(op.getInitial());
    core->bias = arrays(op.getBias());
    program.cores.push_back(std::move(*core));
    return {};
  }

  static network::Array<uint32_t> words(mlir::ElementsAttr attribute) {
    std::vector<uint32_t> storage;
    const llvm::ArrayRef<uint32_t> found = spin::wordsOf(attribute, storage);
    if (!storage.empty())
      return network::Array<uint32_t>::own(std::move(storage));
    return {std::span(found.data(), found.size()), nullptr};
  }

  Result<void> addRows(spin::RowsOp op) {
    const auto found = coreByName.find(op.getCore().str());
    if (found == coreByName.end())
      return {};
    SpinCore &core = program.cores[found->second];
    core.table = words(op.getTable());
    core.addresses = words(op.getAddresses());
    if (op.getWords()) {
      core.rows = words(*op.getWords());
      return {};
    }
    std::map<std::string, size_t> seen;
    for (llvm::StringRef name :
         op.getDraws()->getAsValueRange<mlir::StringAttr>()) {
      const std::vector<unsigned> &projections = projectionsByName[name.str()];
      const size_t place = seen[name.str()]++;
      if (place >= projections.size())
        return Error(fmt::format("rows of core '{}' are to be drawn for the "
                                 "projection '{}', which network '{}' does not "
                                 "have",
                                 core.name, name.str(), network.name));
      core.drawn.projections.push_back(projections[place]);
    }
    core.drawn.delays.assign(op.getDelays()->begin(), op.getDelays()->end());
    core.drawn.fractions.assign(op.getFractions()->begin(),
                                op.getFractions()->end());
    core.drawn.blocks = words(*op.getBlocks());
    core.drawn.words = *op.getSize();
    return {};
  }

  void addRule(spin::StdpOp op) {
    for (SpinCore &core : program.cores)
      if (core.name == op.getCore().str())
        core.rule = target::StdpRule{
            op.getNearest() ? target::Pairing::Nearest
                            : target::Pairing::AllToAll,
            op.getMultiplicative() ? target::Dependence::Multiplicative
                                   : target::Dependence::Additive,
            op.getTau()[0],
            op.getTau()[1],
            op.getAmplitude()[0],
            op.getAmplitude()[1],
            op.getBounds()[0],
            op.getBounds()[1]};
  }

  void addTable(spin::TableOp op) {
    program.tables[{static_cast<int>(op.getChip()[0]),
                    static_cast<int>(op.getChip()[1])}] = spin::routesOf(op);
  }

  spin::ProgramOp op;
  const network::Network &network;
  SpinProgram program;
  std::map<std::string, size_t> coreByName;
  /// By kernel, what its neurons compute of target::SpinCosts::functions.
  std::map<std::string, std::map<std::string, uint64_t>> functionsOf;
  std::map<std::string, std::vector<unsigned>> projectionsByName;
  std::map<std::string, std::string> extended; ///< delay core -> its sender
  std::map<std::string, std::string> feeding; ///< core -> the one that it feeds
};

} // namespace

Result<SpinProgram>
limen::program::loadSpinProgram(mlir::ModuleOp module,
                                const network::Network &network) {
  spin::ProgramOp found;
  for (spin::ProgramOp program : module.getOps<spin::ProgramOp>()) {
    if (found)
      return Error("the module holds more than one spin.program");
    found = program;
  }
  if (!found)
    return Error("the module holds no spin.program")
        .note("lower it with convert-snn-to-spin");
  return Loader(found, network).load();
}
