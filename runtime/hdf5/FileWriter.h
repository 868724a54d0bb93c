// Writing HDF5 files as a whole.
#pragma once

#include "runtime/hdf5/File.h"

#include <span>

namespace limen::h5 {

/// A file that is built in memory and reaches the disk at once. Groups on the
/// way to an object are created. Equal content gives equal bytes: no times are
/// stored. Strings are UTF-8 of variable length. Large arrays are compressed
/// with gzip, others contiguous. A failure is kept and reported by `save`.
class FileWriter {
public:
  FileWriter();
  FileWriter(const FileWriter &) = delete;
  FileWriter &operator=(const FileWriter &) = delete;
  ~FileWriter();

  void group(const std::string &path);

  /// A scalar with an empty shape. T is float, double or int64_t.
  template <typename T>
  void numbers(const std::string &path, const Shape &shape,
               std::span<const T> values);

  /// Truth values (0 or 1) as the enumeration of FALSE and TRUE that h5py reads
  /// as bool.
  void booleans(const std::string &path, const Shape &shape,
                std::span<const uint8_t> values);

  void string(const std::string &path, const std::string &value) {
    strings(path, {}, {value});
  }
  void strings(const std::string &path, const Shape &shape,
               const std::vector<std::string> &values);

  /// Attributes of a group or dataset that exists.
  void attribute(const std::string &object, const std::string &name,
                 const std::string &value);
  void attribute(const std::string &object, const std::string &name,
                 double value);
  void attribute(const std::string &object, const std::string &name,
                 int64_t value);

  /// Writes the file under `path`, whole or not at all. Errors: out of memory,
  /// unwritable folder, full disk.
  Result<void> save(const std::string &path);

private:
  void store(const std::string &path, int64_t type, const Shape &shape,
             const void *data, bool compressible);
  void attach(const std::string &object, const std::string &name, int64_t type,
              const void *data);

  int64_t file = -1;
  bool failed = false;
};

} // namespace limen::h5
