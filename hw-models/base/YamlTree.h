// The tree behind YamlDocument, built from yaml-cpp's events.
//
// yaml-cpp's own tree takes some 500 bytes for a value. Here a node has 32, and
// nodes, lists of children and texts lie in one arena that goes as a whole: 2
// MB of text with 319,000 values take 14 MB instead of 150.
#pragma once

#include "hw-models/base/Error.h"

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace limen {

struct YamlNode {
  enum class Kind : uint8_t { Null, Scalar, Sequence, Map };

  Kind kind = Kind::Null;
  bool flow = false; ///< written as [...] or {...}
  /// From 1; 0 for what stands in no file.
  uint32_t line = 0, column = 0;

  std::string_view text() const {
    return kind == Kind::Scalar ? std::string_view(chars, size)
                                : std::string_view();
  }
  /// Items of a sequence; key, value, key, value ... of a map.
  std::span<YamlNode *const> children() const {
    return kind == Kind::Sequence || kind == Kind::Map
               ? std::span<YamlNode *const>(nodes, size)
               : std::span<YamlNode *const>();
  }
  /// The value at `key` of a map, or null.
  YamlNode *find(std::string_view key) const;

  size_t size = 0; ///< characters or children
  union {
    const char *chars = nullptr;
    YamlNode *const *nodes;
  };
};

/// Nodes and what they hold. An alias is the node that it names.
class YamlTree {
public:
  /// Parses one document. Errors: syntax, none or more than one document, a key
  /// that is not text or stands twice, nesting or aliases without end, a top
  /// level that is not a map.
  static Result<std::unique_ptr<YamlTree>> parse(const std::string &text,
                                                 const std::string &file);

  YamlNode &root() const { return *top; }

  void setText(YamlNode &node, std::string_view text);
  /// The value at `key` of a map, as a node of its own: what aliases share with
  /// it is no longer changed with it. Null when the map lacks the key.
  YamlNode *ownEntry(YamlNode &map, std::string_view key);
  /// Sets the text at `key` of a map, which gets the key when it lacks it.
  YamlNode &setEntry(YamlNode &map, std::string_view key,
                     std::string_view text);
  /// Copies into `map` what it lacks of `base`, a map of another tree.
  void inherit(YamlNode &map, const YamlNode &base);

  /// Text that parses to the same tree.
  std::string text() const;

private:
  friend class YamlTreeBuilder;
  explicit YamlTree(size_t bytes) : arena(bytes) {}

  YamlNode *newNode(YamlNode::Kind kind);
  void setChildren(YamlNode &node, std::span<YamlNode *const> children);
  void append(YamlNode &map, std::string_view key, YamlNode *value);
  YamlNode *copy(const YamlNode &node);

  std::pmr::monotonic_buffer_resource arena;
  YamlNode *top = nullptr;
};

} // namespace limen
