// What HDF5 files hold, as plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace limen::h5 {

using Shape = std::vector<int64_t>;

/// "[16, 2, 5, 5]", "[]" for a scalar.
std::string toString(const Shape &shape);

/// What a path leads to.
enum class Kind { Missing, Group, Dataset, Other };

/// What the elements of a dataset are.
enum class ElementClass { Integer, Float, String, Other };

/// A dataset's shape (empty for a scalar) and element class.
struct DatasetInfo {
  Shape shape;
  ElementClass elements = ElementClass::Other;
};

/// A dataset read as a whole, row-major.
template <typename T> struct Data {
  Shape shape;
  std::vector<T> values;
};

/// Joins HDF5 path components: ("/node", "edges") is "/node/edges".
std::string join(const std::string &group, const std::string &name);

} // namespace limen::h5
