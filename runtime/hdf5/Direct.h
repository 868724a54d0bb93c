// The HDF5 library's view of a file, for the process that may crash
// (Process.h).
//
// To offer more of the library: a member here, and in File a member of the same
// name that asks for it.
#pragma once

#include "hw-models/base/Error.h"
#include "runtime/hdf5/Types.h"

#include <memory>

namespace limen::h5 {

// Deflate cannot compress below about 1:1032, so a dataset that claims more
// than this times the file's size cannot be in it.
inline constexpr double maxCompression = 1100;
inline constexpr double slackBytes = 1 << 20;

/// A file opened in this process. Members mean what those of File mean. Not for
/// several threads.
class DirectFile {
public:
  /// `bytes` is the file's size.
  static Result<DirectFile> open(const std::string &path, double bytes);

  DirectFile(DirectFile &&) noexcept;
  ~DirectFile();

  Kind kind(const std::string &object) const;
  Result<std::vector<std::string>> links(const std::string &group) const;
  Result<DatasetInfo> info(const std::string &dataset) const;
  template <typename T> Result<Data<T>> read(const std::string &dataset) const;
  template <typename T>
  Result<Data<T>> readEntry(const std::string &dataset, int64_t index) const;
  Result<Data<double>> readList(const std::string &dataset,
                                int64_t index) const;
  Result<Data<std::string>> readStrings(const std::string &dataset) const;
  Result<std::string> attributeString(const std::string &object,
                                      const std::string &name) const;
  Result<double> attributeNumber(const std::string &object,
                                 const std::string &name) const;

private:
  struct Impl;
  explicit DirectFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace limen::h5
