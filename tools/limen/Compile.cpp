// limen compile: a network to a program for one target.

#include "compiler/Pipelines/Pipelines.h"
#include "runtime/program/Container.h"
#include "tools/limen/Command.h"

#include "mlir/IR/AsmState.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

namespace {

struct CompileFlags {
  NetworkFlags network;
  TargetFlags target;
  std::string out;
  std::string emit = "limen";
};

/// Target that an --emit level belongs to, when --target does not say.
std::string targetOfLevel(const std::string &level) {
  if (level == "spin")
    return "spinnaker1-48";
  if (level == "imc")
    return "rram-40nm";
  return "host";
}

Result<void> compile(CompileFlags flags) {
  if (flags.emit == "limen" && flags.out.empty())
    return Error("-o FILE is needed to write a program")
        .note("or look at a level: --emit=snn|spin|imc|llvm");
  const bool program = llvm::StringRef(flags.out).ends_with(".limen");
  if (flags.emit == "limen" && !program)
    return Error("-o must end in .limen, by which other commands know a "
                 "compiled program",
                 Place{flags.out, 0, 0, {}});
  if (flags.emit != "limen" && program)
    return Error("--emit=" + flags.emit +
                     " writes IR text; .limen is the "
                     "ending of compiled programs",
                 Place{flags.out, 0, 0, {}})
        .note("use .mlir");
  if (!flags.out.empty())
    if (Result<void> fine = checkFile(flags.out); !fine)
      return fine;
  if (flags.network.network.ends_with(".limen") && flags.emit == "limen")
    return Error("is compiled already", Place{flags.network.network, 0, 0, {}});
  if (!flags.target.given)
    flags.target.target = targetOfLevel(flags.emit);

  Result<Compilation> compilation =
      flags.emit == "snn" ? Compilation::import(flags.network)
                          : Compilation::compile(flags.network, flags.target);
  if (!compilation)
    return compilation.takeError();
  for (const std::string &text : compilation->assumptions)
    fmt::print(stderr, "assumed: {}\n", text);

  if (flags.emit == "limen") {
    setAssumptions(*compilation->module, compilation->assumptions);
    return program::writeProgram(*compilation->module,
                                 compilation->target->name, flags.out);
  }
  const bool fits = flags.emit == "snn" || flags.emit == "llvm" ||
                    (flags.emit == "spin") ==
                        (compilation->target->kind == target::Kind::Spinnaker);
  if (!fits ||
      (flags.emit == "imc" && compilation->target->kind != target::Kind::Rram))
    return Error(fmt::format("--emit={} does not exist for target '{}'",
                             flags.emit, compilation->target->name));
  if (!flags.out.empty())
    return writeText(*compilation->module, flags.out);
  std::string text;
  llvm::raw_string_ostream stream(text);
  compilation->module->print(stream);
  fmt::print("{}", text);
  return {};
}

} // namespace

void cli::addCompile(CLI::App &app, int &exitCode) {
  auto flags = std::make_shared<CompileFlags>();
  CLI::App *command =
      app.add_subcommand("compile", "Compile a network for a target");
  command->footer(
      "With --emit=spin or imc, --target is spinnaker1-48 or rram-40nm unless "
      "given.\n\nExamples:\n"
      "  limen compile net.nir --target spinnaker1-48 -o net.limen\n"
      "  limen compile net.nir --emit=snn\n");
  flags->network.add(*command, /*compiled=*/true);
  flags->target.add(*command);
  command->add_option("-o", flags->out,
                      "File to write: .limen, or .mlir with --emit; needed "
                      "for a program");
  command
      ->add_option("--emit", flags->emit,
                   "limen: a program; snn, llvm, spin, imc: IR text at that "
                   "level (to -o, or the terminal)")
      ->check(CLI::IsMember({"limen", "snn", "llvm", "spin", "imc"}))
      ->capture_default_str();
  command->callback([flags, &exitCode] { finish(compile(*flags), exitCode); });
}
