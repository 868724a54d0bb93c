#include "hw-models/base/YamlTree.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <sstream>
#include <unordered_set>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/emitter.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

using namespace limen;

// Nesting, with aliases written out, stays below this (yaml-cpp itself gives up
// at 500).
static constexpr unsigned maxDepth = 500;

// How many values aliases may add to those that the text spells out.
static constexpr uint64_t maxRepeated = 1'000'000;

static Place placeOf(const std::string &file, const YAML::Mark &mark) {
  if (mark.is_null())
    return {file, 0, 0, {}};
  // yaml-cpp counts from 0.
  return {file,
          static_cast<unsigned>(mark.line + 1),
          static_cast<unsigned>(mark.column + 1),
          {}};
}

YamlNode *YamlNode::find(std::string_view key) const {
  if (kind != Kind::Map)
    return nullptr;
  for (size_t i = 0; i + 1 < size; i += 2)
    if (nodes[i]->text() == key)
      return nodes[i + 1];
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

namespace {
/// Carries an error out of yaml-cpp's parser.
struct Refusal {
  Error error;
};
} // namespace

namespace limen {

class YamlTreeBuilder : public YAML::EventHandler {
public:
  YamlTreeBuilder(YamlTree &tree, const std::string &file)
      : tree(tree), file(file) {}

  void OnDocumentStart(const YAML::Mark &) override { ++documents; }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark &mark, YAML::anchor_t anchor) override {
    addLeaf(start(YamlNode::Kind::Null, mark), anchor);
  }

  void OnScalar(const YAML::Mark &mark, const std::string &,
                YAML::anchor_t anchor, const std::string &value) override {
    YamlNode *node = start(YamlNode::Kind::Scalar, mark);
    tree.setText(*node, value);
    addLeaf(node, anchor);
  }

  void OnSequenceStart(const YAML::Mark &mark, const std::string &,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(start(YamlNode::Kind::Sequence, mark), anchor, style);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark &mark, const std::string &,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(start(YamlNode::Kind::Map, mark), anchor, style);
  }
  void OnMapEnd() override {
    checkKeys();
    close();
  }

  void OnAlias(const YAML::Mark &mark, YAML::anchor_t anchor) override {
    const Anchored &named = anchors[anchor];
    if (!named.node || frames.size() + named.height > maxDepth)
      throw Refusal{Error("is nested too deeply, or an alias stands inside "
                          "what it names",
                          placeOf(file, mark))};
    add(named, mark);
  }

private:
  /// A finished node, with its aliases written out.
  struct Anchored {
    YamlNode *node = nullptr;
    unsigned height = 0; ///< levels below it
    uint64_t values = 0; ///< nodes in it
  };
  struct Frame {
    YamlNode *node;
    YAML::anchor_t anchor;
    size_t firstChild; ///< in `pending`
    unsigned height = 0;
    uint64_t values = 1;
  };

  YamlNode *start(YamlNode::Kind kind, const YAML::Mark &mark) {
    if (documents > 1)
      throw Refusal{
          Error("holds more than one YAML document", placeOf(file, mark))};
    YamlNode *node = tree.newNode(kind);
    const Place place = placeOf({}, mark);
    node->line = place.line;
    node->column = place.column;
    ++spelled;
    return node;
  }

  void open(YamlNode *node, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    if (frames.size() > maxDepth)
      throw Refusal{
          Error("is nested too deeply", {file, node->line, node->column, {}})};
    node->flow = style == YAML::EmitterStyle::Flow;
    name(anchor, {});
    frames.push_back({node, anchor, pending.size()});
  }

  void close() {
    const Frame frame = frames.back();
    frames.pop_back();
    tree.setChildren(*frame.node, std::span(pending).subspan(frame.firstChild));
    pending.resize(frame.firstChild);
    const Anchored done = {frame.node, frame.height, frame.values};
    name(frame.anchor, done);
    add(done, YAML::Mark::null_mark());
  }

  void addLeaf(YamlNode *node, YAML::anchor_t anchor) {
    const Anchored done = {node, 0, 1};
    name(anchor, done);
    add(done, YAML::Mark::null_mark());
  }

  void name(YAML::anchor_t anchor, const Anchored &node) {
    if (anchor == YAML::NullAnchor)
      return;
    anchors.resize(std::max<size_t>(anchors.size(), anchor + 1));
    anchors[anchor] = node;
  }

  /// Makes `done` a child of what is open. `mark` is that of an alias.
  void add(const Anchored &done, const YAML::Mark &mark) {
    if (frames.empty()) {
      tree.top = done.node;
      return;
    }
    Frame &frame = frames.back();
    frame.height = std::max(frame.height, done.height + 1);
    frame.values += done.values;
    if (frame.values > spelled + maxRepeated)
      throw Refusal{Error(
          "aliases repeat more than a million values",
          mark.is_null() ? Place{file, done.node->line, done.node->column, {}}
                         : placeOf(file, mark))};
    pending.push_back(done.node);
  }

  /// Before the children of the innermost map move into it.
  void checkKeys() {
    const std::span<YamlNode *const> entries =
        std::span(pending).subspan(frames.back().firstChild);
    // Comparing a few keys with each other beats a table of them.
    constexpr size_t few = 16;
    std::unordered_set<std::string_view> seen;
    if (entries.size() / 2 > few)
      seen.reserve(entries.size() / 2);
    for (size_t i = 0; i < entries.size(); i += 2) {
      const YamlNode &key = *entries[i];
      const Place place = {file, key.line, key.column, {}};
      if (key.kind != YamlNode::Kind::Scalar)
        throw Refusal{Error("a key must be plain text", place)};
      bool twice = false;
      if (entries.size() / 2 > few)
        twice = !seen.insert(key.text()).second;
      else
        for (size_t j = 0; j < i && !twice; j += 2)
          twice = entries[j]->text() == key.text();
      if (twice)
        throw Refusal{Error(
            fmt::format("the key '{}' stands here twice", key.text()), place)};
    }
  }

  YamlTree &tree;
  const std::string &file;
  unsigned documents = 0;
  uint64_t spelled = 0; ///< nodes of the text
  std::vector<Frame> frames;
  std::vector<YamlNode *> pending; ///< finished children of all frames
  std::vector<Anchored> anchors;   ///< null nodes are not finished
};

} // namespace limen

namespace {
/// Reads from a string without a copy of it.
class TextBuffer : public std::streambuf {
public:
  explicit TextBuffer(const std::string &text) {
    char *begin = const_cast<char *>(text.data());
    setg(begin, begin, begin + text.size());
  }
};
} // namespace

Result<std::unique_ptr<YamlTree>> YamlTree::parse(const std::string &text,
                                                  const std::string &file) {
  // A value of eight characters takes about as many bytes as a node.
  std::unique_ptr<YamlTree> tree(new YamlTree(4 * text.size() + 4096));
  try {
    TextBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    YamlTreeBuilder builder(*tree, file);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refusal &refusal) {
    return refusal.error;
  } catch (const YAML::DeepRecursion &problem) {
    return Error("is nested too deeply", placeOf(file, problem.mark));
  } catch (const YAML::Exception &problem) {
    return Error("is not YAML: " + problem.msg, placeOf(file, problem.mark));
  }
  if (!tree->top || tree->top->kind == YamlNode::Kind::Null)
    return Error("is empty; a YAML map was wanted", {file, 0, 0, {}});
  if (tree->top->kind != YamlNode::Kind::Map)
    return Error("the top level must be a map",
                 {file, tree->top->line, tree->top->column, {}});
  return tree;
}

YamlNode *YamlTree::newNode(YamlNode::Kind kind) {
  static_assert(std::is_trivially_destructible_v<YamlNode>);
  void *place = arena.allocate(sizeof(YamlNode), alignof(YamlNode));
  YamlNode *node = new (place) YamlNode;
  node->kind = kind;
  return node;
}

void YamlTree::setChildren(YamlNode &node,
                           std::span<YamlNode *const> children) {
  node.size = children.size();
  node.nodes = nullptr;
  if (children.empty())
    return;
  auto **place = static_cast<YamlNode **>(
      arena.allocate(children.size_bytes(), alignof(YamlNode *)));
  std::copy(children.begin(), children.end(), place);
  node.nodes = place;
}

//===----------------------------------------------------------------------===//
// Changing
//===----------------------------------------------------------------------===//

void YamlTree::setText(YamlNode &node, std::string_view text) {
  node.kind = YamlNode::Kind::Scalar;
  node.size = text.size();
  node.chars = nullptr;
  if (text.empty())
    return;
  auto *place = static_cast<char *>(arena.allocate(text.size(), 1));
  std::memcpy(place, text.data(), text.size());
  node.chars = place;
}

void YamlTree::append(YamlNode &map, std::string_view key, YamlNode *value) {
  YamlNode *name = newNode(YamlNode::Kind::Scalar);
  setText(*name, key);
  const std::span<YamlNode *const> old = map.children();
  std::vector<YamlNode *> children(old.begin(), old.end());
  children.insert(children.end(), {name, value});
  setChildren(map, children);
}

YamlNode *YamlTree::ownEntry(YamlNode &map, std::string_view key) {
  const YamlNode *shared = map.find(key);
  if (!shared)
    return nullptr;
  YamlNode *own = newNode(shared->kind);
  *own = *shared;
  const std::span<YamlNode *const> old = map.children();
  std::vector<YamlNode *> children(old.begin(), old.end());
  for (size_t i = 0; i + 1 < children.size(); i += 2)
    if (children[i]->text() == key)
      children[i + 1] = own;
  setChildren(map, children);
  return own;
}

YamlNode &YamlTree::setEntry(YamlNode &map, std::string_view key,
                             std::string_view text) {
  YamlNode *value = ownEntry(map, key);
  if (!value) {
    value = newNode(YamlNode::Kind::Scalar);
    append(map, key, value);
  }
  setText(*value, text);
  return *value;
}

/// Places are those of another file and stay behind.
YamlNode *YamlTree::copy(const YamlNode &node) {
  YamlNode *out = newNode(node.kind);
  out->flow = node.flow;
  if (node.kind == YamlNode::Kind::Scalar) {
    setText(*out, node.text());
    return out;
  }
  std::vector<YamlNode *> children;
  for (const YamlNode *child : node.children())
    children.push_back(copy(*child));
  setChildren(*out, children);
  return out;
}

void YamlTree::inherit(YamlNode &map, const YamlNode &base) {
  const std::span<YamlNode *const> entries = base.children();
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    const std::string_view key = entries[i]->text();
    const YamlNode &theirs = *entries[i + 1];
    const YamlNode *present = map.find(key);
    if (!present)
      append(map, key, copy(theirs));
    else if (present->kind == YamlNode::Kind::Map &&
             theirs.kind == YamlNode::Kind::Map)
      inherit(*ownEntry(map, key), theirs);
  }
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static void emit(YAML::Emitter &out, const YamlNode &node) {
  const auto style = node.flow ? YAML::Flow : YAML::Block;
  switch (node.kind) {
  case YamlNode::Kind::Null:
    out << YAML::Null;
    break;
  case YamlNode::Kind::Scalar:
    out << std::string(node.text());
    break;
  case YamlNode::Kind::Sequence:
    out << style << YAML::BeginSeq;
    for (const YamlNode *child : node.children())
      emit(out, *child);
    out << YAML::EndSeq;
    break;
  case YamlNode::Kind::Map:
    out << style << YAML::BeginMap;
    for (size_t i = 0; i + 1 < node.size; i += 2) {
      out << YAML::Key;
      emit(out, *node.nodes[i]);
      out << YAML::Value;
      emit(out, *node.nodes[i + 1]);
    }
    out << YAML::EndMap;
    break;
  }
}

std::string YamlTree::text() const {
  YAML::Emitter out;
  emit(out, *top);
  return std::string(out.c_str(), out.size());
}
