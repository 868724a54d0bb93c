// Recorded spikes and states as NIRData, the format of nir.write_data.
#pragma once

#include "runtime/report/Report.h"

namespace limen::report {

/// Writes what `traces` asked for of every sample to `file`: for each
/// population a node, for each variable a TimeGriddedData of shape [sample,
/// step, neuron] and step `dt`. Spikes are truth values named `spikes` (numbers
/// where several fall into a step), states have their own names, the value of a
/// population that never fires is `output`. Shorter samples are filled with
/// FALSE or NaN;
/// `/steps` says how long each is, `/samples` how it is called. Errors: nothing
/// was recorded, the file cannot be written.
Result<void> writeNirData(const std::string &file,
                          const network::Network &network,
                          std::span<const engine::TraceRequest> traces,
                          Seconds dt, std::span<const SampleKey> keys,
                          std::span<const engine::SampleResult> results);

} // namespace limen::report
