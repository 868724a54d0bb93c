// The modes of limen-bench-spinnaker, one class and one file each.
//
// A mode adds its options to the command line. What it measures goes to stdout,
// one JSON object a line; text for people goes to stderr.
#pragma once

#include "hw-models/base/Error.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>

namespace limen::bench {

/// Options that all modes share.
struct Common {
  unsigned threads = 1;
  uint64_t seed = 0; ///< of everything drawn
};

class Mode {
public:
  virtual ~Mode() = default;
  /// Adds the mode's options; values are kept in the mode.
  virtual void addOptions(CLI::App &app) = 0;
  /// Whether the user asked for the mode.
  virtual bool chosen() const = 0;
  /// Runs on what the user named.
  virtual Result<void> run(const Common &common) = 0;
  /// Runs on the recorded files below `data` that it knows, beside published
  /// figures; on none, it says so on stderr.
  virtual Result<void> runRecorded(const Common &common,
                                   const std::string &data) = 0;
};

/// --tables: compression of routing tables.
std::unique_ptr<Mode> makeTablesMode();
/// --stdp-spatial: supervised spatial STDP with homeostasis.
std::unique_ptr<Mode> makeStdpMode();
/// --netlist: placement and routing.
std::unique_ptr<Mode> makeNetlistMode();
/// --lif-ring: neuron arithmetic and delays against recorded traces.
std::unique_ptr<Mode> makeLifRingMode();
/// --noc: saturation of the network on chip.
std::unique_ptr<Mode> makeNocMode();
/// --microcircuit: the cortical microcircuit on the machine, its rates.
std::unique_ptr<Mode> makeMicrocircuitMode();

} // namespace limen::bench
