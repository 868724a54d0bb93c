// limen convert: a network under another format.

#include "compiler/Export/NIR/NIRExport.h"
#include "hw-models/base/Files.h"
#include "tools/limen/Command.h"

#include "llvm/Support/raw_ostream.h"

#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

namespace {

Result<void> writeText(mlir::ModuleOp module, const std::string &file,
                       std::vector<std::string> &) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return writeFile(file, text);
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
    {".mlir", "IR text", writeText},
};

Result<void> convert(const NetworkFlags &network, const std::string &out) {
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

} // namespace

void cli::addConvert(CLI::App &app, int &exitCode) {
  struct Flags {
    NetworkFlags network;
    std::string out;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App *command = app.add_subcommand(
      "convert", "Write a network under another format, chosen by the ending");
  command->footer("Examples:\n"
                  "  limen convert net.yaml -o net.nir\n"
                  "  limen convert net.nir -o net.mlir\n");
  flags->network.add(*command);
  command
      ->add_option("-o", flags->out,
                   "File to write: .nir (NIR) or .mlir (IR text)")
      ->required();
  command->callback([flags, &exitCode] {
    if (Result<void> done = convert(flags->network, flags->out); !done) {
      report(done.error());
      exitCode = 1;
    }
  });
}
