// The network of an array's wires as CrossSim 3.2.0 solves it.
//
// Voltages over the cells start at the drives. In each step they move by gamma
// towards drive - drops, with the drops of the currents that they carry, until
// none is off by the threshold. Where that does not come about, gamma is
// lowered by 2 % and it starts again. The threshold is that of a whole batch.
#pragma once

#include "hw-models/base/Error.h"
#include "hw-models/imc/Wires.h"

#include <span>
#include <vector>

namespace limen::bench {

struct Relaxation {
  double threshold = 1e-3, gamma = 1;
  unsigned steps = 100;
  bool together = true; ///< whether a batch is one solve
};

/// One array, or a pair of interleaved ones.
class RelaxedArray {
public:
  /// `conductances` [output][input] as for imchw::NodalArray.
  RelaxedArray(std::vector<double> conductances, uint32_t outputs,
               uint32_t inputs, const imchw::Wires &wires,
               const Relaxation &relaxation);

  /// Sums [output][column] for drives [input][column]. gamma stays as low as it
  /// became. Errors: no gamma above 0.01 converges.
  Result<std::vector<double>> sums(std::span<const double> drives,
                                   uint32_t columns);

private:
  bool relax(std::span<const double> drives, uint32_t columns,
             std::vector<double> &sums) const;
  void addDrops(const std::vector<double> &current, uint32_t columns,
                std::vector<double> &drops, std::vector<double> &sums) const;

  std::vector<double> conductances;
  uint32_t outputs, inputs;
  imchw::Wires wires;
  Relaxation relaxation;
};

} // namespace limen::bench
