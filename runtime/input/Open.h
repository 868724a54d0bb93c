// Data sets by specification: what the user writes after `--input`.
//
//   events:FILE_OR_DIR[,...]       recordings of event cameras, any format
//   nmnist:DIR                     N-MNIST recordings (*.bin) of a folder
//   idx:IMAGES,LABELS[,key=value]  IDX images, plain or gzip, with an encoder
//   hdf5:FILE:DATASET[,LABELS]     numeric dataset [sample, time, ...]
//   npy:FILE[,...]                 NumPy array [time, ...], [sample, time, ...]
//   shd:FILE[,...]                 spike times and units, as SHD and SSC
//   wav:FILE_OR_DIR[,...]          sounds through a filter bank
//   csv:FILE[:COLUMNS]             one sample, rows are steps; or events
//   none                           one sample without events
//   nirdata:FILE[:NODE[/OBSERVABLE]][,times=start|end]   nir.write_data
//
// docs/inputs.md is the user's page.
#pragma once

#include "runtime/input/Sample.h"

namespace limen::input {

struct SourceOptions {
  Seconds dt{1e-3};   ///< width of a step where events carry times
  std::string labels; ///< label file, "" without one
  uint32_t steps = 0; ///< steps of every sample; 0: as the data says
  uint64_t seed = 1;  ///< of encoders that draw
};

/// Opens the data set that `spec` names. Errors: an unknown prefix, whatever
/// the format's reader says about the files.
Result<std::unique_ptr<Source>> openSource(const std::string &spec,
                                           const SourceOptions &options);

/// Cuts a sample to `steps`, or lets it go on without events. 0 changes
/// nothing.
void setSteps(Sample &sample, uint32_t steps);

} // namespace limen::input
