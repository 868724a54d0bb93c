// Target descriptions by name or file: what the user writes after `--target`.
//
// A target file is YAML with `limen_target: KIND`. It may name another one to
// start from (`extends: spinnaker1-48`); presets are compiled into the program.
#pragma once

#include "hw-models/base/Yaml.h"

#include <string>
#include <string_view>
#include <vector>

namespace limen::target {

enum class Kind { Host, Spinnaker, Rram };

std::string_view toString(Kind kind);

/// A target's document after `extends` and the user's overrides.
struct Target {
  Kind kind = Kind::Host;
  std::string name;
  YamlDocument document;
  /// What `loadDocument` was asked for, to ask for it again.
  std::string nameOrFile;
  std::vector<std::string> overrides;
};

/// A preset and its one-line description.
struct Preset {
  std::string name;
  std::string description;
};

/// The compiled-in targets, by name.
std::vector<Preset> presets();

/// Loads the preset called `nameOrFile`, or the YAML file at that path (a name
/// with '/' or ending in .yaml), follows `extends`, applies `overrides`
/// ("costs.row_fetch=400", dotted paths). Errors: unknown name (the known ones
/// are listed), unreadable or malformed file, a circle of `extends`, an
/// override of a parameter that does not exist, an unknown kind.
Result<Target> loadDocument(const std::string &nameOrFile,
                            const std::vector<std::string> &overrides = {});

/// Reads every parameter of a target. Errors: missing or unknown keys, values
/// out of range.
Result<void> validate(const Target &target);

/// The target described by `text`, e.g. one kept inside a compiled program.
Result<Target> parseTarget(const std::string &text, const std::string &file);

/// What every target file starts with: marks `limen_target`, `name`,
/// `description` and `extends` as read and returns the name.
std::string readHeader(YamlMap &root);

} // namespace limen::target
