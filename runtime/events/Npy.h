// NumPy's .npy files, versions 1 to 3.
//
//   0x93 "NUMPY", version major and minor, length of the header (u16 in version
//   1, u32 after), the header (a Python dictionary of descr, fortran_order and
//   shape), the elements
#pragma once

#include "hw-models/base/Error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace limen::events {

bool isNpy(std::string_view bytes);

namespace npy {

/// A number: kind 'b' bool, 'i', 'u' or 'f', its bytes, its order of bytes.
struct Type {
  char kind;
  uint8_t bytes; ///< 1, 2, 4 or 8; floats 2, 4 or 8
  bool bigEndian;
};

struct Field {
  std::string name; ///< "" of a plain array
  Type type;
  size_t offset; ///< within an element
};

struct Array {
  std::vector<int64_t> shape;
  bool fortran = false;      ///< the first index runs fastest
  std::vector<Field> fields; ///< one without a name in plain arrays
  size_t itemBytes = 0;
  size_t elements = 0;  ///< that are there: all of the shape
  size_t dataStart = 0; ///< byte of the first element
  uint64_t trailingBytes = 0;
};

/// Checks the header against the bytes. Errors: no npy, an unknown type, fewer
/// bytes than the shape wants; the place says at which byte.
Result<Array> parse(std::string_view bytes);

/// A number at `at`, whose bytes are known to be there. Exact for whole numbers
/// up to 2^53.
double number(const char *at, const Type &type);

/// The bytes before the elements of a file of version 1.
std::string header(std::string_view descr, const std::vector<int64_t> &shape);

} // namespace npy
} // namespace limen::events
