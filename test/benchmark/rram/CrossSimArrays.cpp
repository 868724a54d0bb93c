#include "test/benchmark/rram/CrossSimArrays.h"

#include "hw-models/base/Files.h"

#include <filesystem>

using namespace limen;
using namespace limen::bench;
using nlohmann::json;

/// Python writes Infinity and NaN, which JSON does not have: the largest number
/// and nothing.
static std::string withoutInfinity(const std::string &text) {
  std::string out;
  bool quoted = false;
  for (size_t k = 0; k < text.size(); ++k) {
    const auto at = [&](std::string_view word) {
      return !quoted && text.compare(k, word.size(), word) == 0;
    };
    if (at("Infinity")) {
      out += "1e308";
      k += 7;
      continue;
    }
    if (at("NaN")) {
      out += "null";
      k += 2;
      continue;
    }
    if (quoted && text[k] == '\\' && k + 1 < text.size())
      out += text[k++];
    else if (text[k] == '"')
      quoted = !quoted;
    out += text[k];
  }
  return out;
}

static Result<json> readJson(const std::string &file) {
  Result<std::string> text = readFile(file);
  if (!text)
    return text.takeError();
  json parsed = json::parse(withoutInfinity(*text), nullptr, false);
  if (!parsed.is_object())
    return Error("is not a JSON object", Place{file, 0, 0, {}});
  return parsed;
}

Result<json> bench::readParameters(const std::string &file) {
  Result<json> read = readJson(file);
  if (!read)
    return read.takeError();
  json root = std::move(*read);
  if (root.contains("params") && root["params"].is_object())
    for (const auto &[key, value] : root["params"].items())
      if (!root.contains(key))
        root[key] = value;
  if (!root.contains("xbar") || !root["xbar"].is_string())
    return root;
  std::string name = root["xbar"].get<std::string>();
  if (name.starts_with("as "))
    name.erase(0, 3);
  Result<json> other = readJson(
      (std::filesystem::path(file).parent_path() / (name + ".json")).string());
  if (!other)
    return other.takeError().note(
        "named by parameter 'xbar' of the case that was read");
  root["xbar"] = other->contains("xbar") ? (*other)["xbar"] : json::object();
  if (other->contains("core") && !root.contains("core"))
    root["core"] = (*other)["core"];
  return root;
}

/// Names under which an array may be stored.
static std::vector<std::string> namesOf(const target::Encoding &e,
                                        unsigned array) {
  const std::string side =
      e.pairs() ? (array % 2 == 0 ? "pos" : "neg") : std::string();
  const std::string base = side.empty() ? "G" : "G_" + side;
  if (!e.sliced())
    return {base};
  const std::string slice = std::to_string(array / (e.pairs() ? 2 : 1));
  std::vector<std::string> names = {base + "_" + slice, base + slice,
                                    base + "_slice" + slice,
                                    base + "_s" + slice, base};
  if (!side.empty())
    for (const char *stem : {"G", "G_", "G_s"})
      names.push_back(stem + slice + "_" + side);
  return names;
}

/// Whether a name is that of one slice, not of all or of no particular one.
static bool isOfSlice(const std::string &name) {
  return name.find_first_of("0123456789") != name.npos;
}

std::vector<std::vector<double>> bench::findCells(const Arrays &arrays,
                                                  const target::Encoding &e,
                                                  uint32_t outputs,
                                                  uint32_t inputs) {
  const size_t wanted = size_t(e.lines(outputs)) * inputs;
  std::vector<std::vector<double>> found;
  for (unsigned a = 0; a < e.cells(); ++a) {
    const size_t slice = a / (e.pairs() ? 2 : 1);
    const size_t before = found.size();
    for (const std::string &name : namesOf(e, a)) {
      const auto at = arrays.find(name);
      if (at == arrays.end() || found.size() != before)
        continue;
      const std::vector<double> &v = at->second.values;
      if (e.sliced() && at->second.shape.size() == 3 &&
          v.size() == wanted * e.slices)
        found.emplace_back(v.begin() + long(wanted * slice),
                           v.begin() + long(wanted * (slice + 1)));
      else if (v.size() == wanted && (e.slices == 1 || isOfSlice(name)))
        found.push_back(v);
    }
    if (found.size() == before)
      return {};
  }
  return found;
}
