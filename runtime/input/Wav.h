// RIFF/WAVE files of uncompressed samples.
#pragma once

#include "hw-models/base/Error.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace limen::input {

struct Wav {
  uint32_t rate = 0;          ///< samples a second
  uint32_t channels = 0;      ///< that `samples` is the mean of
  std::vector<float> samples; ///< -1 to 1 is the full scale of integers
};

/// Reads integers of 8 (unsigned), 16, 24 or 32 bits and floats of 32 or 64.
/// Errors: anything else, fewer bytes than a chunk claims; the place says at
/// which byte.
Result<Wav> parseWav(std::string_view bytes);

} // namespace limen::input
