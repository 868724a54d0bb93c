// Recorded data for tests that want it; the project's tests pass without.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>

namespace limen::test {

/// The path of `name` inside the folder LIMEN_TEST_DATA, or "" when there is no
/// such folder or file.
inline std::string dataPath(const std::string &name) {
  const char *root = std::getenv("LIMEN_TEST_DATA");
  if (!root)
    return {};
  const std::string path = std::string(root) + "/" + name;
  return std::filesystem::exists(path) ? path : std::string();
}

} // namespace limen::test

/// Sets `variable` to the path of a recorded file, or skips the test visibly.
#define LIMEN_DATA_OR_SKIP(variable, name)                                     \
  const std::string variable = ::limen::test::dataPath(name);                  \
  if (variable.empty())                                                        \
  GTEST_SKIP() << "needs " << (name) << " below $LIMEN_TEST_DATA"
