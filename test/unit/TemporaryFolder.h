// A folder of a test's own: tests of one program run side by side.
#pragma once

#include "hw-models/base/Files.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace limen::test {

/// A folder that is removed with its content.
class TemporaryFolder {
public:
  TemporaryFolder()
      : path(std::filesystem::temp_directory_path() /
             ("limen_test_" + std::to_string(::getpid()) + "_" +
              std::to_string(next()++))) {
    std::filesystem::create_directories(path);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string &name) const { return path / name; }
  /// Writes a file and returns its path.
  std::string file(const std::string &name, const std::string &bytes) const {
    const std::string whole = *this / name;
    std::filesystem::create_directories(
        std::filesystem::path(whole).parent_path());
    EXPECT_TRUE(writeFile(whole, bytes));
    return whole;
  }

private:
  static int &next() {
    static int counter = 0;
    return counter;
  }
  std::filesystem::path path;
};

} // namespace limen::test
