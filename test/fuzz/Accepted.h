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

/// The module verifies, and its network can be seen as plain data or the
/// reason why not is told.
inline void checkAccepted(mlir::ModuleOp module) {
  DiagnosticCollector diagnostics(module.getContext());
  if (mlir::failed(mlir::verify(module)))
    broken("an imported module does not verify",
           diagnostics.takeError("no diagnostic").text());
  snn::NetworkOp network = snn::theNetwork(module);
  if (!network || mlir::failed(snn::viewNetwork(network)))
    checkError(diagnostics.takeError(""));
}

} // namespace limen::fuzz
