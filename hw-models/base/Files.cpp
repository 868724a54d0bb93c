#include "hw-models/base/Files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <unistd.h>

using namespace limen;

Result<std::string> limen::readFile(const std::string &path) {
  std::error_code status;
  if (!std::filesystem::exists(path, status))
    return Error("no such file", {path, 0, 0, {}});
  if (std::filesystem::is_directory(path, status))
    return Error("is a folder, a file was wanted", {path, 0, 0, {}});
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return Error(std::string("cannot be opened: ") + std::strerror(errno),
                 {path, 0, 0, {}});
  // In blocks as they come: pipes and files of /proc tell no size.
  std::string bytes;
  const auto size = std::filesystem::file_size(path, status);
  size_t block = status ? 0 : size + 1; // one more meets the end
  while (in) {
    const size_t before = bytes.size();
    bytes.resize(before + std::max<size_t>(block, 4096));
    in.read(bytes.data() + before,
            static_cast<std::streamsize>(bytes.size() - before));
    bytes.resize(before + static_cast<size_t>(in.gcount()));
    block = bytes.size();
  }
  if (in.bad())
    return Error("cannot be read to its end", {path, 0, 0, {}});
  return bytes;
}

Result<void> limen::writeFile(const std::string &path, std::string_view bytes) {
  const std::string temporary = path + ".tmp" + std::to_string(::getpid());
  std::unique_ptr<std::FILE, int (*)(std::FILE *)> out(
      std::fopen(temporary.c_str(), "wb"), std::fclose);
  if (!out)
    return Error(std::string("cannot be written: ") + std::strerror(errno),
                 {path, 0, 0, {}});
  const bool written =
      std::fwrite(bytes.data(), 1, bytes.size(), out.get()) == bytes.size();
  const bool closed = std::fclose(out.release()) == 0;
  if (!written || !closed ||
      std::rename(temporary.c_str(), path.c_str()) != 0) {
    Error error(std::string("cannot be written: ") + std::strerror(errno),
                {path, 0, 0, {}});
    std::remove(temporary.c_str());
    return error;
  }
  return {};
}
