#include "compiler/Import/Network.h"

#include "compiler/Import/Description.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "dialects/support/Diagnostics.h"
#include "hw-models/base/Files.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace limen;

static Result<OwningOpRef<ModuleOp>> importText(const std::string &path,
                                                MLIRContext *context) {
  // One message for a missing file, in the words of the other readers.
  if (Result<std::string> text = readFile(path); !text)
    return text.takeError();
  DiagnosticCollector diagnostics(context);
  // Verified below, after the models that the text names have been added.
  const ParserConfig config(context, /*verifyAfterParse=*/false);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(path, config);
  if (!module)
    return diagnostics.takeError("is not IR text");
  for (snn::NetworkOp network : module->getOps<snn::NetworkOp>())
    for (snn::NeuronOp neuron :
         network.getBody().front().getOps<snn::NeuronOp>())
      snn::getOrInsertModel(*module, neuron.getModel());
  if (failed(verify(*module)))
    return diagnostics.takeError("does not verify");
  return module;
}

Result<OwningOpRef<ModuleOp>>
limen::importNetwork(const std::string &path, const ImportOptions &options,
                     MLIRContext *context,
                     std::vector<std::string> &assumptions) {
  const StringRef name(path);
  if (name.ends_with(".nir"))
    return nir::importNIR(path, options.nir, context, assumptions);
  if (name.ends_with(".yaml") || name.ends_with(".yml"))
    return importDescription(path, context, assumptions);
  if (name.ends_with(".mlir"))
    return importText(path, context);
  return Error("is not a network that can be read", Place{path, 0, 0, {}})
      .note("known endings: .nir (NIR), .yaml (network description), .mlir (IR "
            "text), .limen (compiled program)");
}
