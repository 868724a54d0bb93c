#include "compiler/Conversion/SnnToSpin/SnnToSpin.h"

#include "compiler/Conversion/SnnToSpin/DeferredRule.h"
#include "compiler/Conversion/SnnToSpin/ProgramBuilder.h"
#include "compiler/Conversion/SnnToSpin/Ranges.h"
#include "dialects/snn/IR/ModelEvaluator.h"
#include "dialects/snn/IR/NetworkView.h"
#include "hw-models/target/Target.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <numeric>

namespace limen {
#define GEN_PASS_DEF_CONVERTSNNTOSPIN
#include "compiler/Conversion/SnnToSpin/SnnToSpinPasses.h.inc"
} // namespace limen

using namespace mlir;
using namespace limen;

/// `error` as a diagnostic at `op`, its notes attached.
static void report(Operation *op, const limen::Error &error) {
  InFlightDiagnostic diagnostic = op->emitError();
  if (const std::string place = error.place.text(); !place.empty())
    diagnostic << place << ": ";
  diagnostic << error.message;
  for (const std::string &note : error.notes)
    diagnostic.attachNote() << note;
}

namespace {

class ConvertSnnToSpin
    : public limen::impl::ConvertSnnToSpinBase<ConvertSnnToSpin> {
public:
  using Base::Base;

  void runOnOperation() override {
    if (failed(convert()))
      signalPassFailure();
  }

private:
  LogicalResult convert() {
    snn::NetworkOp op = snn::theNetwork(getOperation());
    if (!op)
      return failure();
    mapping::SpinOptions options;
    if (scale == "worst-case")
      options.scaleRule = mapping::ScaleRule::WorstCase;
    else if (scale == "expected")
      options.scaleRule = mapping::ScaleRule::Expected;
    else if (scale == "published")
      options.scaleRule = mapping::ScaleRule::Published;
    else if (scale == "auto")
      options.scaleRule = mapping::ScaleRule::Auto;
    else if (scale != "target")
      return getOperation().emitError()
             << "scale '" << scale
             << "' is unknown; target, auto, worst-case, expected or published "
                "was wanted";
    if (placer == "hilbert")
      options.placer = target::Placer::Hilbert;
    else if (placer == "annealing")
      options.placer = target::Placer::Annealing;
    else if (!placer.empty())
      return getOperation().emitError()
             << "placer '" << placer
             << "' is unknown; hilbert or annealing was wanted";
    options.placerSeed = placerSeed;
    if (rows == "stored")
      options.rows = mapping::RowStorage::Stored;
    else if (rows != "auto")
      return getOperation().emitError()
             << "rows '" << rows << "' is unknown; auto or stored was wanted";

    auto loaded =
        target::loadDocument(target, {overrides.begin(), overrides.end()});
    if (!loaded)
      return report(op, loaded.error()), failure();
    if (loaded->kind != target::Kind::Spinnaker)
      return op.emitError()
             << "target '" << loaded->name << "' is of kind "
             << target::toString(loaded->kind) << "; spinnaker was wanted";
    auto machine = target::SpinMachine::parse(loaded->document);
    if (!machine)
      return report(op, machine.error()), failure();

    FailureOr<network::Network> network = snn::viewNetwork(op);
    if (failed(network))
      return failure();
    if (failed(addFormats(op, *network, *machine, options)) ||
        failed(addRules(op, *network, options)))
      return failure();
    auto mapped = mapping::mapToSpin(*network, *machine, options);
    if (!mapped)
      return report(op, mapped.error()), failure();
    return buildProgram(op, *network, *mapped, *machine,
                        {machine->name, loaded->document.text()});
  }

  /// Projections are in the order of the neurons and their operands.
  static LogicalResult addRules(snn::NetworkOp op,
                                const network::Network &network,
                                mapping::SpinOptions &options) {
    for (snn::NeuronOp neuron : op.getBody().front().getOps<snn::NeuronOp>())
      for (Value current : neuron.getCurrents()) {
        auto &rule = options.rules.emplace_back();
        const auto &given =
            network.projections[options.rules.size() - 1].plasticity;
        if (!given)
          continue;
        Operation *synapses = current.getDefiningOp();
        while (!synapses->hasAttr(snn::plasticityName))
          synapses = synapses->getOperand(0).getDefiningOp();
        auto found = recogniseRule(synapses, *given);
        if (failed(found))
          return failure();
        rule = *found;
      }
    return success();
  }

  /// Spikes of a neuron of `node` in a step, or of events counted by it, where
  /// they do not depend on what it receives: the mean of its own spikes or of
  /// some thousand draws. A negative number where they do.
  static FailureOr<double> expectedSpikes(ModuleOp module,
                                          const network::Node &node) {
    if (node.isInput) {
      const network::Array<int32_t> &events = node.events;
      if (!node.hasEvents || events.size() < 2)
        return node.hasEvents ? 0.0 : -1.0;
      const double steps = events[events.size() - 2] + 1;
      return static_cast<double>(events.size() / 2) / steps /
             static_cast<double>(node.size);
    }
    if (!node.model.states.empty() || !node.model.receptors.empty())
      return -1.0;
    constexpr size_t draws = 4096;
    size_t count = draws;
    std::vector<std::vector<double>> coefficients;
    for (const network::Coefficient &coefficient : node.model.coefficients) {
      coefficients.emplace_back(coefficient.values.values.begin(),
                                coefficient.values.values.end());
      if (coefficient.values.size() > 1)
        count = coefficient.values.size();
    }
    auto model = module.lookupSymbol<snn::ModelOp>(node.model.name);
    auto results = snn::evaluate(model.getStep().front(), coefficients, count,
                                 /*single=*/true);
    if (failed(results))
      return failure();
    const std::vector<double> &out = results->back();
    return std::accumulate(out.begin(), out.end(), 0.0) /
           static_cast<double>(out.size());
  }

  static LogicalResult addFormats(snn::NetworkOp op,
                                  const network::Network &network,
                                  const target::SpinMachine &machine,
                                  mapping::SpinOptions &options) {
    auto module = op->getParentOfType<ModuleOp>();
    for (const network::Node &node : network.nodes) {
      auto spikes = expectedSpikes(module, node);
      if (failed(spikes))
        return failure();
      options.spikes.push_back(*spikes);
      std::vector<unsigned> &fractions =
          options.receptorFractions.emplace_back();
      uint32_t &most = options.mostCounted.emplace_back(0);
      if (node.isInput)
        continue;
      auto model = module.lookupSymbol<snn::ModelOp>(node.model.name);
      auto formats = limen::receptorFormats(model);
      if (failed(formats))
        return failure();
      std::vector<Interval> inputs;
      for (target::FixedFormat format : *formats) {
        fractions.push_back(format.fraction);
        inputs.push_back({format.lowest(), format.highest()});
      }
      if (node.model.spiking)
        continue;
      // Whole numbers from 0 on are numbers of spikes.
      auto plan = planFixedPoint(model, node.model);
      if (failed(plan))
        return op.emitError()
               << "population '" << node.name << "' cannot run in s16.15";
      auto ranges =
          analyseRanges(model, *plan, node.model, inputs,
                        machine.productRounding, machine.constantRounding);
      if (failed(ranges))
        return failure();
      constexpr double mostPayload = 65535;
      if (ranges->outputIsWhole && ranges->output.low >= 0 &&
          ranges->output.high <= mostPayload)
        most = static_cast<uint32_t>(ranges->output.high);
    }
    return success();
  }
};

} // namespace
