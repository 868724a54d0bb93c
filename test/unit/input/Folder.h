// Files for tests of data sets.
#pragma once

#include "hw-models/base/Files.h"
#include "runtime/input/Sample.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace limen::input {

/// A folder that goes away with the test.
class Folder {
public:
  Folder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "limen-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string write(const std::string &name, const std::string &bytes) const {
    EXPECT_TRUE(writeFile(path + "/" + name, bytes));
    return path + "/" + name;
  }
  std::string path;
};

using Events = std::vector<std::pair<uint32_t, float>>;

/// The events of a step.
inline Events at(const Sample &sample, uint32_t step) {
  Events out;
  for (const Event &event : sample.at(step))
    out.emplace_back(event.index, event.value);
  return out;
}

} // namespace limen::input
