// Fits the digital head of a network whose spiking part is fixed, on the
// features that a target gives.
#pragma once

#include "runtime/learn/Head.h"
#include "tools/limen/Features.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace limen::cli {

/// --hidden, --epochs, ... of commands that fit by gradient descent.
struct HeadFlags {
  std::vector<size_t> hidden;
  std::string activation; ///< "": as the network's hidden layers, else relu
  std::string features = "standard";
  double rate = 1e-4, decay = 0;
  size_t epochs = 100, batch = 100;

  /// Defaults that are shown are those at the time of the call.
  void add(CLI::App &app);
  /// Errors: those of learn::checkOptions.
  Result<learn::HeadOptions> options() const;
  bool standardise() const { return features == "standard"; }
  /// A flag on the command line that only Adam takes, "" if there is none.
  std::string adamFlag() const;

private:
  std::vector<const CLI::Option *> adam;
};

struct TrainingOptions {
  std::string readout;           ///< to fit; "": all that the network returns
  std::string population;        ///< to read; "": the readout's
  size_t classes = 0;            ///< 0: highest label + 1
  std::vector<double> strengths; ///< empty: those of learn::RidgeOptions
  bool standardise = true;       ///< features get mean 0 and variance 1
  /// Ridge regression, or gradient descent; nothing: ridge for a linear head.
  std::optional<bool> descend;
  learn::HeadOptions head; ///< no hidden layers: those that the network has
  /// Of hidden layers; nothing: as those of the network, else relu.
  std::optional<network::Activation> activation;
  std::string adamFlag; ///< a flag that ridge regression would ignore
  size_t calibrate = 8; ///< samples from which converter ranges are set
  uint64_t seed = 1;    ///< of the chip instance, and of first weights
  unsigned threads = 1;
  ProgressCall progress;
};

/// How a readout is fitted: the flags that `limen train` and `limen sweep
/// --train` share.
struct ReadoutFlags {
  HeadFlags head;
  std::string method;     ///< "": ridge for a linear head, else adam
  std::string readout;    ///< "": all
  std::string population; ///< "": the readout's
  uint64_t classes = 0;   ///< 0: highest label + 1
  std::vector<double> strengths;

  void add(CLI::App &app);
  /// What they ask for; samples, seed and threads are left to the caller.
  /// Errors: numbers that no fit takes.
  Result<TrainingOptions> options() const;
  /// The flag that comes first on the command line, "" if none is there.
  std::string given() const;
  /// All that decides a fit, by flag.
  nlohmann::ordered_json json() const;

private:
  std::vector<const CLI::Option *> all;
};

/// A head that was fitted.
struct TrainedHead {
  std::string name, population;
  std::optional<learn::ReadoutFit> ridge; ///< one of these two
  std::optional<learn::HeadFit> head;
  std::vector<size_t> sizes; ///< neurons, hidden layers, classes
  double activity = 0;       ///< share of neurons that fire in a step
};

struct Training {
  std::vector<TrainedHead> heads;
  size_t samples = 0;
  std::vector<std::string> assumptions; ///< of the data
};

/// Runs `data` on the target, fits heads to the spike counts of the populations
/// that they read and puts them into the network of `compilation`, which must
/// not be lowered. Each is fitted by itself: what becomes of it does not depend
/// on the others. Errors: those of headsOf, lowering, loading and running, a
/// sample without label, those of the fit, ridge with hidden layers, flags that
/// the method does not take, a number of classes for several heads.
Result<Training> trainReadouts(Compilation &compilation,
                               const target::Target &target, DataSet data,
                               const TrainingOptions &options);

} // namespace limen::cli
