// IR text. Contract: any bytes give a module that verifies or an error with a
// message. On small networks the passes of the snn dialect then run: each
// succeeds or says why not, and what they leave verifies.

#include "compiler/Import/Text.h"
#include "dialects/Registration.h"
#include "dialects/snn/Transforms/SnnPasses.h"
#include "test/fuzz/Accepted.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

#include <cstdint>

using namespace limen;

static const mlir::DialectRegistry &registry() {
  static const mlir::DialectRegistry all = [] {
    mlir::DialectRegistry made;
    registerDialects(made);
    registerSnnTransformsPasses();
    return made;
  }();
  return all;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string text(reinterpret_cast<const char *>(data), size);
  mlir::MLIRContext context(registry(), mlir::MLIRContext::Threading::DISABLED);
  Result<mlir::OwningOpRef<mlir::ModuleOp>> module =
      importNetworkText(text, "fuzz.mlir", &context);
  if (!module) {
    fuzz::checkError(module.error());
    return 0;
  }
  fuzz::checkAccepted(**module);
  if (!fuzz::isSmall(**module))
    return 0;
  for (const char *pass :
       {"snn-spike-bits{bits=3}", "snn-fold-linear", "snn-prune{fraction=0.5}",
        "snn-quantize-weights{bits=6 per-channel=true}", "snn-remove-dead"}) {
    DiagnosticCollector diagnostics(&context);
    mlir::PassManager passes(&context);
    passes.enableVerifier(false); // checkAccepted says more
    if (failed(mlir::parsePassPipeline(
            "builtin.module(snn.network(" + std::string(pass) + "))", passes)))
      fuzz::broken("a pass is gone", pass);
    if (failed(passes.run(**module))) {
      fuzz::checkError(diagnostics.takeError(""));
      break; // what a failed pass leaves need not be valid
    }
    fuzz::checkAccepted(**module);
  }
  return 0;
}
