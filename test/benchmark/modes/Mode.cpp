#include "test/benchmark/modes/Mode.h"

#include <algorithm>
#include <cstdlib>
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

int bench::runModes(CLI::App &app, const Modes &modes, const Common &common,
                    int argc, char **argv) {
  for (const auto &mode : modes)
    mode->addOptions(app);
  CLI11_PARSE(app, argc, argv);

  const auto fails = [](Result<void> done) {
    if (!done)
      fmt::print(stderr, "{}\n", done.error().text());
    return !done;
  };
  bool any = false, failed = false;
  for (const auto &mode : modes)
    if (mode->chosen()) {
      any = true;
      failed |= fails(mode->run(common));
    }
  if (any)
    return failed;
  const char *data = std::getenv("LIMEN_TEST_DATA");
  if (!data) {
    fmt::print(stderr, "no mode was given, and LIMEN_TEST_DATA does not name a "
                       "folder with recorded data; see --help\n");
    return 1;
  }
  for (const auto &mode : modes)
    failed |= fails(mode->runRecorded(common, data));
  return failed;
}
