// limen targets: what can be compiled for.

#include "tools/limen/Command.h"

#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

static Result<void> show(const std::string &name) {
  if (name.empty()) {
    for (const target::Preset &preset : target::presets())
      fmt::print("{:<16} {}\n", preset.name, preset.description);
    fmt::print("\n'limen targets NAME' prints the full description; a file "
               "that says\n'extends: NAME' changes parts of it.\n");
    return {};
  }
  Result<target::Target> target = target::loadDocument(name);
  if (!target)
    return target.takeError();
  if (Result<void> valid = target::validate(*target); !valid)
    return valid;
  fmt::print("{}", target->document.text());
  return {};
}

void cli::addTargets(CLI::App &app, int &exitCode) {
  auto name = std::make_shared<std::string>();
  CLI::App *command = app.add_subcommand(
      "targets", "List targets, or print one with all its numbers");
  command->footer("Examples:\n"
                  "  limen targets\n"
                  "  limen targets rram-40nm > mine.yaml\n");
  command->add_option("NAME", *name,
                      "A preset, or a target file (.yaml); default: list all");
  command->callback([name, &exitCode] { finish(show(*name), exitCode); });
}
