// SONATA configuration files: which files make up a circuit and a simulation.
//
// Format: SONATA developer guide 0.1 (AllenInstitute/sonata).
#pragma once

#include "hw-models/base/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace limen::sonata {

/// An HDF5 file of nodes or edges and the CSV file of its types. Paths are
/// resolved; `types` is "" where the config names none.
struct FilePair {
  std::string file;
  std::string types;
  Place place;
};

/// A file of spikes that virtual nodes emit.
struct SpikeInput {
  std::string file;
  std::string population; ///< "" when the config does not say
  Place place;
};

struct Config {
  std::string file; ///< the one that lists the networks
  std::vector<FilePair> nodes, edges;
  std::string neuronFolder;        ///< parameters of point neurons, "" without
  std::string synapseFolder;       ///< parameters of synapses, "" without
  std::optional<double> dt, tstop; ///< ms
  std::vector<SpikeInput> spikes;
};

/// The configuration file that `path` means: the file itself, or in a folder
/// simulation_config.json, circuit_config.json or config.json.
std::string configFile(const std::string &path);

/// Reads a circuit or a simulation configuration. Variables of the manifest are
/// substituted; relative paths start at the folder of the file that has them.
/// What had to be assumed is added to `assumptions`. Errors, with JSON pointer:
/// unreadable or not JSON, missing or mistyped keys, unknown or circular
/// variables, inputs other than spikes.
Result<Config> readConfig(const std::string &path,
                          std::vector<std::string> &assumptions);

} // namespace limen::sonata
