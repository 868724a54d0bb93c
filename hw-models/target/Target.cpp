#include "hw-models/target/Target.h"

#include "hw-models/base/Embedded.h"
#include "hw-models/base/Files.h"
#include "hw-models/target/HostMachine.h"
#include "hw-models/target/ImcMacro.h"
#include "hw-models/target/SpinMachine.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace limen;
using namespace limen::target;

namespace limen::embedded {
std::span<const File> chips();
} // namespace limen::embedded

static constexpr std::string_view suffix = ".yaml";

std::string_view limen::target::toString(Kind kind) {
  switch (kind) {
  case Kind::Host:
    return "host";
  case Kind::Spinnaker:
    return "spinnaker";
  case Kind::Rram:
    return "rram";
  }
  return "";
}

std::vector<Preset> limen::target::presets() {
  std::vector<Preset> out;
  for (const embedded::File &file : embedded::chips()) {
    const std::string_view name =
        file.name.substr(0, file.name.size() - suffix.size());
    Preset preset{std::string(name), {}};
    // Presets are checked by tests; a broken one only loses its description.
    if (auto doc =
            YamlDocument::parse(std::string(file.text), std::string(file.name)))
      preset.description =
          doc->root().optional<std::string>("description", std::string());
    out.push_back(std::move(preset));
  }
  return out;
}

static bool isFile(const std::string &text) {
  return text.ends_with(suffix) || text.ends_with(".yml") ||
         text.find('/') != std::string::npos;
}

static Result<YamlDocument> open(const std::string &nameOrFile) {
  if (isFile(nameOrFile))
    return YamlDocument::load(nameOrFile);
  std::vector<std::string> names;
  for (const embedded::File &file : embedded::chips()) {
    names.emplace_back(file.name.substr(0, file.name.size() - suffix.size()));
    if (names.back() == nameOrFile)
      return YamlDocument::parse(std::string(file.text),
                                 std::string(file.name));
  }
  return Error(fmt::format("there is no target '{}'", nameOrFile))
      .note(fmt::format("known targets: {}; or the path of a .yaml file",
                        fmt::join(names, ", ")));
}

/// Where a relative `extends: file.yaml` is looked for: beside the file that
/// says so.
static std::string besides(const std::string &file, const std::string &base) {
  const size_t slash = file.rfind('/');
  if (!isFile(base) || base.starts_with('/') || slash == std::string::npos)
    return base;
  return file.substr(0, slash + 1) + base;
}

static Result<YamlDocument> openWithBases(const std::string &nameOrFile,
                                          std::vector<std::string> &seen) {
  if (std::find(seen.begin(), seen.end(), nameOrFile) != seen.end())
    return Error(fmt::format("target '{}' extends itself: {} -> {}", nameOrFile,
                             fmt::join(seen, " -> "), nameOrFile));
  seen.push_back(nameOrFile);
  Result<YamlDocument> document = open(nameOrFile);
  if (!document)
    return document;
  YamlMap root = document->root();
  const std::string base = root.optional<std::string>("extends", std::string());
  if (auto error = document->firstError())
    return *error;
  if (base.empty())
    return document;
  Result<YamlDocument> parent = openWithBases(besides(nameOrFile, base), seen);
  if (!parent) {
    const Place place = root.value("extends").place();
    return parent.takeError().note("extended from " + place.text());
  }
  document->inherit(*parent);
  return document;
}

static Result<Target> finish(YamlDocument document) {
  YamlMap root = document.root();
  const YamlValue kind = root.requiredValue("limen_target");
  Target target{
      Kind::Host, root.required<std::string>("name"), document, {}, {}};
  if (auto error = document.firstError())
    return *error;
  for (Kind known : {Kind::Host, Kind::Spinnaker, Kind::Rram})
    if (kind.scalar() == toString(known)) {
      target.kind = known;
      return target;
    }
  return Error(
      fmt::format("'limen_target' is '{}'; host, spinnaker or rram was "
                  "wanted",
                  kind.scalar()),
      kind.place());
}

Result<Target>
limen::target::loadDocument(const std::string &nameOrFile,
                            const std::vector<std::string> &overrides) {
  std::vector<std::string> seen;
  Result<YamlDocument> document = openWithBases(nameOrFile, seen);
  if (!document)
    return document.takeError();
  for (const std::string &assignment : overrides) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0)
      return Error(fmt::format("'{}' does not set a parameter; PATH=VALUE was "
                               "wanted, e.g. boards=3",
                               assignment));
    if (auto done =
            document->set(assignment.substr(0, equals),
                          assignment.substr(equals + 1), "--set " + assignment);
        !done)
      return done.takeError();
  }
  Result<Target> target = finish(std::move(*document));
  if (target) {
    target->nameOrFile = nameOrFile;
    target->overrides = overrides;
  }
  return target;
}

Result<Target> limen::target::parseTarget(const std::string &text,
                                          const std::string &file) {
  Result<YamlDocument> document = YamlDocument::parse(text, file);
  if (!document)
    return document.takeError();
  return finish(std::move(*document));
}

template <typename Machine>
static Result<void> readAs(const YamlDocument &document) {
  Result<Machine> machine = Machine::parse(document);
  if (!machine)
    return machine.takeError();
  return {};
}

Result<void> limen::target::validate(const Target &target) {
  switch (target.kind) {
  case Kind::Host:
    return readAs<HostMachine>(target.document);
  case Kind::Spinnaker:
    return readAs<SpinMachine>(target.document);
  case Kind::Rram:
    return readAs<ImcMacro>(target.document);
  }
  return {};
}

std::string limen::target::readHeader(YamlMap &root) {
  root.requiredValue("limen_target");
  root.value("extends");
  root.value("description");
  return root.required<std::string>("name");
}
