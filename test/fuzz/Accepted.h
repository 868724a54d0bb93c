// What must hold for every network that an importer accepts.
#pragma once

#include "dialects/snn/IR/NetworkView.h"
#include "dialects/support/Diagnostics.h"

#include "mlir/IR/Verifier.h"

#include <cstdio>
#include <cstdlib>

namespace limen::fuzz {

/// A find that is not a crash by itself.
[[noreturn]] inline void broken(const char *what, const std::string &detail) {
  std::fprintf(stderr, "broken promise: %s\n%s\n", what, detail.c_str());
  std::abort();
}

/// An error says what is wrong, in one line of text that ends the message.
inline void checkError(const Error &error) {
  if (error.message.empty())
    broken("an error without a message", error.text());
}

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
