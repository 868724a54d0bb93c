#include "runtime/sonata/Json.h"

#include "hw-models/base/Files.h"

#include <algorithm>
#include <nlohmann/json.hpp>

using namespace limen;
using namespace limen::sonata;

Place sonata::jsonPlace(const std::string &file, const std::string &pointer) {
  return {file, 0, 0, pointer};
}

Result<void> sonata::readJson(const std::string &path, Json &out) {
  Result<std::string> text = readFile(path);
  if (!text)
    return text.takeError();
  try {
    out = Json::parse(*text);
  } catch (const Json::parse_error &error) {
    const size_t byte =
        std::min(error.byte == 0 ? 0 : error.byte - 1, text->size());
    const std::string_view before(text->data(), byte);
    const auto line =
        static_cast<unsigned>(std::count(before.begin(), before.end(), '\n'));
    const size_t start = before.rfind('\n');
    const size_t column =
        start == std::string_view::npos ? byte : byte - start - 1;
    return Error("is not JSON from here on",
                 Place{path, line + 1, static_cast<unsigned>(column + 1), {}});
  } catch (const Json::exception &) {
    return Error("holds a number that cannot be represented",
                 Place{path, 0, 0, {}});
  }
  if (!out.is_object())
    return Error("must be a JSON object", Place{path, 0, 0, {}});
  return {};
}
