// The files of a data set with their classes.
#pragma once

#include "hw-models/base/Error.h"

#include <functional>
#include <string>
#include <vector>

namespace limen::input {

struct Entry {
  std::string file;
  std::string id; ///< name without ending; "CLASS/NAME" in folders of classes
  int label = -1; ///< -1 unknown
};

struct ListOptions {
  /// Classes: "" folders where the files are in folders, else none; "none";
  /// "folder"; "name": the number that a name begins with; else a file of lines
  /// "sample class".
  std::string labels;
  std::string match; ///< a glob that names must match, "" all
  /// Which files belong to the data set, by name without folders.
  std::function<bool(const std::string &name)> wants;
};

struct Listing {
  std::vector<Entry> entries; ///< by number where names are numbers, else name
  std::vector<std::string> notes; ///< what the classes are
};

/// A file, or the files of a folder, or those of its folders. Errors: none, a
/// file without a label.
Result<Listing> listFiles(const std::string &path, const ListOptions &options);

} // namespace limen::input
