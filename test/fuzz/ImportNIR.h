// What both NIR targets ask of an import.
#pragma once

#include "compiler/Import/NIR/NIRImport.h"
#include "test/fuzz/Accepted.h"

#include "mlir/IR/MLIRContext.h"

namespace limen::fuzz {

/// Imports `path`; `variant` chooses the rules that a file does not fix.
inline void importNIR(const std::string &path, unsigned variant) {
  nir::NIROptions options;
  options.timeUnit = static_cast<nir::TimeUnit>(variant % 4);
  options.reset = variant & 4 ? snn::ResetRule::Subtract : snn::ResetRule::Zero;
  options.scheme = variant & 8 ? snn::Scheme::Exponential : snn::Scheme::Euler;
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  std::vector<std::string> assumptions;
  Result<mlir::OwningOpRef<mlir::ModuleOp>> module =
      nir::importNIR(path, options, &context, assumptions);
  if (!module) {
    checkError(module.error());
    if (!module.error().place.file.starts_with(path))
      broken("an error does not name the file", module.error().text());
    return;
  }
  checkAccepted(**module);
}

} // namespace limen::fuzz
