// An import of a network file and what came of it, for the tests of importers.
#pragma once

#include "dialects/snn/IR/NetworkView.h"
#include "hw-models/base/Error.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace limen::test {

/// An importer's test derives from it and calls the importer in its
/// constructor: `ImportedModule([&](auto *context, auto &assumptions) { return
/// ...; })`.
struct ImportedModule {
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  std::vector<std::string> assumptions;
  Result<mlir::OwningOpRef<mlir::ModuleOp>> module;

  template <typename Import>
  explicit ImportedModule(Import importer)
      : module(importer(&context, assumptions)) {}

  std::string error() const {
    return module ? "no error" : module.error().text();
  }
  std::string text() {
    std::string out;
    llvm::raw_string_ostream stream(out);
    if (module)
      (**module).print(stream);
    return out;
  }
  network::Network view() {
    return *snn::viewNetwork(snn::theNetwork(**module));
  }
  bool assumed(const std::string &part) const {
    for (const std::string &sentence : assumptions)
      if (sentence.find(part) != std::string::npos)
        return true;
    return false;
  }
};

} // namespace limen::test
