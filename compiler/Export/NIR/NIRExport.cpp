#include "compiler/Export/NIR/NIRExport.h"

#include "compiler/Export/NIR/NIRExtract.h"
#include "compiler/Export/NIR/NIRWrite.h"
#include "dialects/snn/IR/NetworkView.h"
#include "dialects/support/Diagnostics.h"

using namespace mlir;
using namespace limen;

Result<void> limen::nir::exportNIR(ModuleOp module, const std::string &file,
                                   std::vector<std::string> &remarks) {
  DiagnosticCollector diagnostics(module.getContext());
  const snn::NetworkOp network = snn::theNetwork(module);
  if (!network)
    return diagnostics.takeError("holds no network");
  Result<Graph> graph = extractGraph(network, remarks);
  if (!graph)
    return graph.takeError();
  return writeGraph(*graph, file);
}
