#include "runtime/program/Load.h"

#include "dialects/snn/IR/NetworkView.h"
#include "dialects/support/Diagnostics.h"
#include "hw-models/target/HostMachine.h"
#include "runtime/engine/HostEngine.h"
#include "runtime/jit/Jit.h"
#include "runtime/program/LoadTarget.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace limen;
using namespace limen::program;

/// Compiles every kernel of the module.
static Result<engine::KernelTable> compileKernels(ModuleOp module) {
  Result<std::shared_ptr<jit::Library>> library = jit::Library::compile(module);
  if (!library)
    return library.takeError();
  engine::KernelTable kernels;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    const std::string name = function.getSymName().str();
    kernels.address[name] = (*library)->lookup(name);
  }
  kernels.owner = *library;
  return kernels;
}

static Result<std::shared_ptr<network::Network>> viewOf(ModuleOp module) {
  DiagnosticCollector diagnostics(module.getContext());
  snn::NetworkOp op = snn::theNetwork(module);
  if (!op)
    return diagnostics.takeError("the program holds no network");
  FailureOr<network::Network> view = snn::viewNetwork(op);
  if (failed(view))
    return diagnostics.takeError("the program's network cannot be read");
  return std::make_shared<network::Network>(std::move(*view));
}

Result<LoadedProgram> program::load(ModuleOp module,
                                    const target::Target &target,
                                    const LoadOptions &options) {
  Result<engine::KernelTable> kernels = compileKernels(module);
  if (!kernels)
    return kernels.takeError();
  Result<std::shared_ptr<network::Network>> network = viewOf(module);
  if (!network)
    return network.takeError();

  LoadedProgram loaded;
  engine::Precision precision = engine::Precision::Float32;
  if (target.kind == target::Kind::Host) {
    Result<target::HostMachine> machine =
        target::HostMachine::parse(target.document);
    if (!machine)
      return machine.takeError();
    if (machine->doublePrecision)
      precision = engine::Precision::Float64;
  }
  if (target.kind == target::Kind::Host || options.reference) {
    Result<std::unique_ptr<engine::Engine>> host =
        engine::makeHostEngine(*network, *kernels, precision, options.seed);
    if (!host)
      return host.takeError();
    if (target.kind == target::Kind::Host) {
      loaded.engine = std::move(*host);
      return loaded;
    }
    loaded.reference = std::move(*host);
  }
  // The chip's network differs in what its weights take.
  Result<std::unique_ptr<engine::Engine>> chip =
      loadTarget(module, target, *network, *kernels, options);
  if (!chip)
    return chip.takeError();
  loaded.engine = std::move(*chip);
  return loaded;
}
