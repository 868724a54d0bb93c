// The one way to read YAML: a strict schema layer over yaml-cpp.
//
// Every error has file, line and column; unknown and duplicate keys, missing
// required keys, a second document and merge keys are errors. Accessors collect
// errors in the document instead of stopping, so that a reader is written
// straight down and asks once at its end:
//
//   Result<YamlDocument> doc = YamlDocument::parse(text, "chip.yaml");
//   YamlMap root = doc->root();
//   uint64_t rows = root.required<uint64_t>("rows");
//   Volts read = root.required<Volts>("v_read");
//   root.finish();
//   if (auto error = doc->firstError()) return *error;
#pragma once

#include "hw-models/base/Ledger.h"
#include "hw-models/base/Quantity.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace limen {

class YamlMap;
struct YamlNode;
struct YamlState;

/// A value of unknown kind inside a document, with its place.
class YamlValue {
public:
  enum class Kind { Absent, Scalar, Sequence, Map };

  Kind kind() const;
  explicit operator bool() const { return kind() != Kind::Absent; }
  Place place() const;

  /// The value as T: bool, int64_t, uint64_t, double, std::string, a quantity
  /// ("2 pJ"), Sourced<quantity> ({value, status, source}). Numbers are finite,
  /// cycles and bits whole, from 0 to 2^53. On error the error is recorded in
  /// the document and T{} returned.
  template <typename T> T as() const;

  /// The text of a scalar, whatever it means.
  std::string scalar() const;

  /// The elements of a sequence; records an error for another kind.
  std::vector<YamlValue> items() const;

  /// The value as a map; records an error for another kind.
  YamlMap map() const;

  /// Records an error at this value's place.
  void fail(std::string message, std::string note = {}) const;

private:
  friend class YamlDocument;
  friend class YamlMap;
  YamlValue(std::shared_ptr<YamlState> state, const YamlNode *node,
            std::string label)
      : state(std::move(state)), node(node), label(std::move(label)) {}

  std::shared_ptr<YamlState> state;
  const YamlNode *node; ///< of the state's tree, or null
  std::string label;    ///< the key or index that led here, for messages
};

/// A map whose keys must all be asked for.
class YamlMap {
public:
  template <typename T> T required(const std::string &key) {
    return requiredValue(key).as<T>();
  }
  template <typename T> T optional(const std::string &key, T fallback) {
    YamlValue found = value(key);
    return found ? found.as<T>() : fallback;
  }

  /// The value at `key`, absent when missing.
  YamlValue value(const std::string &key);
  /// The value at `key`; records an error at the map when missing.
  YamlValue requiredValue(const std::string &key);
  /// The map at `key`; records an error when missing or of another kind.
  YamlMap requiredMap(const std::string &key);

  /// Keys and values in file order; marks all keys as asked for.
  std::vector<std::pair<std::string, YamlValue>> entries();

  Place place() const { return self.place(); }
  bool has(const std::string &key) const;
  /// Records an error at the map's place.
  void fail(std::string message, std::string note = {}) const {
    self.fail(std::move(message), std::move(note));
  }

  /// Records an error for every key that nobody asked for.
  void finish();

private:
  friend class YamlValue;
  friend class YamlDocument;
  explicit YamlMap(YamlValue self) : self(std::move(self)) {}

  YamlValue self;
  std::vector<std::string> known; ///< keys that were asked for
  bool allKnown = false;
};

/// One parsed document. Copies share their state.
class YamlDocument {
public:
  /// Parses `text`; `file` is used in messages. Errors: syntax, no document,
  /// more than one document, a top level that is not a map, duplicate keys.
  static Result<YamlDocument> parse(const std::string &text,
                                    const std::string &file);
  static Result<YamlDocument> load(const std::string &path);

  /// The top-level map. Ask each key on the same object, then `finish()`.
  YamlMap root() const;

  /// Replaces the scalar at a dotted path ("adc.bits"). A {value, status,
  /// source} map gets its value replaced and becomes `assumed`; later messages
  /// about it name `origin` as its place. Errors: no such path (the keys that
  /// exist there are listed), a path to a map or sequence.
  Result<void> set(const std::string &path, const std::string &value,
                   const std::string &origin);

  /// Adds to this document what `base` has and this one lacks, key by key
  /// (`extends:` of target files).
  void inherit(const YamlDocument &base);

  /// The document as text that parses to the same values.
  std::string text() const;

  /// Every error recorded so far, in file order of discovery.
  const std::vector<Error> &errors() const;
  std::optional<Error> firstError() const;

private:
  explicit YamlDocument(std::shared_ptr<YamlState> state)
      : state(std::move(state)) {}
  std::shared_ptr<YamlState> state;
};

namespace detail {
double yamlQuantity(const YamlValue &value, std::string_view unit);
Sourced<double> yamlSourced(const YamlValue &value, std::string_view unit);
} // namespace detail

template <> bool YamlValue::as<bool>() const;
template <> int64_t YamlValue::as<int64_t>() const;
template <> uint64_t YamlValue::as<uint64_t>() const;
template <> double YamlValue::as<double>() const;
template <> std::string YamlValue::as<std::string>() const;

template <typename T> struct YamlAs {
  static T read(const YamlValue &value) {
    if constexpr (std::is_same_v<typename T::Representation, double>)
      return T(detail::yamlQuantity(value, T::unit));
    else
      return T(value.as<uint64_t>());
  }
};
template <typename Q> struct YamlAs<Sourced<Q>> {
  static Sourced<Q> read(const YamlValue &value) {
    Sourced<double> raw;
    if constexpr (std::is_same_v<Q, double>) {
      raw = detail::yamlSourced(value, "");
      return raw;
    } else {
      raw = detail::yamlSourced(value, Q::unit);
      return {Q(static_cast<typename Q::Representation>(raw.value)), raw.status,
              raw.source};
    }
  }
};
template <typename T> T YamlValue::as() const { return YamlAs<T>::read(*this); }

} // namespace limen
