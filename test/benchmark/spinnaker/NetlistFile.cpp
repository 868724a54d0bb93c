#include "test/benchmark/spinnaker/NetlistFile.h"

#include "hw-models/base/Files.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unordered_map>

using namespace limen;
using namespace limen::bench;
using mapping::Netlist;
using nlohmann::json;

namespace {

/// Turns the document into a netlist; stops at the first error.
class Reader {
public:
  explicit Reader(std::string file) : file(std::move(file)) {}

  Result<Netlist> read(const json &root) {
    if (!root.is_object() || !root.contains("vertices_resources") ||
        !root.contains("nets"))
      return fail("", "is no netlist; an object with 'vertices_resources' and "
                      "'nets' was wanted");
    const json *groups = nullptr;
    if (const auto at = root.find("same_chip_constraints");
        at != root.end() && !at->is_null())
      groups = &*at;
    const bool done = readVertices(root["vertices_resources"]) &&
                      readNets(root["nets"]) &&
                      (!groups || readGroups(*groups));
    if (!done)
      return std::move(*error);
    return std::move(netlist);
  }

private:
  Error fail(const std::string &path, std::string message) {
    return Error(std::move(message), Place{file, 0, 0, path});
  }
  bool stop(const std::string &path, std::string message) {
    error = fail(path, std::move(message));
    return false;
  }

  bool readVertices(const json &list) {
    if (!list.is_object())
      return stop("/vertices_resources",
                  "is no object of vertices and their resources");
    for (const auto &[name, resources] : list.items()) {
      const std::string path = "/vertices_resources/" + name;
      if (!resources.is_object())
        return stop(path, "is no object like {\"Cores\": 1, \"SDRAM\": 0}");
      mapping::Vertex vertex{name, 0, 0};
      for (const auto &[resource, amount] : resources.items()) {
        const bool cores = resource == "Cores";
        if (!cores && resource != "SDRAM")
          return stop(path + "/" + resource,
                      "is an unknown resource; Cores and SDRAM are known");
        constexpr uint64_t most = uint64_t(1) << 40;
        const double number = amount.is_number() ? amount.get<double>() : -1;
        if (number < 0 || number > (cores ? 65535.0 : double(most)) ||
            number != std::floor(number))
          return stop(path + "/" + resource,
                      fmt::format("is {}; a whole number, not negative, was "
                                  "wanted",
                                  amount.dump()));
        if (cores)
          vertex.cores = static_cast<unsigned>(number);
        else
          vertex.sdram = static_cast<uint64_t>(number);
      }
      ids[name] = static_cast<unsigned>(netlist.vertices.size());
      netlist.vertices.push_back(std::move(vertex));
    }
    return true;
  }

  bool readVertex(const json &item, const std::string &path, unsigned &vertex) {
    const std::string name =
        item.is_string() ? item.get<std::string>() : item.dump();
    const auto at = ids.find(name);
    if (at == ids.end())
      return stop(path, fmt::format("names vertex '{}', which "
                                    "'vertices_resources' does not have",
                                    name));
    vertex = at->second;
    return true;
  }

  bool readList(const json &items, const std::string &path,
                std::vector<unsigned> &out) {
    if (!items.is_array())
      return stop(path, "is no list of vertices");
    for (size_t i = 0; i < items.size(); ++i) {
      unsigned vertex = 0;
      if (!readVertex(items[i], fmt::format("{}/{}", path, i), vertex))
        return false;
      out.push_back(vertex);
    }
    return true;
  }

  bool readNets(const json &list) {
    if (!list.is_array())
      return stop("/nets", "is no list of nets");
    for (size_t n = 0; n < list.size(); ++n) {
      const std::string path = fmt::format("/nets/{}", n);
      const json &item = list[n];
      if (!item.is_array() || item.size() != 3)
        return stop(path, "is not of the form [source, [sinks], weight]");
      mapping::Net net;
      if (!readVertex(item[0], path + "/0", net.source) ||
          !readList(item[1], path + "/1", net.sinks))
        return false;
      if (!item[2].is_number() || !std::isfinite(item[2].get<double>()) ||
          item[2].get<double>() < 0)
        return stop(path + "/2",
                    fmt::format("is {}; a weight, not negative, was wanted",
                                item[2].dump()));
      net.weight = item[2].get<double>();
      netlist.nets.push_back(std::move(net));
    }
    return true;
  }

  bool readGroups(const json &list) {
    if (!list.is_array())
      return stop("/same_chip_constraints", "is no list of lists of vertices");
    for (size_t g = 0; g < list.size(); ++g)
      if (!readList(list[g], fmt::format("/same_chip_constraints/{}", g),
                    netlist.sameChip.emplace_back()))
        return false;
    return true;
  }

  std::string file;
  Netlist netlist;
  std::unordered_map<std::string, unsigned> ids;
  std::optional<Error> error;
};

} // namespace

Result<Netlist> limen::bench::parseNetlist(const std::string &bytes,
                                           const std::string &file) {
  json root;
  try {
    root = json::parse(bytes);
    return Reader(file).read(root);
  } catch (const json::parse_error &problem) {
    return Error(
        fmt::format("is no JSON: syntax error at byte {}", problem.byte),
        Place{file, 0, 0, {}});
  } catch (const json::exception &problem) { // text that is no UTF-8
    return Error(fmt::format("cannot be read: {}", problem.what()),
                 Place{file, 0, 0, {}});
  }
}

Result<Netlist> limen::bench::readNetlist(const std::string &file) {
  auto bytes = readFile(file);
  if (!bytes)
    return bytes.takeError();
  return parseNetlist(*bytes, file);
}

Result<target::Chip> limen::bench::parseMesh(const std::string &text) {
  const auto number = [](std::string_view part, int &out) {
    const auto [end, code] =
        std::from_chars(part.data(), part.data() + part.size(), out);
    return code == std::errc() && end == part.data() + part.size() &&
           out >= 1 && out <= 256;
  };
  target::Chip size;
  const size_t cross = text.find('x');
  if (cross == std::string::npos ||
      !number(std::string_view(text).substr(0, cross), size.x) ||
      !number(std::string_view(text).substr(cross + 1), size.y))
    return Error(fmt::format("--mesh {} is no size like 13x13, each side from "
                             "1 to 256",
                             text));
  return size;
}
