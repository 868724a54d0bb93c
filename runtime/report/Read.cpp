// The part of a report's JSON text that tables of several reports show.

#include "runtime/report/Report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace limen;
using namespace limen::report;
using Json = nlohmann::json;

static Comparison readComparison(const Json &json) {
  Comparison comparison;
  comparison.against = json.at("against").get<std::string>();
  comparison.samples = json.at("samples").get<uint64_t>();
  comparison.predictionsDifferent =
      json.at("predictions_different").get<uint64_t>();
  for (const Json &p : json.at("populations"))
    comparison.populations.push_back({p.at("name").get<std::string>(),
                                      p.at("spikes").get<uint64_t>(),
                                      p.at("different").get<uint64_t>()});
  for (const Json &c : json.at("causes"))
    comparison.causes.push_back({c.at("name").get<std::string>(),
                                 c.at("count").get<uint64_t>(),
                                 c.at("description").get<std::string>()});
  return comparison;
}

static Ledger readEnergy(const Json &components) {
  Ledger ledger;
  for (const Json &row : components) {
    const std::string component = row.at("component").get<std::string>();
    const std::string action = row.at("action").get<std::string>();
    const double count = row.at("count").at("value").get<double>();
    const double price = row.at("price").at("value").get<double>();
    const Result<Status> status =
        parseStatus(row.at("status").get<std::string>());
    const Status known = status ? *status : Status::Assumed;
    const std::string source = row.at("source").get<std::string>();
    if (row.at("count").at("unit").get<std::string>() == "s")
      ledger.hold(component, action, Seconds(count),
                  {Watts(price), known, source});
    else
      ledger.charge(component, action, static_cast<uint64_t>(count),
                    {Joules(price), known, source});
    if (row.contains("range"))
      ledger.bound(component, action,
                   {row["range"].at("low").at("value").get<double>(),
                    row["range"].at("high").at("value").get<double>(),
                    row["range"].at("source").get<std::string>()});
  }
  return ledger;
}

static Report read(const Json &json) {
  Report report;
  report.target.name = json.at("target").at("name").get<std::string>();
  report.target.kind = json.at("target").at("kind").get<std::string>();
  report.network = json.at("network").at("name").get<std::string>();
  const Json &run = json.at("run");
  report.input = run.at("input").get<std::string>();
  report.samples = run.at("samples").get<uint64_t>();
  report.labelled = run.at("labelled").get<uint64_t>();
  report.correct = run.at("correct").get<uint64_t>();
  const Json &activity = json.at("activity");
  report.synapticEvents =
      activity.at("synaptic_events").at("total").get<uint64_t>();
  const Json &described = json.at("network").at("populations");
  for (size_t i = 0; i < described.size(); ++i) {
    Population population;
    population.name = described[i].at("name").get<std::string>();
    population.isInput = described[i].at("input").get<bool>();
    population.spikes =
        activity.at("populations").at(i).at("spikes").get<uint64_t>();
    report.populations.push_back(std::move(population));
  }
  const Json &time = json.at("time");
  if (time.contains("seconds"))
    report.time =
        Seconds(time.at("seconds").at("total").at("value").get<double>());
  const Json &energy = json.at("energy");
  if (energy.contains("components"))
    report.energy = readEnergy(energy.at("components"));
  for (const Json &r : json.at("resources"))
    report.resources.push_back(
        {r.at("name").get<std::string>(), r.at("used").get<uint64_t>(),
         r.at("available").get<uint64_t>(), r.at("unit").get<std::string>()});
  for (const Json &c : json.at("bit_budget").at("connections")) {
    Connection connection;
    connection.bitBudget = c.at("bb").get<double>();
    connection.sAce = c.at("s_ace").get<double>();
    connection.nsAce = c.at("ns_ace").get<double>();
    report.connections.push_back(std::move(connection));
  }
  const Json &memory = json.at("memory");
  auto bits = [&](const char *key) {
    return Bits(memory.at(key).at("value").get<uint64_t>());
  };
  report.weightMemory = bits("weights");
  report.drawnMemory = bits("drawn_weights");
  report.stateMemory = bits("state");
  report.readoutMemory = bits("readout");
  if (json.contains("comparison"))
    report.comparison = readComparison(json.at("comparison"));
  json.at("assumptions").get_to(report.assumptions);
  json.at("warnings").get_to(report.warnings);
  return report;
}

Result<Report> limen::report::readSummary(const std::string &text,
                                          const std::string &file) {
  const Place place{file, 0, 0, {}};
  try {
    const Json json = Json::parse(text);
    const Json &schema = json.at("schema");
    if (schema.at("name") != schemaName ||
        schema.at("version") != schemaVersion)
      return Error(fmt::format("is a {} of version {}; {} of version {} was "
                               "wanted",
                               schema.at("name").dump(),
                               schema.at("version").dump(), schemaName,
                               schemaVersion),
                   place);
    return read(json);
  } catch (const Json::parse_error &) {
    return Error(text.empty() ? "is empty; a run report was wanted"
                              : "is not a run report: it is not JSON",
                 place)
        .note("'limen run … --out DIR' writes DIR/report.json");
  } catch (const Json::exception &problem) {
    return Error(std::string("is not a run report: ") + problem.what(), place);
  }
}
