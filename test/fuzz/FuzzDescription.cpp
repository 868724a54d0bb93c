// Network descriptions in YAML. Contract: any bytes give a network that
// verifies, or an error with a message; an error in a document that is YAML has
// the file's name. Nothing is expanded, so size in the file bounds time and
// memory.

#include "compiler/Import/Description.h"
#include "test/fuzz/Accepted.h"

#include "mlir/IR/MLIRContext.h"

#include <cstdint>

using namespace limen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string text(reinterpret_cast<const char *>(data), size);
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  std::vector<std::string> assumptions;
  Result<mlir::OwningOpRef<mlir::ModuleOp>> module =
      importDescriptionText(text, "fuzz.yaml", &context, assumptions);
  if (module)
    fuzz::checkAccepted(**module);
  else
    fuzz::checkError(module.error());
  return 0;
}
