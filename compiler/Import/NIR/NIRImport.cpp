#include "compiler/Import/NIR/NIRImport.h"

#include "compiler/Import/NIR/NIRBuilder.h"
#include "dialects/support/Diagnostics.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Verifier.h"

#include <algorithm>
#include <cmath>
#include <functional>

using namespace mlir;
using namespace limen;
using namespace limen::nir;

/// More steps than this in one Delay are taken for a mistake.
static constexpr double maxDelay = 65535;

/// The smallest time constant, or where there is none the smallest delay above
/// 0; infinite without either.
static double leastTime(const Graph &graph) {
  double constant = INFINITY;
  double delay = INFINITY;
  for (const Node &node : graph.nodes)
    for (const auto &[name, parameter] : node.parameters)
      for (double value : parameter.values)
        if (name.starts_with("tau"))
          constant = std::min(constant, value);
        else if (name == "delay" && value > 0)
          delay = std::min(delay, value);
  return std::isinf(constant) ? delay : constant;
}

static const char *describe(snn::Scheme scheme) {
  switch (scheme) {
  case snn::Scheme::Euler:
    return "forward Euler";
  case snn::Scheme::Exponential:
    return "exponential Euler";
  case snn::Scheme::Impulse:
    return "exact decay with inputs as impulses";
  }
  return "";
}

/// What a time of the file is multiplied by to become seconds.
static double timeScaleOf(const Graph &graph, const NIROptions &options,
                          Seconds step, std::vector<std::string> &assumptions) {
  const double least = leastTime(graph);
  if (std::isinf(least)) {
    assumptions.push_back(
        "no neuron has a time constant, so dt has no influence on the result");
    return 1;
  }
  const double dt = step.value();
  assumptions.push_back(
      "dt is " + format(step) + ", " + describe(options.scheme) +
      (graph.dt > 0 && !options.dt ? ": dt as the file's metadata says"
                                   : ": NIR files do not say their step"));
  switch (options.timeUnit) {
  case TimeUnit::Seconds:
    return 1;
  case TimeUnit::Milliseconds:
    return 1e-3;
  case TimeUnit::Steps:
    return dt;
  case TimeUnit::Auto:
    break;
  }
  if (graph.dt > 0)
    return 1;
  const bool steps = least >= 1;
  assumptions.push_back(std::string("time constants are in ") +
                        (steps ? "steps" : "seconds") + ": the smallest is " +
                        formatNumber(least) +
                        (steps ? ", not below 1" : ", below 1"));
  return steps ? dt : 1;
}

/// Delays in whole steps. Needs the step, so it comes after readGraph.
static Result<void> roundDelays(Graph &graph, double steps,
                                std::vector<std::string> &assumptions) {
  for (unsigned i = 0; i < graph.nodes.size(); ++i) {
    Node &node = graph.nodes[i];
    if (node.kind != Kind::Delay)
      continue;
    double worst = 0;
    for (double value : node.parameters.at("delay").values) {
      const double exact = value * steps;
      const double whole = std::round(exact);
      if (whole > maxDelay)
        return Error("is " + formatNumber(exact) + " steps of dt; at most " +
                         formatNumber(maxDelay) + " were wanted",
                     {graph.file, 0, 0, h5::join(node.path, "delay")})
            .note("--dt and --time-unit say what a number in the file means");
      worst = std::max(worst, std::abs(exact - whole));
      node.delaySteps.push_back(static_cast<uint32_t>(whole));
    }
    if (std::adjacent_find(node.delaySteps.begin(), node.delaySteps.end(),
                           std::not_equal_to<>()) == node.delaySteps.end())
      node.delaySteps.resize(1);
    if (worst > 1e-6)
      assumptions.push_back(node.path +
                            ": delays are rounded to whole steps, "
                            "by up to " +
                            formatNumber(worst) + " steps");
  }
  return {};
}

static void noteRules(const Graph &graph, const NIROptions &options,
                      std::vector<std::string> &assumptions) {
  bool spiking = false;
  bool perStep = false;
  bool integrates = false;
  bool resets = false;
  for (const Node &node : graph.nodes) {
    spiking |= isSpiking(node.kind);
    perStep |= node.kind == Kind::IF;
    integrates |= node.kind == Kind::I;
    if (auto reset = node.parameters.find("v_reset");
        reset != node.parameters.end())
      for (double value : reset->second.values)
        resets |= value != 0;
  }
  if (perStep)
    assumptions.push_back("IF neurons integrate r x once per step, whatever dt "
                          "is");
  if (integrates)
    assumptions.push_back(
        "I nodes integrate r x once per step, whatever dt is");
  if (!spiking)
    return;
  const bool subtract = options.reset == snn::ResetRule::Subtract;
  assumptions.push_back(
      std::string("a neuron fires when v ") +
      (options.spikeRule == snn::SpikeRule::Greater ? ">" : ">=") +
      " v_threshold and " +
      (subtract ? "v_threshold is subtracted then" : "is set to v_reset then"));
  if (subtract && resets)
    assumptions.push_back("v_reset of the file is not used: reset is by "
                          "subtraction");
  if (options.spikeTiming == snn::SpikeTiming::NextStep)
    assumptions.push_back("a spike and its reset come one step after the "
                          "membrane has crossed the threshold");
  if (options.spikeTiming == snn::SpikeTiming::ResetLater)
    assumptions.push_back("a spike resets the membrane in the step after it");
}

Result<OwningOpRef<ModuleOp>>
limen::nir::importNIR(const std::string &file, const NIROptions &options,
                      MLIRContext *context,
                      std::vector<std::string> &assumptions) {
  if (options.dt &&
      (!(options.dt->value() > 0) || !std::isfinite(options.dt->value())))
    return Error("dt must be a positive number of seconds, got " +
                     formatNumber(options.dt->value()),
                 {file, 0, 0, {}});
  Result<Graph> graph = readGraph(file, assumptions);
  if (!graph)
    return graph.takeError();
  const Seconds dt = options.dt.value_or(graph->dt > 0 ? Seconds(graph->dt)
                                                       : NIROptions::usualStep);
  std::vector<std::string> timing;
  const double scale = timeScaleOf(*graph, options, dt, timing);
  if (Result<void> done = roundDelays(*graph, scale / dt.value(), timing);
      !done)
    return done.takeError();
  Result<Topology> topology = analyze(*graph, assumptions);
  if (!topology)
    return topology.takeError();
  if (!graph->version.empty())
    assumptions.push_back("read as NIR, file version " + graph->version);
  assumptions.insert(assumptions.end(), timing.begin(), timing.end());
  if (options.arrival == Arrival::NextStep)
    assumptions.push_back("a signal reaches a neuron one step after it was "
                          "sent, at the earliest");
  noteRules(*graph, options, assumptions);

  context
      ->loadDialect<snn::SnnDialect, arith::ArithDialect, math::MathDialect>();
  DiagnosticCollector diagnostics(context);
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(NameLoc::get(StringAttr::get(context, file)));
  const BuildOptions build{dt, scale,
                           options.arrival == Arrival::NextStep ? 1u : 0u};
  if (Result<void> built =
          buildNetwork(*graph, *topology, build, *module, assumptions);
      !built)
    return built.takeError();
  for (snn::ModelOp model : module->getOps<snn::ModelOp>()) {
    if (failed(snn::setScheme(model, options.scheme)) ||
        failed(snn::setSpikeRule(model, options.spikeRule)) ||
        failed(snn::setResetRule(model, options.reset)) ||
        failed(snn::setSpikeTiming(model, options.spikeTiming)))
      return diagnostics.takeError("a neuron model cannot be adapted");
  }
  if (failed(verify(*module)))
    return diagnostics.takeError("does not verify");
  return module;
}
