// MLIR diagnostics as Limen errors.
#pragma once

#include "hw-models/base/Error.h"

#include "mlir/IR/Diagnostics.h"

namespace limen {

/// Collects the diagnostics of a context while it lives; nothing is printed.
class DiagnosticCollector {
public:
  explicit DiagnosticCollector(mlir::MLIRContext *context);

  /// The first error with its notes; `fallback` if none was reported.
  Error takeError(std::string fallback);

  /// Remarks and warnings in order.
  const std::vector<std::string> &remarks() const { return remarkTexts; }

private:
  mlir::ScopedDiagnosticHandler handler;
  std::vector<Error> errors;
  std::vector<std::string> remarkTexts;
};

/// The place that a location names in a user's file: file, line and column, or
/// for a named location ("net.nir: /node/nodes/0") its text.
Place placeOf(mlir::Location loc);

} // namespace limen
