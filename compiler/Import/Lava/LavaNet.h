// A Lava netx file as plain data: layers in order, shapes channels first.
//
// Format: what lava-dl writes (slayer, export_hdf5) and reads (netx, Network).
#pragma once

#include "hw-models/base/Error.h"
#include "runtime/hdf5/File.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace limen::lava {

struct Layer {
  std::string path; ///< HDF5 path, "/layer/2"
  bool isConv = false;
  h5::Shape in, out; ///< [n], or [channels, height, width]
  /// Integers: [out, in], or [Co, Ci / groups, Kh, Kw].
  h5::Data<float> weight;
  std::array<int64_t, 2> stride{1, 1}, padding{0, 0}, dilation{1, 1}; ///< y, x
  int64_t groups = 1;
  /// Mantissas; one value or one per neuron.
  std::vector<double> iDecay, vDecay, threshold, bias;
  std::vector<int32_t> delay; ///< steps behind each neuron; empty for none
};

struct Net {
  std::string file;
  h5::Shape input;
  std::vector<Layer> layers;
  std::optional<double> stepMs; ///< /simulation/Ts
};

/// Reads `file`. What had to be assumed is added to `assumptions`. Errors, with
/// HDF5 path: damaged or missing data, shapes that do not fit, values that are
/// not whole or beyond the registers, layers and neurons of other types.
Result<Net> readNet(const std::string &file,
                    std::vector<std::string> &assumptions);

} // namespace limen::lava
