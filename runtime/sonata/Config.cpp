#include "runtime/sonata/Config.h"

#include "runtime/sonata/Json.h"

#include <cctype>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

using namespace limen;
using namespace limen::sonata;

namespace fs = std::filesystem;

namespace {

bool isThere(const fs::path &path) {
  std::error_code status;
  return fs::exists(path, status);
}

/// One configuration file: its values with variables substituted.
class Reader {
public:
  Reader(std::string file, std::vector<std::string> &assumptions)
      : file(std::move(file)), folder(fs::path(this->file).parent_path()),
        assumptions(assumptions) {}

  Result<void> open() {
    if (Result<void> read = readJson(file, root); !read)
      return read;
    const auto manifest = root.find("manifest");
    if (manifest == root.end())
      return {};
    if (!manifest->is_object())
      return Error("must be an object", at("/manifest"));
    for (const auto &[key, value] : manifest->items()) {
      if (!value.is_string())
        return Error("must be a string", at("/manifest/" + key));
      variables[key.starts_with("$") ? key.substr(1) : key] =
          value.get<std::string>();
    }
    return {};
  }

  Place at(const std::string &pointer) const {
    return jsonPlace(file, pointer);
  }

  /// The string `object[key]`, "" where the key is absent or null.
  Result<std::string> text(const Json &object, const std::string &key,
                           const std::string &pointer) const {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null())
      return std::string();
    if (!found->is_string())
      return Error("must be a string", at(pointer + "/" + key));
    return found->get<std::string>();
  }

  /// The path `object[key]`, "" where the key is absent.
  Result<std::string> path(const Json &object, const std::string &key,
                           const std::string &pointer) {
    Result<std::string> raw = text(object, key, pointer);
    if (!raw || raw->empty())
      return raw;
    Result<std::string> whole = substitute(*raw, at(pointer + "/" + key), 0);
    if (!whole)
      return whole;
    return locate(*whole);
  }

  /// The finite number `object[key]`.
  Result<std::optional<double>> number(const Json &object,
                                       const std::string &key,
                                       const std::string &pointer) const {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null())
      return std::optional<double>();
    if (!found->is_number() || !std::isfinite(found->get<double>()))
      return Error("must be a number", at(pointer + "/" + key));
    return std::optional<double>(found->get<double>());
  }

  Json root;

private:
  /// Replaces $NAME and ${NAME}.
  Result<std::string> substitute(const std::string &raw, const Place &place,
                                 unsigned depth) const {
    if (depth > 32)
      return Error(fmt::format("'{}': the variables of the manifest refer to "
                               "each other in a circle",
                               raw),
                   place);
    std::string out;
    for (size_t i = 0; i < raw.size();) {
      if (raw[i] != '$') {
        out += raw[i++];
        continue;
      }
      const bool braced = i + 1 < raw.size() && raw[i + 1] == '{';
      size_t begin = i + (braced ? 2 : 1), end = begin;
      while (end < raw.size() &&
             (std::isalnum(static_cast<unsigned char>(raw[end])) ||
              raw[end] == '_'))
        ++end;
      const std::string name = raw.substr(begin, end - begin);
      const auto found = variables.find(name);
      std::string value;
      if (found != variables.end())
        value = found->second;
      else if (name == "configdir")
        value = ".";
      else
        return Error(
            fmt::format("'{}': the manifest has no variable '{}'", raw, name),
            place);
      Result<std::string> inner = substitute(value, place, depth + 1);
      if (!inner)
        return inner;
      out += *inner;
      if (out.size() > 65536)
        return Error(fmt::format("'{}' becomes longer than any path", raw),
                     place);
      i = end;
      if (braced) {
        if (end >= raw.size() || raw[end] != '}')
          return Error(fmt::format("'{}': a '}}' is missing", raw), place);
        ++i;
      }
    }
    return out;
  }

  /// Where `path` is. Some tools write paths as seen from where they ran
  /// instead of from the file; those are looked for as well.
  std::string locate(const std::string &path) {
    const fs::path wanted = (folder / path).lexically_normal();
    if (isThere(wanted))
      return wanted.string();
    // The part after the last component that is named like this folder.
    std::error_code status;
    const fs::path here = fs::absolute(folder, status).lexically_normal();
    const fs::path own =
        here.has_filename() ? here.filename() : here.parent_path().filename();
    const fs::path given(path);
    for (auto part = given.end(); part != given.begin();) {
      if (*--part != own)
        continue;
      fs::path moved = folder;
      for (auto rest = std::next(part); rest != given.end(); ++rest)
        moved /= *rest;
      if (!isThere(moved))
        continue;
      if (!movedNoted)
        assumptions.push_back(fmt::format(
            "'{}' of {} is not where it should be; read as {}, beside the "
            "file",
            path, file, moved.string()));
      movedNoted = true;
      return moved.string();
    }
    return wanted.string();
  }

  std::string file;
  fs::path folder;
  std::map<std::string, std::string> variables;
  std::vector<std::string> &assumptions;
  bool movedNoted = false;
};

/// "enabled": false, or "False" as some files write it.
bool disabled(const Json &object) {
  const auto found = object.find("enabled");
  if (found == object.end())
    return false;
  return *found == Json(false) || *found == Json("False") ||
         *found == Json("false");
}

Result<void> readPairs(Reader &reader, const Json &networks,
                       const std::string &kind, std::vector<FilePair> &out) {
  const std::string pointer = "/networks/" + kind + "s";
  const auto list = networks.find(kind + "s");
  if (list == networks.end())
    return {};
  if (!list->is_array())
    return Error("must be a list", reader.at(pointer));
  for (size_t i = 0; i < list->size(); ++i) {
    const Json &entry = (*list)[i];
    const std::string here = pointer + "/" + std::to_string(i);
    if (!entry.is_object())
      return Error("must be an object", reader.at(here));
    if (disabled(entry))
      continue;
    Result<std::string> file = reader.path(entry, kind + "s_file", here);
    if (!file)
      return file.takeError();
    if (file->empty())
      return Error(fmt::format("needs '{}s_file'", kind), reader.at(here));
    Result<std::string> types = reader.path(entry, kind + "_types_file", here);
    if (!types)
      return types.takeError();
    out.push_back({std::move(*file), std::move(*types), reader.at(here)});
  }
  return {};
}

Result<void> readCircuit(Reader &reader, Config &config) {
  const auto components = reader.root.find("components");
  if (components != reader.root.end() && components->is_object()) {
    Result<std::string> neurons =
        reader.path(*components, "point_neuron_models_dir", "/components");
    if (!neurons)
      return neurons.takeError();
    Result<std::string> synapses =
        reader.path(*components, "synaptic_models_dir", "/components");
    if (!synapses)
      return synapses.takeError();
    config.neuronFolder = std::move(*neurons);
    config.synapseFolder = std::move(*synapses);
  }
  const Json &networks = reader.root.at("networks");
  if (!networks.is_object())
    return Error("must be an object", reader.at("/networks"));
  if (Result<void> done = readPairs(reader, networks, "node", config.nodes);
      !done)
    return done;
  if (Result<void> done = readPairs(reader, networks, "edge", config.edges);
      !done)
    return done;
  if (config.nodes.empty())
    return Error("lists no nodes", reader.at("/networks/nodes"));
  return {};
}

/// The population that each node set of the file names.
Result<std::map<std::string, std::string>> readNodeSets(Reader &reader) {
  std::map<std::string, std::string> populations;
  Result<std::string> path = reader.path(reader.root, "node_sets_file", "");
  if (!path)
    return path.takeError();
  if (path->empty())
    return populations;
  Json sets;
  if (Result<void> read = readJson(*path, sets); !read)
    return read.takeError();
  for (const auto &[name, set] : sets.items())
    if (set.is_object() && set.contains("population") &&
        set["population"].is_string())
      populations[name] = set["population"].get<std::string>();
  return populations;
}

Result<void> readInputs(Reader &reader, Config &config,
                        std::vector<std::string> &assumptions) {
  const auto inputs = reader.root.find("inputs");
  if (inputs == reader.root.end())
    return {};
  if (!inputs->is_object())
    return Error("must be an object", reader.at("/inputs"));
  Result<std::map<std::string, std::string>> sets = readNodeSets(reader);
  if (!sets)
    return sets.takeError();
  for (const auto &[name, input] : inputs->items()) {
    const std::string here = "/inputs/" + name;
    if (!input.is_object())
      return Error("must be an object", reader.at(here));
    if (disabled(input)) {
      assumptions.push_back("input '" + name + "' is not enabled: left out");
      continue;
    }
    Result<std::string> type = reader.text(input, "input_type", here);
    Result<std::string> module = reader.text(input, "module", here);
    if (!type || !module)
      return type ? module.takeError() : type.takeError();
    if (*type != "spikes" || (*module != "h5" && *module != "sonata"))
      return Error(fmt::format("input '{}' has input_type '{}' and module "
                               "'{}'; only spikes of module h5 or sonata can "
                               "be read",
                               name, *type, *module),
                   reader.at(here))
          .note("set \"enabled\": false to leave it out");
    Result<std::string> file = reader.path(input, "input_file", here);
    if (!file)
      return file.takeError();
    if (file->empty())
      return Error("needs 'input_file'", reader.at(here));
    SpikeInput spikes{std::move(*file), {}, reader.at(here)};
    if (const auto set = input.find("node_set"); set != input.end()) {
      if (set->is_string())
        spikes.population = set->get<std::string>();
      else if (set->is_object() && set->contains("population") &&
               (*set)["population"].is_string())
        spikes.population = (*set)["population"].get<std::string>();
      else
        return Error("must name a population or a node set",
                     reader.at(here + "/node_set"));
      if (const auto found = sets->find(spikes.population);
          found != sets->end())
        spikes.population = found->second;
    }
    config.spikes.push_back(std::move(spikes));
  }
  return {};
}

Result<void> readRun(Reader &reader, Config &config) {
  const auto run = reader.root.find("run");
  if (run == reader.root.end())
    return {};
  if (!run->is_object())
    return Error("must be an object", reader.at("/run"));
  Result<std::optional<double>> dt = reader.number(*run, "dt", "/run");
  Result<std::optional<double>> tstop = reader.number(*run, "tstop", "/run");
  if (!dt || !tstop)
    return dt ? tstop.takeError() : dt.takeError();
  if (*dt && !(**dt > 0))
    return Error("must be above 0 (ms)", reader.at("/run/dt"));
  if (*tstop && !(**tstop > 0))
    return Error("must be above 0 (ms)", reader.at("/run/tstop"));
  config.dt = *dt;
  config.tstop = *tstop;
  return {};
}

} // namespace

std::string sonata::configFile(const std::string &path) {
  std::error_code status;
  if (!fs::is_directory(path, status))
    return path;
  for (const char *name :
       {"simulation_config.json", "circuit_config.json", "config.json"})
    if (isThere(fs::path(path) / name))
      return (fs::path(path) / name).string();
  return path;
}

Result<Config> sonata::readConfig(const std::string &path,
                                  std::vector<std::string> &assumptions) {
  Config config;
  config.file = configFile(path);
  std::error_code status;
  if (fs::is_directory(config.file, status))
    return Error("holds no simulation_config.json, circuit_config.json or "
                 "config.json",
                 Place{path, 0, 0, {}});
  Reader reader(config.file, assumptions);
  if (Result<void> opened = reader.open(); !opened)
    return opened.takeError();
  if (Result<void> done = readRun(reader, config); !done)
    return done.takeError();
  if (Result<void> done = readInputs(reader, config, assumptions); !done)
    return done.takeError();
  for (const char *ignored : {"conditions", "reports"})
    if (reader.root.contains(ignored) && !reader.root[ignored].empty())
      assumptions.push_back(
          fmt::format("{}: '{}' is not used", config.file, ignored));
  if (reader.root.contains("networks")) {
    if (Result<void> done = readCircuit(reader, config); !done)
      return done.takeError();
    return config;
  }
  Result<std::string> circuit = reader.path(reader.root, "network", "");
  if (!circuit)
    return circuit.takeError();
  if (circuit->empty() && !reader.root.contains("run"))
    return Error("has neither 'networks' (a circuit) nor 'network' and 'run' "
                 "(a simulation)",
                 Place{config.file, 0, 0, {}});
  if (circuit->empty())
    circuit =
        (fs::path(config.file).parent_path() / "circuit_config.json").string();
  config.file = *circuit;
  Reader second(*circuit, assumptions);
  if (Result<void> opened = second.open(); !opened)
    return opened.takeError();
  if (!second.root.contains("networks"))
    return Error("lists no networks", second.at("/networks"));
  if (Result<void> done = readCircuit(second, config); !done)
    return done.takeError();
  return config;
}
