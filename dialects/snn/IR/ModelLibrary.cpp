#include "dialects/snn/IR/ModelLibrary.h"

#include "hw-models/base/Embedded.h"

#include "mlir/Parser/Parser.h"

namespace limen::embedded {
std::span<const File> models();
} // namespace limen::embedded

using namespace mlir;
using namespace limen;
using namespace limen::snn;

static StringRef stem(std::string_view file) {
  return StringRef(file).drop_back(StringRef(".mlir").size());
}

std::vector<std::string> limen::snn::builtinModels() {
  std::vector<std::string> names;
  for (const embedded::File &file : embedded::models())
    names.push_back(stem(file.name).str());
  return names;
}

ModelOp limen::snn::getOrInsertModel(ModuleOp module, StringRef name) {
  if (auto found = module.lookupSymbol<ModelOp>(name))
    return found;
  for (const embedded::File &file : embedded::models()) {
    if (stem(file.name) != name)
      continue;
    // The library is part of the program, so a parse error is our own bug; it
    // is reported through the context like any diagnostic.
    OwningOpRef<ModuleOp> library = parseSourceString<ModuleOp>(
        StringRef(file.text), module.getContext(), StringRef(file.name));
    if (!library)
      return {};
    for (ModelOp model : library->getOps<ModelOp>())
      if (model.getSymName() == name) {
        ModelOp copy = model.clone();
        module.getBody()->push_front(copy);
        return copy;
      }
  }
  return {};
}
