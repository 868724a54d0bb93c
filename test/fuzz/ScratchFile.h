// A file for importers that read by path, on a memory file system if there is
// one. One per process, overwritten by each input and removed at its end.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>

namespace limen::fuzz {

class ScratchFile {
public:
  explicit ScratchFile(const std::string &ending)
      : path((std::filesystem::is_directory("/dev/shm")
                  ? std::filesystem::path("/dev/shm")
                  : std::filesystem::temp_directory_path()) /
             ("limen_fuzz_" + std::to_string(::getpid()) + ending)) {}
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  const std::string path;
};

} // namespace limen::fuzz
