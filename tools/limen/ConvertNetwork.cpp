// limen convert: networks.

#include "tools/limen/ConvertNetwork.h"

#include "compiler/Export/NIR/NIRExport.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

namespace {

Result<void> writeIR(mlir::ModuleOp module, const std::string &file,
                     std::vector<std::string> &) {
  return writeText(module, file);
}

/// What a file's ending asks for. To add a format is to add a line.
struct Door {
  std::string_view ending;
  std::string_view what;
  Result<void> (*write)(mlir::ModuleOp module, const std::string &file,
                        std::vector<std::string> &remarks);
};
constexpr Door doors[] = {
    {".nir", "NIR", nir::exportNIR},
    {".mlir", "IR text", writeIR},
};

} // namespace

bool cli::isNetwork(const std::string &path) {
  for (const char *ending : {".nir", ".yaml", ".yml", ".mlir", ".limen"})
    if (path.ends_with(ending))
      return true;
  return false;
}

Result<void> cli::convertNetwork(const NetworkFlags &network,
                                 const std::string &out) {
  const auto *door =
      std::find_if(std::begin(doors), std::end(doors), [&](const Door &known) {
        return out.ends_with(known.ending);
      });
  if (door == std::end(doors)) {
    std::string known;
    for (const Door &each : doors)
      known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", each.ending,
                           each.what);
    return Error("has no ending that can be written", Place{out, 0, 0, {}})
        .note("known endings: " + known);
  }
  Result<Compilation> compilation = Compilation::import(network);
  if (!compilation)
    return compilation.takeError();
  for (const std::string &text : compilation->assumptions)
    fmt::print(stderr, "assumed: {}\n", text);
  std::vector<std::string> remarks;
  if (Result<void> written = door->write(*compilation->module, out, remarks);
      !written)
    return written;
  for (const std::string &text : remarks)
    fmt::print(stderr, "remark: {}\n", text);
  return {};
}
