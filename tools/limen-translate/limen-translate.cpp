// Translations between outside formats and IR, for compiler people and tests:
//   limen-translate --import-network net.nir        any network to snn IR
//   limen-translate --kernels-to-llvmir host.mlir   compiled kernels to LLVM IR

#include "compiler/Import/Network.h"
#include "dialects/Registration.h"
#include "runtime/jit/Jit.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace limen;

static void registerImport() {
  static TranslateToMLIRRegistration registration(
      "import-network", "import a network file (.nir, .yaml, .mlir)",
      [](const std::shared_ptr<llvm::SourceMgr> &sources,
         MLIRContext *context) -> OwningOpRef<Operation *> {
        // Importers read the file by its name; HDF5 cannot read a buffer.
        const std::string path =
            sources->getMemoryBuffer(sources->getMainFileID())
                ->getBufferIdentifier()
                .str();
        std::vector<std::string> assumptions;
        Result<OwningOpRef<ModuleOp>> module =
            importNetwork(path, ImportOptions(), context, assumptions);
        if (!module) {
          emitError(UnknownLoc::get(context)) << module.error().text();
          return {};
        }
        return std::move(*module);
      },
      [](DialectRegistry &registry) { registerDialects(registry); });
}

static void registerExport() {
  static TranslateFromMLIRRegistration registration(
      "kernels-to-llvmir", "translate the llvm.func kernels to LLVM IR",
      [](Operation *op, llvm::raw_ostream &out) -> LogicalResult {
        auto module = cast<ModuleOp>(op);
        OwningOpRef<ModuleOp> kernels = ModuleOp::create(op->getLoc());
        for (auto function : module.getOps<LLVM::LLVMFuncOp>())
          kernels->push_back(function.clone());
        llvm::LLVMContext context;
        auto translated = translateModuleToLLVMIR(*kernels, context);
        if (!translated)
          return failure();
        translated->print(out, nullptr);
        return success();
      },
      [](DialectRegistry &registry) {
        registerDialects(registry);
        jit::registerTranslations(registry);
      });
}

int main(int argc, char **argv) {
  registerImport();
  registerExport();
  return failed(mlirTranslateMain(argc, argv, "Limen translation driver"));
}
