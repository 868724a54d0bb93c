#include "compiler/Import/Network.h"

#include "compiler/Import/Description.h"
#include "compiler/Import/Lava/LavaImport.h"
#include "compiler/Import/Text.h"
#include "hw-models/base/Files.h"

#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace limen;

static Result<OwningOpRef<ModuleOp>> importText(const std::string &path,
                                                MLIRContext *context) {
  Result<std::string> text = readFile(path);
  if (!text)
    return text.takeError();
  return importNetworkText(*text, path, context);
}

Result<OwningOpRef<ModuleOp>>
limen::importNetwork(const std::string &path, const ImportOptions &options,
                     MLIRContext *context,
                     std::vector<std::string> &assumptions) {
  const StringRef name(path);
  if (name.ends_with(".nir"))
    return nir::importNIR(path, options.nir, context, assumptions);
  if (name.ends_with(".yaml") || name.ends_with(".yml"))
    return importDescription(path, context, assumptions);
  if (name.ends_with(".mlir"))
    return importText(path, context);
  if (name.ends_with(".json") || llvm::sys::fs::is_directory(name))
    return sonata::importSonata(path, options.sonata, context, assumptions);
  if (name.ends_with(".net"))
    return lava::importLava(path, context, assumptions);
  return Error("is not a network that can be read", Place{path, 0, 0, {}})
      .note("known endings: .nir (NIR), .yaml (network description), .json "
            "(SONATA configuration), .net (Lava netx), .mlir (IR text), .limen "
            "(compiled program)");
}
