// Spikes that a run of this program, or another simulator, has left in files.
#pragma once

#include "hw-models/base/Error.h"
#include "hw-models/base/Quantity.h"
#include "runtime/engine/Engine.h"
#include "runtime/report/Pair.h"

#include <map>
#include <string>
#include <vector>

namespace limen::report {

struct RecordedPopulation {
  std::string name;
  std::map<std::string, engine::Raster> rasters; ///< by id of the sample
  /// Files with its state variables: name of the state -> path.
  std::map<std::string, std::string> states;
};

struct Recording {
  std::string path;
  PairSide side;                    ///< what a run's report says about it
  std::vector<std::string> samples; ///< ids, in the order of the files
  std::vector<RecordedPopulation> populations;

  /// Spikes of a population in a sample; none where it has no entry.
  const engine::Raster &raster(size_t population,
                               const std::string &sample) const;
};

/// Whether a path names something that readRecording reads: a folder, .csv,
/// .h5, .hdf5.
bool isRecording(const std::string &path);

/// Reads spikes from
/// - a folder of `limen run`: POPULATION.csv, POPULATION.STATE.csv and, for
///   what was run, report.json; any folder of spike files .csv
/// - a .csv file whose first line names its columns: `neuron`; `step`, or a
///   time `time_s`, `time_ms` or `time_us`; if wanted `sample`, `population`,
///   `value` (spikes in that step)
/// - SONATA spikes (.h5): /spikes/POPULATION/{timestamps in ms, node_ids}
/// - NIRData (.h5): /nodes/POPULATION/observables/spikes
/// Times become steps of length `step` as floor(t / step), with a tolerance of
/// 1e-6 steps for times that are meant to be whole ones.
/// Errors: unreadable, another layout, negative or not whole numbers, a folder
/// without spikes.
Result<Recording> readRecording(const std::string &path, Seconds step);

/// Values of one neuron's state in steps [from, from + count) of a sample from
/// a POPULATION.STATE.csv; NaN where the file has none.
Result<std::vector<float>> readStateWindow(const std::string &path,
                                           const std::string &sample,
                                           uint32_t neuron, uint32_t from,
                                           uint32_t count);

namespace detail {
/// Step of a time; an error names what is wrong with it.
Result<uint32_t> stepOf(double seconds, Seconds step);
/// Adds the spikes of an HDF5 file to `recording`.
Result<void> readHdf5Spikes(const std::string &path, Seconds step,
                            Recording &recording);
/// The population of that name, made if it is new.
RecordedPopulation &populationOf(Recording &recording, const std::string &name);
void noteSample(Recording &recording, const std::string &id);
} // namespace detail

} // namespace limen::report
