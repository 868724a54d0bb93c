// What the subcommands of `limen` share: flags, and the way from a file to a
// program that runs.
#pragma once

#include "compiler/Import/Network.h"
#include "hw-models/target/Target.h"
#include "runtime/events/Format.h"
#include "runtime/program/Load.h"

#include "mlir/IR/MLIRContext.h"

#include <CLI/CLI.hpp>

namespace limen::cli {

/// NETWORK and how to read it.
struct NetworkFlags {
  std::string network;
  std::string dt; ///< "": as the file says, else 0.1 ms
  std::string timeUnit = "auto";
  std::string reset = "zero";
  std::string spikeRule = "gt";
  std::string transform; ///< passes on the network, before lowering
  std::string scheme = "euler";
  std::string spikeTiming = "same-step";
  std::string arrival = "same-step";

  /// `compiled`: NETWORK may be a compiled program too.
  void add(CLI::App &app, bool compiled);
  /// How to read it, without NETWORK itself; `suffix` ends every flag ("-b").
  void addReading(CLI::App &app, const std::string &suffix = {});
  Result<ImportOptions> options() const;
  /// Errors: NETWORK is a compiled program, in which nothing can be changed.
  Result<void> checkUncompiled() const;
};

/// --target and --set.
struct TargetFlags {
  std::string target = "host";
  std::vector<std::string> overrides;
  bool given = false; ///< --target was on the command line

  void add(CLI::App &app);
  /// The target with its settings. Errors: those of its description.
  Result<target::Target> load() const;
  /// What the settings change, as assumptions of a report.
  std::vector<std::string> assumptions(const target::Target &target) const;
};

/// The samples of a data set that a command works on: [first, first + count).
struct DataSet {
  std::unique_ptr<input::Source> source;
  size_t first = 0, count = 0;
};

/// --input and the samples of it.
struct InputFlags {
  std::string input;  ///< as given, several joined by a space
  std::string labels; ///< likewise
  /// One SPEC, or NAME=SPEC for each input of the network.
  std::vector<std::string> inputs, labelFiles;
  size_t first = 0;
  size_t samples = 0; ///< 0: all
  uint32_t steps = 0; ///< 0: as the data says
  std::string bin = "1 ms";
  uint64_t seed = 1;
  unsigned threads = 0; ///< 0: one per core

  void add(CLI::App &app, bool required);
  /// Options of these names for the data set and its labels.
  CLI::Option *addData(CLI::App &app, const std::string &option,
                       const std::string &help);
  void addLabels(CLI::App &app, const std::string &option,
                 const std::string &help);
  unsigned threadCount() const;
  /// Opens the data set and counts the samples that are asked for. Errors:
  /// those of input::openSource, inputs that are not told apart by name, fewer
  /// samples than --first and --samples want.
  Result<DataSet> openData() const;

private:
  Result<std::unique_ptr<input::Source>> open() const;
  Result<size_t> count(const input::Source &source) const;
};

/// A network in IR form on its way to a target.
struct Compilation {
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<std::string> assumptions;
  std::optional<target::Target> target; ///< set once lowered

  /// Reads a network. Errors: those of importNetwork and of the transformation,
  /// a compiled program.
  static Result<Compilation> import(const NetworkFlags &flags);
  /// Reads a network and lowers it, or reads a compiled program.
  static Result<Compilation> compile(const NetworkFlags &network,
                                     const TargetFlags &target);
};

/// A context that knows all dialects, of one thread.
std::unique_ptr<mlir::MLIRContext> makeContext();

/// Names of all formats of event files.
std::string eventFormats();
/// --camera and --size of commands that read events.
Result<events::ReadOptions> readOptions(const std::string &camera,
                                        const std::string &size);

// Said before anything is run: what cannot be written in the end.
/// Errors: `out` is a file, or a folder that cannot be made or written to.
Result<void> checkFolder(const std::string &out);
/// Errors: `out` is a folder, or in one that is missing or cannot be written
/// to.
Result<void> checkFile(const std::string &out);

/// Makes the folder of results.
Result<void> makeFolder(const std::string &out);
/// Writes a module as IR text; complete or not at all.
Result<void> writeText(mlir::ModuleOp module, const std::string &file);

/// --calibrate of commands that run samples.
void addCalibrate(CLI::App &app, size_t &samples);

/// Prints an error to stderr.
void report(const Error &error);
/// The end of a subcommand: reports an error and sets the exit code.
void finish(const Result<void> &done, int &exitCode);

/// Adds a subcommand to `app`; its callback stores the exit code.
void addRun(CLI::App &app, int &exitCode);
void addCompile(CLI::App &app, int &exitCode);
void addEstimate(CLI::App &app, int &exitCode);
void addConvert(CLI::App &app, int &exitCode);
void addTrain(CLI::App &app, int &exitCode);
void addPair(CLI::App &app, int &exitCode);
void addTargets(CLI::App &app, int &exitCode);
void addCompare(CLI::App &app, int &exitCode);
void addSummary(CLI::App &app, int &exitCode);
void addInspect(CLI::App &app, int &exitCode);
void addSweep(CLI::App &app, int &exitCode);

} // namespace limen::cli
