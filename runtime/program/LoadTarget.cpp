#include "runtime/program/LoadTarget.h"

#include "runtime/engine/ImcEngine.h"
#include "runtime/engine/SpinEngine.h"
#include "runtime/program/ImcLoader.h"
#include "runtime/program/SpinLoader.h"

#include <algorithm>

using namespace limen;
using namespace limen::program;

/// The network with weights of at most `bits` bits, what the chip holds.
static std::shared_ptr<const network::Network>
withWeightBits(const network::Network &network, unsigned bits) {
  auto copy = std::make_shared<network::Network>(network);
  for (network::Projection &projection : copy->projections)
    projection.weightBits = std::min(projection.weightBits, bits);
  return copy;
}

Result<std::unique_ptr<engine::Engine>>
program::loadTarget(mlir::ModuleOp module, const target::Target &target,
                    std::shared_ptr<const network::Network> network,
                    const engine::KernelTable &kernels,
                    const LoadOptions &options) {
  if (target.kind == target::Kind::Spinnaker) {
    auto own = withWeightBits(*network, 16); // of a synaptic word
    Result<SpinProgram> program = loadSpinProgram(module, *own);
    if (!program)
      return program.takeError();
    auto made = engine::makeSpinEngine(
        own, std::make_shared<SpinProgram>(std::move(*program)), kernels,
        options.seed);
    if (!made)
      return made.takeError();
    return std::unique_ptr<engine::Engine>(std::move(*made));
  }
  Result<ImcProgram> program = loadImcProgram(module, *network);
  if (!program)
    return program.takeError();
  return engine::makeImcEngine(
      withWeightBits(*network, program->machine.weightBits),
      std::make_shared<ImcProgram>(std::move(*program)), kernels, options.seed);
}
