// The program people use. Each subcommand is a file of this folder.

#include "tools/limen/Command.h"

#include <exception>
#include <fmt/format.h>
#include <new>

int main(int argc, char **argv) {
  CLI::App app(
      "Compiles spiking neural networks for neuromorphic hardware, runs "
      "them on\ncycle models of the chips, and says what an inference "
      "costs.",
      "limen");
  app.set_version_flag("--version", std::string("limen ") + LIMEN_VERSION);
  app.require_subcommand(1);
  app.footer("'limen COMMAND --help' explains a command.");
  int exitCode = 0;
  limen::cli::addRun(app, exitCode);
  limen::cli::addCompile(app, exitCode);
  limen::cli::addEstimate(app, exitCode);
  limen::cli::addConvert(app, exitCode);
  limen::cli::addTrain(app, exitCode);
  limen::cli::addPair(app, exitCode);
  limen::cli::addTargets(app, exitCode);
  limen::cli::addCompare(app, exitCode);
  limen::cli::addSummary(app, exitCode);
  limen::cli::addInspect(app, exitCode);
  limen::cli::addSweep(app, exitCode);
  try {
    CLI11_PARSE(app, argc, argv);
  } catch (const std::bad_alloc &) {
    fmt::print(stderr, "limen: error: the network needs more memory than there "
                       "is\n");
    return 1;
  } catch (const std::exception &problem) {
    // Nothing is expected to throw; if something does, it is our defect.
    fmt::print(stderr, "limen: internal error: {}\n", problem.what());
    return 70;
  }
  return exitCode;
}
