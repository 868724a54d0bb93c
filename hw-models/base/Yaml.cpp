#include "hw-models/base/Yaml.h"

#include "hw-models/base/Files.h"
#include "hw-models/base/YamlTree.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace limen;

namespace limen {
struct YamlState {
  std::string file;
  std::unique_ptr<YamlTree> tree;
  std::vector<Error> errors;
  /// Nodes replaced by `set`, and what to call their place.
  std::vector<std::pair<const YamlNode *, std::string>> replaced;
};
} // namespace limen

//===----------------------------------------------------------------------===//
// YamlValue
//===----------------------------------------------------------------------===//

YamlValue::Kind YamlValue::kind() const {
  if (!node)
    return Kind::Absent;
  switch (node->kind) {
  case YamlNode::Kind::Null:
    return Kind::Absent;
  case YamlNode::Kind::Scalar:
    return Kind::Scalar;
  case YamlNode::Kind::Sequence:
    return Kind::Sequence;
  case YamlNode::Kind::Map:
    return Kind::Map;
  }
  return Kind::Absent;
}

Place YamlValue::place() const {
  for (const auto &[other, origin] : state->replaced)
    if (node == other)
      return {origin, 0, 0, {}};
  if (node)
    return {state->file, node->line, node->column, {}};
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
  return node ? std::string(node->text()) : std::string();
}

std::vector<YamlValue> YamlValue::items() const {
  std::vector<YamlValue> out;
  if (kind() != Kind::Sequence) {
    fail(fmt::format("'{}' must be a list", label));
    return out;
  }
  const auto children = node->children();
  out.reserve(children.size());
  for (size_t i = 0; i < children.size(); ++i)
    out.push_back(
        YamlValue(state, children[i], fmt::format("{}[{}]", label, i)));
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

/// Whole numbers up to this are exact in double precision.
static constexpr double mostWhole = 0x1p53;

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
    if (text.empty() || code != std::errc() || rest != end ||
        !std::isfinite(out.value)) {
      number.fail(fmt::format("'{}' is not a finite number", number.scalar()));
      out.value = 0;
    } else if (!unit.empty() && !(out.value >= 0 && out.value <= mostWhole &&
                                  out.value == std::floor(out.value))) {
      number.fail(fmt::format("'{}' is not a whole number of {} from 0 to 2^53",
                              number.scalar(), unit));
      out.value = 0;
    }
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

bool YamlMap::has(const std::string &key) const {
  return self.node && self.node->find(key);
}

YamlValue YamlMap::value(const std::string &key) {
  known.push_back(key);
  return {self.state, self.node ? self.node->find(key) : nullptr, key};
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
  allKnown = true;
  const auto children = self.node->children();
  out.reserve(children.size() / 2);
  for (size_t i = 0; i + 1 < children.size(); i += 2) {
    const std::string key(children[i]->text());
    out.emplace_back(key, YamlValue(self.state, children[i + 1], key));
  }
  return out;
}

void YamlMap::finish() {
  if (self.kind() != YamlValue::Kind::Map || allKnown)
    return;
  const auto children = self.node->children();
  for (size_t i = 0; i + 1 < children.size(); i += 2) {
    const YamlNode &key = *children[i];
    if (std::find(known.begin(), known.end(), key.text()) != known.end())
      continue;
    std::vector<std::string> wanted = known;
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    Error error(fmt::format("unknown key '{}'", key.text()),
                {self.state->file, key.line, key.column, {}});
    error.note(fmt::format("known keys here: {}", fmt::join(wanted, ", ")));
    self.state->errors.push_back(std::move(error));
  }
}

//===----------------------------------------------------------------------===//
// YamlDocument
//===----------------------------------------------------------------------===//

Result<YamlDocument> YamlDocument::parse(const std::string &text,
                                         const std::string &file) {
  Result<std::unique_ptr<YamlTree>> tree = YamlTree::parse(text, file);
  if (!tree)
    return tree.takeError();
  auto state = std::make_shared<YamlState>();
  state->file = file;
  state->tree = std::move(*tree);
  return YamlDocument(std::move(state));
}

Result<YamlDocument> YamlDocument::load(const std::string &path) {
  Result<std::string> text = readFile(path);
  if (!text)
    return text.takeError();
  return parse(*text, path);
}

YamlMap YamlDocument::root() const {
  return YamlMap(YamlValue(state, &state->tree->root(), ""));
}

Result<void> YamlDocument::set(const std::string &path,
                               const std::string &value,
                               const std::string &origin) {
  YamlTree &tree = *state->tree;
  YamlNode *node = &tree.root();
  std::string walked;
  for (size_t start = 0; start <= path.size();) {
    const size_t dot = std::min(path.find('.', start), path.size());
    const std::string key = path.substr(start, dot - start);
    YamlNode *next = tree.ownEntry(*node, key);
    if (!next) {
      std::vector<std::string_view> keys;
      if (node->kind == YamlNode::Kind::Map)
        for (size_t i = 0; i < node->children().size(); i += 2)
          keys.push_back(node->children()[i]->text());
      return Error(fmt::format("'{}' has no parameter '{}'",
                               walked.empty() ? state->file : walked, key))
          .note(fmt::format("there are: {}", fmt::join(keys, ", ")));
    }
    node = next;
    walked += (walked.empty() ? "" : ".") + key;
    start = dot + 1;
  }
  if (node->find("value")) {
    const YamlNode &number = tree.setEntry(*node, "value", value);
    tree.setEntry(*node, "status", "assumed");
    tree.setEntry(*node, "source", "set by the user");
    state->replaced.push_back({node, origin});
    state->replaced.push_back({&number, origin});
    return {};
  }
  if (node->kind != YamlNode::Kind::Scalar)
    return Error(fmt::format("'{}' is not a single value", path));
  tree.setText(*node, value);
  state->replaced.push_back({node, origin});
  return {};
}

void YamlDocument::inherit(const YamlDocument &base) {
  state->tree->inherit(state->tree->root(), base.state->tree->root());
}

std::string YamlDocument::text() const { return state->tree->text() + "\n"; }

const std::vector<Error> &YamlDocument::errors() const { return state->errors; }

std::optional<Error> YamlDocument::firstError() const {
  if (state->errors.empty())
    return std::nullopt;
  return state->errors.front();
}
