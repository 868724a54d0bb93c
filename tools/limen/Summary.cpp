// limen summary: reports of several runs side by side.

#include "hw-models/base/Files.h"
#include "runtime/report/Report.h"
#include "tools/limen/Command.h"

#include <filesystem>
#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

static Result<void> summarise(const std::vector<std::string> &paths) {
  std::vector<report::Report> reports;
  for (const std::string &path : paths) {
    const std::string file =
        std::filesystem::is_directory(path) ? path + "/report.json" : path;
    Result<std::string> text = readFile(file);
    if (!text)
      return text.takeError();
    Result<report::Report> read = report::readSummary(*text, file);
    if (!read)
      return read.takeError();
    reports.push_back(std::move(*read));
  }
  fmt::print("{}", report::compareTable(reports));
  return {};
}

void cli::addSummary(CLI::App &app, int &exitCode) {
  auto paths = std::make_shared<std::vector<std::string>>();
  CLI::App *command = app.add_subcommand(
      "summary", "Set the reports of several runs side by side");
  command->footer("Example:\n  limen summary run-host run-rram\n");
  command
      ->add_option("REPORT", *paths,
                   "Folders that 'limen run' wrote, or their report.json")
      ->required();
  command->callback(
      [paths, &exitCode] { finish(summarise(*paths), exitCode); });
}
