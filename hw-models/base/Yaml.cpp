#include "hw-models/base/Yaml.h"

#include "hw-models/base/Files.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unordered_set>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/yaml.h>

using namespace limen;

namespace limen {
struct YamlState {
  std::string file;
  YAML::Node root;
  std::vector<Error> errors;
  /// Nodes replaced by `set`, and what to call their place.
  std::vector<std::pair<YAML::Node, std::string>> replaced;
};
} // namespace limen

static Place placeOf(const std::string &file, const YAML::Mark &mark) {
  if (mark.is_null())
    return {file, 0, 0, {}};
  // yaml-cpp counts from 0.
  return {file,
          static_cast<unsigned>(mark.line + 1),
          static_cast<unsigned>(mark.column + 1),
          {}};
}

//===----------------------------------------------------------------------===//
// YamlValue
//===----------------------------------------------------------------------===//

YamlValue::Kind YamlValue::kind() const {
  if (!node || !node->IsDefined() || node->IsNull())
    return Kind::Absent;
  if (node->IsScalar())
    return Kind::Scalar;
  return node->IsSequence() ? Kind::Sequence : Kind::Map;
}

Place YamlValue::place() const {
  for (const auto &[other, origin] : state->replaced)
    if (node && node->is(other))
      return {origin, 0, 0, {}};
  if (node && node->IsDefined())
    return placeOf(state->file, node->Mark());
  return {state->file, 0, 0, {}};
}

void YamlValue::fail(std::string message, std::string note) const {
  // An absent value was reported where it was asked for.
  if (kind() == Kind::Absent)
    return;
  Error error(std::move(message), place());
  if (!note.empty())
    error.note(std::move(note));
  state->errors.push_back(std::move(error));
}

std::string YamlValue::scalar() const {
  return kind() == Kind::Scalar ? node->Scalar() : std::string();
}

std::vector<YamlValue> YamlValue::items() const {
  std::vector<YamlValue> out;
  if (kind() != Kind::Sequence) {
    fail(fmt::format("'{}' must be a list", label));
    return out;
  }
  for (size_t i = 0; i < node->size(); ++i)
    out.push_back(YamlValue(state, std::make_shared<YAML::Node>((*node)[i]),
                            fmt::format("{}[{}]", label, i)));
  return out;
}

YamlMap YamlValue::map() const {
  if (kind() != Kind::Map)
    fail(fmt::format("'{}' must be a map", label));
  return YamlMap(*this);
}

template <> bool YamlValue::as<bool>() const {
  const std::string text = scalar();
  if (text != "true" && text != "false")
    fail(fmt::format("'{}' is '{}'; true or false was wanted", label, text));
  return text == "true";
}

template <typename T>
static T parseInteger(const YamlValue &value, const std::string &label,
                      std::string_view wanted) {
  const std::string text = value.scalar();
  T number = 0;
  const char *end = text.data() + text.size();
  auto [rest, code] = std::from_chars(text.data(), end, number);
  // Leading zeros are refused: other YAML readers take them as octal.
  if (code == std::errc::result_out_of_range && rest == end)
    value.fail(fmt::format("'{}' is '{}', beyond {}; {} was wanted", label,
                           text, std::numeric_limits<T>::max(), wanted));
  else if (text.empty() || code != std::errc() || rest != end ||
           isZeroPadded(text))
    value.fail(fmt::format("'{}' is '{}'; {} was wanted", label, text, wanted));
  return number;
}

template <> int64_t YamlValue::as<int64_t>() const {
  return parseInteger<int64_t>(*this, label, "a whole number");
}

template <> uint64_t YamlValue::as<uint64_t>() const {
  return parseInteger<uint64_t>(*this, label, "a whole number of zero or more");
}

template <> double YamlValue::as<double>() const {
  const std::string text = scalar();
  double number = 0;
  const char *end = text.data() + text.size();
  auto [rest, code] = std::from_chars(text.data(), end, number);
  if (text.empty() || code != std::errc() || rest != end ||
      !std::isfinite(number) || isZeroPadded(text)) {
    fail(fmt::format("'{}' is '{}'; a finite number without a unit was wanted",
                     label, text));
    return 0;
  }
  return number;
}

template <> std::string YamlValue::as<std::string>() const {
  if (kind() != Kind::Scalar)
    fail(fmt::format("'{}' must be text", label));
  return scalar();
}

double limen::detail::yamlQuantity(const YamlValue &value,
                                   std::string_view unit) {
  Result<double> number = parseQuantity(value.scalar(), unit);
  if (number)
    return *number;
  value.fail(number.error().message);
  return 0;
}

Sourced<double> limen::detail::yamlSourced(const YamlValue &value,
                                           std::string_view unit) {
  Sourced<double> out;
  if (value.kind() == YamlValue::Kind::Scalar)
    value.fail(
        fmt::format("'{}' is a number without a source", value.scalar()),
        fmt::format("write {{value: {}, status: assumed, source: \"...\"}}",
                    value.scalar()));
  if (value.kind() != YamlValue::Kind::Map)
    return out;
  YamlMap map = value.map();
  if (unit.empty() || unit == units::Cycle::unit || unit == units::Bit::unit) {
    const YamlValue number = map.requiredValue("value");
    // Whole quantities are written with their unit too: "15 cycles".
    std::string text = number.scalar();
    if (!unit.empty()) {
      if (!text.ends_with(unit)) {
        number.fail(fmt::format("'{}' has no unit '{}'", text, unit));
        return out;
      }
      text.resize(text.size() - unit.size());
      while (text.ends_with(' '))
        text.pop_back();
    }
    const char *end = text.data() + text.size();
    auto [rest, code] = std::from_chars(text.data(), end, out.value);
    if (text.empty() || code != std::errc() || rest != end)
      number.fail(fmt::format("'{}' is not a number", number.scalar()));
  } else {
    out.value = yamlQuantity(map.requiredValue("value"), unit);
  }
  const YamlValue status = map.requiredValue("status");
  if (Result<Status> parsed = parseStatus(status.scalar()))
    out.status = *parsed;
  else if (status)
    status.fail(parsed.error().message);
  out.source = map.required<std::string>("source");
  map.finish();
  return out;
}

//===----------------------------------------------------------------------===//
// YamlMap
//===----------------------------------------------------------------------===//

/// Asking a node that may change for a key that it lacks would add it.
static const YAML::Node &constant(const YAML::Node &node) { return node; }

bool YamlMap::has(const std::string &key) const {
  return self.kind() == YamlValue::Kind::Map &&
         static_cast<bool>(constant(*self.node)[key]);
}

YamlValue YamlMap::value(const std::string &key) {
  known.push_back(key);
  std::shared_ptr<YAML::Node> found;
  if (has(key))
    found = std::make_shared<YAML::Node>(constant(*self.node)[key]);
  return {self.state, found, key};
}

YamlValue YamlMap::requiredValue(const std::string &key) {
  YamlValue found = value(key);
  if (!found && self.kind() == YamlValue::Kind::Map)
    self.fail(self.label.empty()
                  ? fmt::format("the key '{}' is missing", key)
                  : fmt::format("'{}' lacks the key '{}'", self.label, key));
  return found;
}

YamlMap YamlMap::requiredMap(const std::string &key) {
  YamlValue found = requiredValue(key);
  if (found && found.kind() != YamlValue::Kind::Map)
    found.fail(fmt::format("'{}' must be a map", key));
  return YamlMap(found);
}

std::vector<std::pair<std::string, YamlValue>> YamlMap::entries() {
  std::vector<std::pair<std::string, YamlValue>> out;
  if (self.kind() != YamlValue::Kind::Map)
    return out;
  for (const auto &entry : *self.node) {
    const std::string key = entry.first.Scalar();
    known.push_back(key);
    out.emplace_back(
        key,
        YamlValue(self.state, std::make_shared<YAML::Node>(entry.second), key));
  }
  return out;
}

void YamlMap::finish() {
  if (self.kind() != YamlValue::Kind::Map)
    return;
  std::vector<std::string> wanted = known;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  for (const auto &entry : *self.node) {
    const std::string key = entry.first.Scalar();
    if (std::binary_search(wanted.begin(), wanted.end(), key))
      continue;
    Error error(fmt::format("unknown key '{}'", key),
                placeOf(self.state->file, entry.first.Mark()));
    error.note(fmt::format("known keys here: {}", fmt::join(wanted, ", ")));
    self.state->errors.push_back(std::move(error));
  }
}

//===----------------------------------------------------------------------===//
// YamlDocument
//===----------------------------------------------------------------------===//

// Nesting that is not an alias inside what it names stays below this (yaml-cpp
// itself gives up at 500).
static constexpr unsigned maxDepth = 500;

// How many values aliases may add to those that the text spells out.
static constexpr size_t maxRepeated = 1'000'000;

namespace {

/// Finds what yaml-cpp accepts and no schema can: duplicate keys, keys that are
/// not text, aliases without end.
class Inspector {
public:
  Inspector(const std::string &file, size_t values)
      : file(file), budget(values + maxRepeated) {}

  std::optional<Error> inspect(const YAML::Node &node, unsigned depth = 0) {
    if (depth > maxDepth)
      return Error("is nested too deeply, or an alias stands inside what it "
                   "names",
                   placeOf(file, node.Mark()));
    if (budget == 0)
      return Error("aliases repeat more than a million values",
                   placeOf(file, node.Mark()));
    --budget;
    if (node.IsMap()) {
      std::unordered_set<std::string_view> seen;
      for (const auto &entry : node) {
        if (!entry.first.IsScalar())
          return Error("a key must be plain text",
                       placeOf(file, entry.first.Mark()));
        const std::string &key = entry.first.Scalar();
        if (!seen.insert(key).second)
          return Error(fmt::format("the key '{}' stands here twice", key),
                       placeOf(file, entry.first.Mark()));
        if (auto error = inspect(entry.second, depth + 1))
          return error;
      }
    } else if (node.IsSequence()) {
      for (const auto &item : node)
        if (auto error = inspect(item, depth + 1))
          return error;
    }
    return std::nullopt;
  }

private:
  const std::string &file;
  size_t budget;
};

} // namespace

Result<YamlDocument> YamlDocument::parse(const std::string &text,
                                         const std::string &file) {
  auto state = std::make_shared<YamlState>();
  state->file = file;
  try {
    std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.empty() || documents.front().IsNull())
      return Error("is empty; a YAML map was wanted", {file, 0, 0, {}});
    if (documents.size() > 1)
      return Error("holds more than one YAML document",
                   placeOf(file, documents[1].Mark()));
    state->root = documents.front();
  } catch (const YAML::DeepRecursion &problem) {
    return Error("is nested too deeply", placeOf(file, problem.mark));
  } catch (const YAML::Exception &problem) {
    return Error("is not YAML: " + problem.msg, placeOf(file, problem.mark));
  }
  if (!state->root.IsMap())
    return Error("the top level must be a map",
                 placeOf(file, state->root.Mark()));
  // Every value that is no alias takes a byte at least.
  if (auto error = Inspector(file, text.size()).inspect(state->root))
    return std::move(*error);
  return YamlDocument(std::move(state));
}

Result<YamlDocument> YamlDocument::load(const std::string &path) {
  Result<std::string> text = readFile(path);
  if (!text)
    return text.takeError();
  return parse(*text, path);
}

YamlMap YamlDocument::root() const {
  return YamlMap(
      YamlValue(state, std::make_shared<YAML::Node>(state->root), ""));
}

Result<void> YamlDocument::set(const std::string &path,
                               const std::string &value,
                               const std::string &origin) {
  YAML::Node node;
  node.reset(state->root);
  std::string walked;
  for (size_t start = 0; start <= path.size();) {
    const size_t dot = std::min(path.find('.', start), path.size());
    const std::string key = path.substr(start, dot - start);
    if (!node.IsMap() || !node[key]) {
      std::vector<std::string> keys;
      if (node.IsMap())
        for (const auto &entry : node)
          keys.push_back(entry.first.Scalar());
      return Error(fmt::format("'{}' has no parameter '{}'",
                               walked.empty() ? state->file : walked, key))
          .note(fmt::format("there are: {}", fmt::join(keys, ", ")));
    }
    YAML::Node next = node[key];
    node.reset(next);
    walked += (walked.empty() ? "" : ".") + key;
    start = dot + 1;
  }
  if (node.IsMap() && node["value"]) {
    node["value"] = value;
    node["status"] = "assumed";
    node["source"] = "set by the user";
    state->replaced.push_back({node, origin});
    state->replaced.push_back({node["value"], origin});
    return {};
  }
  if (!node.IsScalar())
    return Error(fmt::format("'{}' is not a single value", path));
  node = value;
  state->replaced.push_back({node, origin});
  return {};
}

static void inheritNode(YAML::Node into, const YAML::Node &from) {
  for (const auto &entry : from) {
    const std::string key = entry.first.Scalar();
    if (!into[key])
      into[key] = YAML::Clone(entry.second);
    else if (into[key].IsMap() && entry.second.IsMap())
      inheritNode(into[key], entry.second);
  }
}

void YamlDocument::inherit(const YamlDocument &base) {
  inheritNode(state->root, base.state->root);
}

std::string YamlDocument::text() const {
  return YAML::Dump(state->root) + "\n";
}

const std::vector<Error> &YamlDocument::errors() const { return state->errors; }

std::optional<Error> YamlDocument::firstError() const {
  if (state->errors.empty())
    return std::nullopt;
  return state->errors.front();
}
