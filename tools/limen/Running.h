// What commands that run samples share: the way from a data set to an engine.
#pragma once

#include "runtime/input/Watched.h"
#include "runtime/report/Report.h"
#include "tools/limen/Command.h"

namespace limen::cli {

/// `source` as the network's input takes it. Errors: a number of elements that
/// is not the input's, an input that takes no samples.
Result<std::unique_ptr<input::Watched>>
feed(const network::Network &network, std::unique_ptr<input::Source> source);

/// Sets converter ranges on the first `most` of samples [first, first + count).
Result<void> calibrate(engine::Engine &engine, const input::Source &source,
                       size_t first, size_t count, size_t most);

/// What a run's report says besides its results. `assumptions` are those of
/// import and compilation; the input's are added.
report::RunInfo runInfo(const target::Target &target,
                        const std::string &targetFlag, const InputFlags &input,
                        const input::Watched &source,
                        const std::vector<std::string> &assumptions);

} // namespace limen::cli
