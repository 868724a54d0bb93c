#include "compiler/Import/NIR/NIRImport.h"

#include "compiler/Import/NIR/NIRBuilder.h"
#include "dialects/support/Diagnostics.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Verifier.h"

#include <cmath>

using namespace mlir;
using namespace limen;
using namespace limen::nir;

/// What a time constant of the file is multiplied by to become seconds.
static double timeScaleOf(const Graph &graph, const NIROptions &options,
                          std::vector<std::string> &assumptions) {
  double least = INFINITY;
  for (const Node &node : graph.nodes)
    for (const auto &[name, parameter] : node.parameters)
      if (name.starts_with("tau"))
        for (double value : parameter.values)
          least = std::min(least, value);
  if (std::isinf(least)) {
    assumptions.push_back(
        "no neuron has a time constant, so dt has no influence on the result");
    return 1;
  }
  const double dt = options.dt.value();
  assumptions.push_back(
      "dt is " + format(options.dt) + ", " +
      (options.scheme == snn::Scheme::Euler ? "forward" : "exponential") +
      " Euler: NIR files do not say their step");
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
  const bool steps = least >= 1;
  assumptions.push_back(std::string("time constants are in ") +
                        (steps ? "steps" : "seconds") + ": the smallest is " +
                        formatNumber(least) +
                        (steps ? ", not below 1" : ", below 1"));
  return steps ? dt : 1;
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
}

Result<OwningOpRef<ModuleOp>>
limen::nir::importNIR(const std::string &file, const NIROptions &options,
                      MLIRContext *context,
                      std::vector<std::string> &assumptions) {
  if (!(options.dt.value() > 0) || !std::isfinite(options.dt.value()))
    return Error("dt must be a positive number of seconds, got " +
                     formatNumber(options.dt.value()),
                 {file, 0, 0, {}});
  Result<Graph> graph = readGraph(file, assumptions);
  if (!graph)
    return graph.takeError();
  Result<Topology> topology = analyze(*graph, assumptions);
  if (!topology)
    return topology.takeError();
  if (!graph->version.empty())
    assumptions.push_back("read as NIR, file version " + graph->version);
  const double scale = timeScaleOf(*graph, options, assumptions);
  noteRules(*graph, options, assumptions);

  context
      ->loadDialect<snn::SnnDialect, arith::ArithDialect, math::MathDialect>();
  DiagnosticCollector diagnostics(context);
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(NameLoc::get(StringAttr::get(context, file)));
  if (Result<void> built =
          buildNetwork(*graph, *topology, options.dt, scale, *module);
      !built)
    return built.takeError();
  for (snn::ModelOp model : module->getOps<snn::ModelOp>()) {
    snn::setScheme(model, options.scheme);
    if (failed(snn::setSpikeRule(model, options.spikeRule)) ||
        failed(snn::setResetRule(model, options.reset)))
      return diagnostics.takeError("a neuron model cannot be adapted");
  }
  if (failed(verify(*module)))
    return diagnostics.takeError("does not verify");
  return module;
}
