// All dialects that Limen's programs and tools read.
#pragma once

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace limen {

void registerDialects(mlir::DialectRegistry &registry);

} // namespace limen
