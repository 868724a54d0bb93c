// What must hold for every network that an importer accepts.
#pragma once

#include "dialects/snn/IR/NetworkView.h"
#include "dialects/support/Diagnostics.h"
#include "test/fuzz/Promise.h"

#include "mlir/IR/Verifier.h"

namespace limen::fuzz {

/// Whether nothing in the module stands for more than a few million values. A
/// few bytes of text can name arrays that fill the memory when spelled out.
inline bool isSmall(mlir::ModuleOp module) {
  constexpr int64_t most = 1 << 22;
  bool small = true;
  module.walk([&](mlir::Operation *op) {
    for (mlir::Type type : op->getResultTypes())
      small &= snn::sizeOf(type) <= most;
    for (mlir::NamedAttribute attribute : op->getAttrs())
      if (auto elements =
              llvm::dyn_cast<mlir::ElementsAttr>(attribute.getValue()))
        small &= elements.getNumElements() <= most;
  });
  return small;
}

/// The module verifies; if it is small, its network can be seen as plain data
/// or the reason why not is told.
inline void checkAccepted(mlir::ModuleOp module) {
  DiagnosticCollector diagnostics(module.getContext());
  if (mlir::failed(mlir::verify(module)))
    broken("an imported module does not verify",
           diagnostics.takeError("no diagnostic").text());
  if (!isSmall(module))
    return;
  snn::NetworkOp network = snn::theNetwork(module);
  if (!network || mlir::failed(snn::viewNetwork(network)))
    checkError(diagnostics.takeError(""));
}

} // namespace limen::fuzz
