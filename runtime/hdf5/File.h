// Reading HDF5 files that nobody can be sure of.
//
// The HDF5 C library crashes on some damaged files, is not thread-safe and
// prints its errors. All of it is hidden here: a child process reads the file
// (Process.h), and every failure is a limen::Error whose place is the file and
// the path inside it.
#pragma once

#include "hw-models/base/Error.h"
#include "runtime/hdf5/Types.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace limen::h5 {

/// A file opened for reading. All members may be called from several threads.
class File {
public:
  /// Errors: missing, a folder, empty, not HDF5 (saying what it is when that is
  /// known), truncated or damaged. A file may turn out to be damaged later: the
  /// member that meets the damage says so, as do all after it.
  static Result<File> open(const std::string &path);

  File(File &&) noexcept;
  File &operator=(File &&) noexcept;
  ~File();

  const std::string &path() const;

  /// The place of `object` for messages.
  Place place(const std::string &object) const;

  /// Links to other files are `Other`.
  Kind kind(const std::string &object) const;
  bool exists(const std::string &object) const {
    return kind(object) != Kind::Missing;
  }

  /// Names in a group, sorted. Errors: not a group, damaged.
  Result<std::vector<std::string>> links(const std::string &group) const;

  Result<DatasetInfo> info(const std::string &dataset) const;

  /// A numeric dataset of any integer or float type, as T = float, double or
  /// int64_t. Errors: not a numeric dataset, damaged, more elements than the
  /// file can hold; for int64_t also a number that is not whole.
  template <typename T> Result<Data<T>> read(const std::string &dataset) const;

  /// Entry `index` along the first dimension of a numeric dataset; the shape
  /// is that of one entry.
  template <typename T>
  Result<Data<T>> readEntry(const std::string &dataset, int64_t index) const;

  /// Entry `index` of a one-dimensional dataset whose entries are lists of
  /// numbers, each of its own length.
  Result<Data<double>> readList(const std::string &dataset,
                                int64_t index) const;

  /// A scalar string, of fixed or variable length.
  Result<std::string> readString(const std::string &dataset) const;

  /// A string dataset of any rank, of fixed or variable length.
  Result<Data<std::string>> readStrings(const std::string &dataset) const;

  /// The attribute `name` of a group or dataset. Errors: there is none, it is
  /// not one string or one number.
  Result<std::string> attributeString(const std::string &object,
                                      const std::string &name) const;
  Result<double> attributeNumber(const std::string &object,
                                 const std::string &name) const;

private:
  struct Impl;
  explicit File(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace limen::h5
