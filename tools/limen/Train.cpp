// limen train: fits the digital head of a network whose spiking part is fixed,
// e.g. a liquid state machine.

#include "tools/limen/Command.h"
#include "tools/limen/Progress.h"
#include "tools/limen/Training.h"

#include "llvm/ADT/StringRef.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace limen;
using namespace limen::cli;

namespace {

struct TrainFlags {
  NetworkFlags network;
  TargetFlags target;
  InputFlags input;
  ReadoutFlags readout;
  std::string out;
  size_t calibrate = 8;
};

void showRidge(const learn::ReadoutFit &fit) {
  for (const learn::RidgeTrial &trial : fit.trials)
    fmt::print("  ridge {:<8g} leave-one-out accuracy {:.2f} %, error {:.4f}\n",
               trial.strength, 100 * trial.accuracy, trial.error);
  fmt::print("chosen: ridge {:g}, training accuracy {:.2f} %\n", fit.strength,
             100 * fit.trainingAccuracy);
}

void showDescent(const learn::HeadFit &fit, const std::vector<size_t> &sizes) {
  fmt::print("layers: {}, {} updates by Adam\n", fmt::join(sizes, "-"),
             fit.updates);
  fmt::print("cross-entropy of the last epoch {:.4f}, training accuracy {:.2f} "
             "%\n",
             fit.loss, 100 * fit.trainingAccuracy);
}

Result<void> train(TrainFlags flags) {
  if (!llvm::StringRef(flags.out).ends_with(".mlir"))
    return Error("-o must end in .mlir", Place{flags.out, 0, 0, {}});
  if (Result<void> fine = checkFile(flags.out); !fine)
    return fine;
  Result<TrainingOptions> options = flags.readout.options();
  if (!options)
    return options.takeError();
  Result<target::Target> target = flags.target.load();
  if (!target)
    return target.takeError();
  Result<Compilation> compilation = Compilation::import(flags.network);
  if (!compilation)
    return compilation.takeError();
  Result<DataSet> data = flags.input.openData();
  if (!data)
    return data.takeError();

  options->calibrate = flags.calibrate;
  options->seed = flags.input.seed;
  options->threads = flags.input.threadCount();
  Progress progress("features");
  options->progress = [&](size_t done, size_t total) {
    progress.show(done, total);
  };
  Result<Training> training =
      trainReadouts(*compilation, *target, std::move(*data), *options);
  progress.clear();
  if (!training)
    return training.takeError();

  if (Result<void> written = writeText(*compilation->module, flags.out);
      !written)
    return written;

  for (const std::string &assumed : compilation->assumptions)
    fmt::print("assumed: {}\n", assumed);
  for (const std::string &assumed : training->assumptions)
    fmt::print("assumed: {}\n", assumed);
  for (const TrainedHead &head : training->heads) {
    fmt::print("readout{} of '{}': {} neurons, {} classes, {} samples\n",
               training->heads.size() > 1 ? " '" + head.name + "'" : "",
               head.population, head.sizes.front(), head.sizes.back(),
               training->samples);
    fmt::print("activity: {:.2f} % of neurons fire in a step\n",
               100 * head.activity);
    if (head.ridge)
      showRidge(*head.ridge);
    else
      showDescent(*head.head, head.sizes);
  }
  fmt::print("written: {}\n", flags.out);
  return {};
}

} // namespace

void cli::addTrain(CLI::App &app, int &exitCode) {
  auto flags = std::make_shared<TrainFlags>();
  CLI::App *command = app.add_subcommand(
      "train", "Fit the digital head of a network whose spikes are fixed");
  command->footer(
      "Runs the samples, counts the spikes of the population that a readout "
      "reads and fits a\nhead to them: ridge regression, whose strength is "
      "chosen by leaving samples out, or a\nsoftmax fitted by Adam, with "
      "hidden "
      "layers if wanted. Of several readouts all are\nfitted, or that of "
      "--readout. The network with its heads is written as IR "
      "text.\n\nExamples:\n"
      "  limen train lsm.yaml --input idx:images.gz,labels.gz "
      "--samples 10000 -o lsm.mlir\n"
      "  limen train lsm.yaml --hidden 64 --activation gelu --rate 1e-3 "
      "--input "
      "nmnist:train\n    --labels train.txt -o lsm.mlir\n");
  flags->network.add(*command, /*compiled=*/false);
  flags->target.add(*command);
  flags->input.add(*command, /*required=*/true);
  flags->readout.add(*command);
  addCalibrate(*command, flags->calibrate);
  command->add_option("-o", flags->out, "IR text to write (.mlir)")->required();
  command->callback([flags, &exitCode] { finish(train(*flags), exitCode); });
}
