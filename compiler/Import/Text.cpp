#include "compiler/Import/Text.h"

#include "dialects/snn/IR/ModelLibrary.h"
#include "dialects/snn/IR/Snn.h"
#include "dialects/support/Diagnostics.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace limen;

/// MLIR's parser calls itself for each bracket (some 1 KiB of stack), and so do
/// the verifier and the printer for each region.
static constexpr unsigned maxNesting = 256;

/// Finds the place where brackets outside strings and comments are nested too
/// deeply. Counts each kind on its own: '<' and '>' are also operators.
static std::optional<Error> findDeepNesting(StringRef text,
                                            const std::string &file) {
  unsigned depths[4] = {};
  unsigned line = 1;
  size_t lineStart = 0;
  char previous = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      ++line;
      lineStart = i + 1;
      inString = false; // a string ends with its line
    } else if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '/' && previous == '/') {
      i = std::min(text.find('\n', i), text.size()) - 1;
    } else if (const size_t kind = StringRef("([{<").find(c);
               kind != StringRef::npos) {
      if (++depths[kind] > maxNesting)
        return Error(
            "brackets are nested more than " + std::to_string(maxNesting) +
                " deep",
            {file, line, static_cast<unsigned>(i - lineStart + 1), {}});
    } else if (const size_t kind = StringRef(")]}>").find(c);
               kind != StringRef::npos && !(c == '>' && previous == '-')) {
      depths[kind] -= depths[kind] != 0;
    }
    previous = c;
  }
  return std::nullopt;
}

Result<OwningOpRef<ModuleOp>> limen::importNetworkText(const std::string &text,
                                                       const std::string &file,
                                                       MLIRContext *context) {
  // The parser would hand this to the bytecode reader, which trusts its input.
  if (StringRef(text).starts_with("ML\xefR"))
    return Error("is MLIR bytecode, IR text was wanted", {file, 0, 0, {}})
        .note("mlir-opt-22 FILE -o FILE.mlir writes text");
  if (std::optional<Error> deep = findDeepNesting(text, file))
    return std::move(*deep);
  DiagnosticCollector diagnostics(context);
  // Verified below, after the models that the text names have been added.
  const ParserConfig config(context, /*verifyAfterParse=*/false);
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(text, file),
                              llvm::SMLoc());
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, config);
  if (!module)
    return diagnostics.takeError("is not IR text");
  // Nothing is verified yet: the network may have no body, the body no block,
  // the model no name.
  for (snn::NetworkOp network :
       llvm::make_early_inc_range(module->getOps<snn::NetworkOp>()))
    for (Region &region : network->getRegions())
      for (Operation &op : region.getOps()) {
        if (auto neuron = dyn_cast<snn::NeuronOp>(op))
          if (FlatSymbolRefAttr model = neuron.getModelAttr())
            snn::getOrInsertModel(*module, model.getValue());
        if (auto plasticity =
                op.getAttrOfType<snn::PlasticityAttr>(snn::plasticityName))
          snn::getOrInsertRule(*module, plasticity.getRule().getValue());
      }
  if (failed(verify(*module)))
    return diagnostics.takeError("does not verify");
  return module;
}
