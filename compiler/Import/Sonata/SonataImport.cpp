#include "compiler/Import/Sonata/SonataImport.h"

#include "compiler/Import/Sonata/SonataImporter.h"
#include "dialects/support/Diagnostics.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace limen;
using namespace limen::sonata;

Result<OwningOpRef<ModuleOp>>
limen::sonata::importSonata(const std::string &path,
                            const SonataOptions &options, MLIRContext *context,
                            std::vector<std::string> &assumptions) {
  Result<Config> config = readConfig(path, assumptions);
  if (!config)
    return config.takeError();
  Result<Circuit> circuit = readNodes(*config, assumptions);
  if (!circuit)
    return circuit.takeError();
  if (Result<void> done = readEdges(*config, *circuit, assumptions); !done)
    return done.takeError();
  const double dt = config->dt.value_or(options.dt.value() * 1e3);
  assumptions.push_back(
      fmt::format("dt is {} ms, {}", formatNumber(dt),
                  config->dt ? "as the simulation configuration says"
                             : "no simulation configuration says it"));
  context
      ->loadDialect<snn::SnnDialect, arith::ArithDialect, math::MathDialect>();
  DiagnosticCollector diagnostics(context);
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(NameLoc::get(StringAttr::get(context, config->file)));
  if (Result<void> done =
          Importer(*config, *circuit, dt, *module, assumptions).run();
      !done)
    return done.takeError();
  if (failed(verify(*module)))
    return diagnostics.takeError(config->file + ": the network is not valid");
  return module;
}
