// Just-in-time compilation of the llvm.func kernels of a module.
#pragma once

#include "hw-models/base/Error.h"
#include "runtime/jit/Kernels.h"

#include <memory>
#include <string>

namespace mlir {
class ModuleOp;
class DialectRegistry;
} // namespace mlir

namespace limen::jit {

/// Machine code of a module's kernels; kernels live as long as the library.
class Library {
public:
  /// Compiles every llvm.func of `module` for this machine. Errors: code
  /// generation, which are defects of the compiler and not of the input.
  static Result<std::shared_ptr<Library>> compile(mlir::ModuleOp module);

  /// The kernel `name`, null if there is none.
  void *lookup(const std::string &name) const;

  template <typename T> StepKernel<T> step(const std::string &name) const {
    return reinterpret_cast<StepKernel<T>>(lookup(name));
  }

  ~Library();

private:
  struct Impl;
  explicit Library(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// Registers what `Library::compile` needs to translate modules of a context.
void registerTranslations(mlir::DialectRegistry &registry);

} // namespace limen::jit
