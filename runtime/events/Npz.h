// NumPy's .npz files: zip archives of .npy files, stored or deflated.
#pragma once

#include "hw-models/base/Error.h"
#include "runtime/events/Npy.h"

#include <map>
#include <string>
#include <vector>

namespace limen::events {

/// An array of numbers, row-major whatever its file has.
struct NumberArray {
  std::vector<int64_t> shape;
  npy::Type type; ///< in the file
  std::vector<double> values;
};

/// A member of a zip archive, not yet unpacked.
struct ZipMember {
  std::string name;
  uint16_t method = 0; ///< 0 stored, 8 deflated
  uint32_t crc = 0;
  uint64_t packed = 0, size = 0;
  uint64_t offset = 0; ///< of its bytes in the archive
};

/// The members of a zip archive by its central directory. Errors: no archive,
/// members outside of it, encrypted or split archives.
Result<std::vector<ZipMember>> zipMembers(std::string_view archive);

/// The bytes of a member, held against its checksum. Errors: an unknown method,
/// damage.
Result<std::string> unpack(std::string_view archive, const ZipMember &member);

/// Plain arrays by name, without ".npy". Errors name the member.
Result<std::map<std::string, NumberArray>> parseNpz(std::string_view archive);

/// As parseNpz, with the file's name in errors.
Result<std::map<std::string, NumberArray>> readNpz(const std::string &file);

} // namespace limen::events
