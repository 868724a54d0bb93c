#include "dialects/snn/IR/ModelLibrary.h"

#include "hw-models/base/Embedded.h"

#include "mlir/Parser/Parser.h"

namespace limen::embedded {
std::span<const File> models();
std::span<const File> rules();
} // namespace limen::embedded

using namespace mlir;
using namespace limen;
using namespace limen::snn;

static StringRef stem(std::string_view file) {
  return StringRef(file).drop_back(StringRef(".mlir").size());
}

static std::vector<std::string> namesOf(std::span<const embedded::File> files) {
  std::vector<std::string> names;
  for (const embedded::File &file : files)
    names.push_back(stem(file.name).str());
  return names;
}

/// The `Op` called `name` of `module`, added from `files` if it is not there.
template <typename Op>
static Op getOrInsert(std::span<const embedded::File> files, ModuleOp module,
                      StringRef name) {
  if (auto found = module.lookupSymbol<Op>(name))
    return found;
  for (const embedded::File &file : files) {
    if (stem(file.name) != name)
      continue;
    // The library is part of the program, so a parse error is our own bug; it
    // is reported through the context like any diagnostic.
    OwningOpRef<ModuleOp> library = parseSourceString<ModuleOp>(
        StringRef(file.text), module.getContext(), StringRef(file.name));
    if (!library)
      return {};
    for (Op op : library->getOps<Op>())
      if (op.getSymName() == name) {
        Op copy = op.clone();
        module.getBody()->push_front(copy);
        return copy;
      }
  }
  return {};
}

std::vector<std::string> limen::snn::builtinModels() {
  return namesOf(embedded::models());
}

ModelOp limen::snn::getOrInsertModel(ModuleOp module, StringRef name) {
  return getOrInsert<ModelOp>(embedded::models(), module, name);
}

std::vector<std::string> limen::snn::builtinRules() {
  return namesOf(embedded::rules());
}

RuleOp limen::snn::getOrInsertRule(ModuleOp module, StringRef name) {
  return getOrInsert<RuleOp>(embedded::rules(), module, name);
}
