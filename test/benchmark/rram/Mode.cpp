#include "test/benchmark/rram/Mode.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

using namespace limen;

void bench::printLine(const nlohmann::ordered_json &line) {
  fmt::print("{}\n", line.dump(-1, ' ', false,
                               nlohmann::json::error_handler_t::replace));
  std::fflush(stdout);
}

std::vector<std::string> bench::filesIn(const std::string &folder,
                                        const std::string &prefix,
                                        const std::string &ending) {
  std::vector<std::string> out;
  std::error_code failed;
  for (const auto &entry :
       std::filesystem::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(ending))
      out.push_back(entry.path().string());
  }
  std::sort(out.begin(), out.end());
  if (out.empty())
    fmt::print(stderr, "  no {}*{} in {}\n", prefix, ending, folder);
  return out;
}
