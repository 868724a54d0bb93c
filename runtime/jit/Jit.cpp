#include "runtime/jit/Jit.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <mutex>

using namespace limen;
using namespace limen::jit;

struct Library::Impl {
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<mlir::ExecutionEngine> engine;
};

Library::Library(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Library::~Library() = default;

static limen::Error asError(const char *what, llvm::Error error) {
  return limen::Error(std::string(what) + ": " +
                      llvm::toString(std::move(error)));
}

Result<std::shared_ptr<Library>> Library::compile(mlir::ModuleOp module) {
  static std::once_flag initialised;
  std::call_once(initialised, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });

  // Only the kernels are translated; the network beside them is not code.
  mlir::OwningOpRef<mlir::ModuleOp> kernels =
      mlir::ModuleOp::create(module.getLoc());
  for (mlir::LLVM::LLVMFuncOp function :
       module.getOps<mlir::LLVM::LLVMFuncOp>())
    kernels->push_back(function.clone());

  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return asError("this machine cannot be detected", builder.takeError());
  builder->setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  auto machine = builder->createTargetMachine();
  if (!machine)
    return asError("no code generator for this machine", machine.takeError());

  auto impl = std::make_unique<Impl>();
  impl->machine = std::move(*machine);
  mlir::ExecutionEngineOptions options;
  // The option only refers to the function, which runs inside `create`.
  const auto optimize =
      mlir::makeOptimizingTransformer(3, 0, impl->machine.get());
  options.transformer = optimize;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  auto engine = mlir::ExecutionEngine::create(*kernels, options);
  if (!engine)
    return asError("kernels cannot be compiled", engine.takeError());
  impl->engine = std::move(*engine);
  impl->engine->initialize();
  return std::shared_ptr<Library>(new Library(std::move(impl)));
}

void *Library::lookup(const std::string &name) const {
  auto address = impl->engine->lookup(name);
  if (!address) {
    llvm::consumeError(address.takeError());
    return nullptr;
  }
  return *address;
}

void jit::registerTranslations(mlir::DialectRegistry &registry) {
  registry.insert<mlir::LLVM::LLVMDialect>();
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
}
