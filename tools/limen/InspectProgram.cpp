#include "tools/limen/InspectProgram.h"

#include "compiler/Pipelines/Pipelines.h"
#include "runtime/report/Grid.h"
#include "runtime/report/JsonText.h"
#include "tools/limen/Command.h"
#include "tools/limen/ProgramSummary.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

using namespace limen;
using namespace limen::cli;
using Json = nlohmann::ordered_json;
using report::Grid;
using report::grouped;

static std::string text(const Json &value) { return value.get<std::string>(); }

static std::string number(const Json &value) {
  return grouped(value.get<uint64_t>());
}

static std::string joined(const Json &list, const char *between = ", ") {
  std::string out;
  for (const Json &item : list)
    out += (out.empty() ? "" : between) +
           (item.is_string() ? text(item) : item.dump());
  return out;
}

static std::string networkTables(const Json &network) {
  Grid populations({false, false, true, true});
  populations.row({"population", "model", "shape", "elements"});
  populations.rule();
  for (const Json &entry : network["populations"])
    populations.row({text(entry["name"]),
                     entry["input"] ? "(input)" : text(entry["model"]),
                     joined(entry["shape"], "x"), number(entry["size"])});
  Grid projections({false, false, true, true, true});
  projections.row({"projection", "synapses", "delay", "weights", "seed"});
  projections.rule();
  for (const Json &entry : network["projections"]) {
    std::string stages = joined(entry["stages"]);
    if (entry.contains("distribution"))
      stages += " (" + text(entry["distribution"]) + ")";
    if (entry.contains("rule"))
      stages += ", rule " + text(entry["rule"]);
    projections.row({text(entry["name"]), stages, entry["delay_steps"].dump(),
                     number(entry["weights"]),
                     entry.contains("seed") ? entry["seed"].dump() : ""});
  }
  std::string out = "\n" + populations.text() + "\n" + projections.text();
  if (network["readouts"].empty())
    return out;
  Grid readouts({false, false, true, true});
  readouts.row({"readout", "reads", "inputs", "classes"});
  readouts.rule();
  for (const Json &entry : network["readouts"])
    readouts.row({text(entry["name"]), text(entry["source"]),
                  number(entry["inputs"]), number(entry["classes"])});
  return out + "\n" + readouts.text();
}

static std::string macroTables(const Json &chip) {
  std::string out = fmt::format(
      "\nmacros     {} of {}, {} x {} cells each, {} rows active at once\n"
      "regions    {} of {} matrices, in {} turn{}\n\n",
      number(chip["used"]), number(chip["available"]), number(chip["rows"]),
      number(chip["columns"]), number(chip["active_rows"]),
      number(chip["regions"]), number(chip["matrices"]), number(chip["turns"]),
      chip["turns"] == 1 ? "" : "s");
  Grid macros({true, true, true, true, true, false});
  macros.row({"macro", "regions", "formed", "written", "of cells", "for"});
  macros.rule();
  for (const Json &entry : chip["macros"])
    macros.row({number(entry["macro"]), number(entry["regions"]),
                number(entry["formed"]), number(entry["written"]),
                number(entry["cells"]), joined(entry["populations"])});
  return out + macros.text();
}

/// Cores by population and kind; all of them are in the JSON.
static std::string coreTables(const Json &chip) {
  struct Sum {
    uint64_t cores = 0, neurons = 0, fullest = 0, rows = 0;
    bool known = false;
  };
  std::vector<std::pair<std::pair<std::string, std::string>, Sum>> sums;
  for (const Json &core : chip["cores"]) {
    const std::pair key{text(core["population"]), text(core["kind"])};
    auto found = std::ranges::find(sums, key, [](auto &s) { return s.first; });
    if (found == sums.end())
      found = sums.insert(sums.end(), {key, Sum()});
    Sum &sum = found->second;
    ++sum.cores;
    sum.neurons +=
        core["slice"][1].get<uint64_t>() - core["slice"][0].get<uint64_t>();
    sum.rows += core["rows"]["value"].get<uint64_t>();
    if (core.contains("dtcm")) {
      sum.known = true;
      sum.fullest =
          std::max(sum.fullest, core["dtcm"]["value"].get<uint64_t>());
    }
  }
  std::string out =
      fmt::format("\ncores      {} of {}, {} bytes of data memory each\n",
                  number(chip["cores_used"]), number(chip["cores_available"]),
                  number(chip["dtcm_of_core"]["value"]));
  Grid cores({false, false, true, true, true, true});
  cores.row({"population", "cores for", "cores", "elements",
             "bytes in the fullest", "bytes of rows"});
  cores.rule();
  for (const auto &[key, sum] : sums)
    cores.row({key.first, key.second, grouped(sum.cores), grouped(sum.neurons),
               sum.known ? grouped(sum.fullest) : "", grouped(sum.rows)});
  out += "\n" + cores.text();
  Grid chips({false, true, true, true, true});
  chips.row({"chip", "routing entries", "of", "bytes of rows", "of"});
  chips.rule();
  for (const Json &entry : chip["chips"])
    chips.row({joined(entry["chip"], ","), number(entry["table_entries"]),
               number(chip["table_entries_of_chip"]),
               number(entry["rows"]["value"]),
               number(chip["sdram_of_chip"]["value"])});
  out += "\n" + chips.text();
  for (const Json &remark : chip["remarks"])
    out += "\nremark: " + text(remark);
  return out + (chip["remarks"].empty() ? "" : "\n");
}

static std::string priceTable(const Json &energy) {
  Grid prices({false, true, false, false});
  prices.row({"price", "value", "status", "source"});
  prices.rule();
  for (const Json &entry : energy["rows"])
    prices.row({text(entry["name"]), text(entry["value"]),
                entry.value("status", ""), entry.value("source", "")});
  return "\nenergy     table " + text(energy["table"]) + "\n\n" + prices.text();
}

static std::string tables(const std::string &path, const Json &program) {
  const Json &file = program["file"], &network = program["network"];
  std::string out;
  const auto row = [&](std::string_view name, const std::string &value) {
    out += fmt::format("{:<10} {}\n", name, value);
  };
  row("file",
      fmt::format("{} ({} bytes)", path, number(file["size"]["value"])));
  row("format", fmt::format("compiled program, version {}, checksum {}...",
                            file["format_version"].dump(),
                            text(file["checksum"]).substr(0, 16)));
  row("target", fmt::format("{} ({})", text(program["target"]["name"]),
                            text(program["target"]["kind"])));
  row("network", fmt::format("{}: {} neurons, step {}", text(network["name"]),
                             number(network["neurons"]),
                             formatQuantity(network["dt"]["value"], "s")));
  if (network["independent"].size() > 1)
    row("networks",
        fmt::format("{} independent ones: {}", network["independent"].size(),
                    joined(network["independent"])));
  row("outputs", joined(network["outputs"]));
  row("seeds", "of projections below; neurons and devices draw by the --seed "
               "of a run");
  for (const Json &assumed : program["assumptions"])
    row("assumed", text(assumed));
  out += networkTables(network);
  if (program.contains("rram"))
    out += macroTables(program["rram"]);
  if (program.contains("spinnaker"))
    out += coreTables(program["spinnaker"]);
  if (program.contains("energy"))
    out += priceTable(program["energy"]);
  return out;
}

bool cli::isProgramFile(const std::string &path) {
  return path.ends_with(".limen") || program::hasProgramMagic(path);
}

Result<void> cli::inspectProgram(const std::string &path, bool json) {
  const std::unique_ptr<mlir::MLIRContext> context = makeContext();
  Result<program::StoredProgram> stored =
      program::readProgram(path, context.get());
  if (!stored)
    return stored.takeError();
  const auto within = [&](Error error) {
    return error.place.file == path ? std::move(error)
                                    : std::move(error).note("in " + path);
  };
  Result<target::Target> target = targetOf(*stored->module);
  if (!target)
    return within(target.takeError());
  Result<Json> summary = summariseProgram(*stored, *target);
  if (!summary)
    return within(summary.takeError());
  fmt::print("{}", json ? report::writeJson(*summary) : tables(path, *summary));
  return {};
}
