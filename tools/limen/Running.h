// What commands that run samples share: the way from a data set to an engine.
#pragma once

#include "runtime/input/Watched.h"
#include "runtime/report/Report.h"
#include "tools/limen/Command.h"

namespace limen::cli {

/// A data set at the inputs of a network.
struct FedData {
  std::unique_ptr<input::Watched> source;
  size_t first = 0, count = 0;
};

/// `data` as the inputs of the engine's network take it, after converter ranges
/// were set on the first `calibrate` of its samples. Errors: a number of
/// elements that is not the input's, an input that takes no samples, a sample
/// that cannot be read.
Result<FedData> feed(engine::Engine &engine, DataSet data, size_t calibrate);

/// What a run's report says besides its results. `assumptions` are those of
/// import and compilation; the input's are added.
report::RunInfo runInfo(const target::Target &target,
                        const std::string &targetFlag, const InputFlags &input,
                        const input::Watched &source,
                        const std::vector<std::string> &assumptions);

} // namespace limen::cli
