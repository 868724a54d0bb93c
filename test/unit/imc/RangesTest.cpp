// No joule of a chip of macros is shown without a range: the whole report, read
// back from its JSON.

#include "runtime/report/Report.h"
#include "test/unit/imc/Chip.h"

#include <nlohmann/json.hpp>
#include <set>

using namespace limen;
using Json = nlohmann::json;

namespace {

/// Two independent networks of written cells with a readout, larger than one
/// macro together.
std::string networks() {
  std::string members;
  for (const std::string name : {"x", "y"})
    members += "  %s" + name + " = snn.input \"in_" + name +
               "\" : !snn.spikes<24>\n  %a" + name + " = snn.dense %s" + name +
               " weights(dense<0.25> : tensor<20x24xf32>) : !snn.spikes<24> -> "
               "!snn.current<20>\n  %n" +
               name + " = snn.neuron \"n_" + name + "\" @if(%a" + name +
               ") {r = 1.0 : f64, v_threshold = 1.5 : f64} : "
               "(!snn.current<20>) -> !snn.spikes<20>\n  %b" +
               name + " = snn.dense %n" + name +
               " weights(dense<0.25> : tensor<24x20xf32>) : !snn.spikes<20> -> "
               "!snn.current<24>\n  %m" +
               name + " = snn.neuron \"m_" + name + "\" @if(%b" + name +
               ") {r = 1.0 : f64, v_threshold = 1.5 : f64} : "
               "(!snn.current<24>) -> !snn.spikes<24>\n  %h" +
               name + " = snn.readout \"h_" + name + "\" %m" + name +
               " weights(dense<0.5> : tensor<4x24xf32>) bias(dense<-1.0> : "
               "tensor<4xf32>) activation relu : !snn.spikes<24> -> "
               "!snn.scores<4>\n  snn.output \"scores_" +
               name + "\" %h" + name + " : !snn.scores<4>\n";
  return "snn.network @net dt 0.001 {\n" + members + "}\n";
}

input::Sample busy() {
  std::vector<std::vector<input::Event>> steps(6);
  for (uint32_t t = 0; t < 6; ++t)
    for (uint32_t i = t % 2; i < 24; i += 2)
      steps[t].push_back({i, 1.0f});
  return sampleOf(steps);
}

/// The report of two samples on macros of 32 x 64, with every kind of work.
Json reportOf(const std::vector<std::string> &extra) {
  std::vector<std::string> overrides = {
      "macros=1",       "array.rows=32",           "array.max_active_rows=32",
      "array.cols=64",  "drive.kind=levels",       "mapping.sharing=in_time",
      "drive.sign=off", "weights.encoding=offset", "adc.kind=quantizer"};
  overrides.insert(overrides.end(), extra.begin(), extra.end());
  Chip chip(networks(), overrides);
  input::Sample sample = busy();
  sample.others.push_back(busy());
  const std::vector<engine::SampleResult> results = {chip.run(sample),
                                                     chip.run(sample)};
  const std::vector<report::SampleKey> keys(
      2, report::keyOf(*chip.network, sample));
  report::RunInfo info;
  return Json::parse(
      report::toJson(report::build(*chip.engine, info, keys, results)));
}

double valueOf(const Json &quantity) { return quantity["value"].get<double>(); }

bool isEnergy(const Json &value) {
  return value.is_object() && value.size() == 2 && value.contains("value") &&
         value.contains("unit") && value["unit"] == "J";
}

/// Counts energies, and fails for one whose object says no range.
void walk(const Json &value, const std::string &path, unsigned &energies) {
  if (!value.is_structured())
    return;
  for (const auto &[key, item] : value.items()) {
    const std::string here = path + "/" + key;
    if (isEnergy(item)) {
      ++energies;
      if (key == "low" || key == "high")
        continue;
      const bool ranged = value.is_object() && (value.contains("range") ||
                                                value.contains("energy_range"));
      ASSERT_TRUE(ranged) << here << " has no range";
      continue;
    }
    walk(item, here, energies);
  }
}

/// low <= energy <= high, and not all the same where there is any energy.
void expectWithin(const Json &range, const Json &energy,
                  const std::string &what) {
  const double value = valueOf(energy);
  EXPECT_LE(valueOf(range["low"]), value * (1 + 1e-12)) << what;
  EXPECT_GE(valueOf(range["high"]), value * (1 - 1e-12)) << what;
  if (value > 0) {
    EXPECT_LT(valueOf(range["low"]), valueOf(range["high"])) << what;
  }
}

} // namespace

TEST(ImcRanges, NoJouleOfAReportIsWithoutARange) {
  const Json report = reportOf({});
  unsigned energies = 0;
  walk(report, "", energies);

  const Json &energy = report["energy"];
  double total = 0, low = 0, high = 0, mean = 0;
  std::set<std::string> components;
  for (const Json &row : energy["components"]) {
    const std::string what = row["component"].get<std::string>() + ", " +
                             row["action"].get<std::string>();
    components.insert(row["component"].get<std::string>());
    ASSERT_TRUE(row.contains("range")) << what;
    const Json &range = row["range"];
    EXPECT_EQ(range["low"]["unit"], row["price"]["unit"]) << what;
    expectWithin(range, row["price"], what);
    EXPECT_FALSE(range["source"].get<std::string>().empty()) << what;
    const double count = valueOf(row["count"]);
    EXPECT_DOUBLE_EQ(valueOf(row["energy"]), count * valueOf(row["price"]));
    total += valueOf(row["energy"]);
    mean += valueOf(row["per_inference"]);
    low += count * valueOf(range["low"]);
    high += count * valueOf(range["high"]);
  }
  EXPECT_EQ(components,
            (std::set<std::string>{"arrays", "converters", "digital head",
                                   "digital unit", "loads"}));
  const auto near = [](double a, double b) {
    EXPECT_NEAR(a, b, 1e-12 * std::abs(b));
  };
  near(valueOf(energy["total"]), total);
  near(valueOf(energy["per_inference"]), mean);
  near(valueOf(energy["total"]), 2 * mean);
  near(valueOf(energy["range"]["low"]), low);
  near(valueOf(energy["range"]["high"]), high);
  EXPECT_LT(low, total);
  EXPECT_GT(high, total);

  double ofNetworks = 0;
  ASSERT_EQ(report["networks"].size(), 2u);
  for (const Json &network : report["networks"]) {
    expectWithin(network["energy_range"], network["energy_per_inference"],
                 "network");
    ofNetworks += valueOf(network["energy_per_inference"]);
  }
  double leakage = 0, loads = 0, loadsLow = 0, loadsHigh = 0;
  for (const Json &row : energy["components"]) {
    if (row["count"]["unit"] == "s")
      leakage += valueOf(row["per_inference"]);
    if (row["component"] != "loads")
      continue;
    loads += valueOf(row["per_inference"]);
    loadsLow += valueOf(row["count"]) * valueOf(row["range"]["low"]) / 2;
    loadsHigh += valueOf(row["count"]) * valueOf(row["range"]["high"]) / 2;
  }
  EXPECT_GT(leakage, 0);
  EXPECT_NEAR(ofNetworks, mean - leakage, 1e-9 * mean);

  const Json &writing = report["writing"]["loads_per_inference"];
  EXPECT_GT(loads, 0);
  near(valueOf(writing["energy"]), loads);
  near(valueOf(writing["energy_range"]["low"]), loadsLow);
  near(valueOf(writing["energy_range"]["high"]), loadsHigh);
  // Components: a price, an energy and a mean, and two ends of the price,
  // except that leakage has prices in W. Then total, mean and two ends; three
  // of each network and of both writings.
  const unsigned rows = static_cast<unsigned>(energy["components"].size());
  EXPECT_EQ(energies, rows * 5 - 2 * 3 + 4 + 2 * 3 + 2 * 3);
}

TEST(ImcRanges, TablesOfLiteratureAreTheEndsOfTheRange) {
  const Json own = reportOf({})["energy"];
  const Json low = reportOf({"energy.table=literature_low"})["energy"];
  const Json high = reportOf({"energy.table=literature_high"})["energy"];
  EXPECT_NEAR(valueOf(low["total"]), valueOf(own["range"]["low"]),
              1e-12 * valueOf(low["total"]));
  EXPECT_NEAR(valueOf(high["total"]), valueOf(own["range"]["high"]),
              1e-12 * valueOf(high["total"]));
}

TEST(ImcRanges, AReportThatIsReadBackHasTheSameRange) {
  Chip chip(networks(), {"macros=1", "mapping.sharing=in_time", "array.rows=32",
                         "array.max_active_rows=32", "array.cols=64"});
  input::Sample sample = busy();
  sample.others.push_back(busy());
  const std::vector<engine::SampleResult> results = {chip.run(sample)};
  const std::vector<report::SampleKey> keys = {
      report::keyOf(*chip.network, sample)};
  const report::Report made = report::build(*chip.engine, {}, keys, results);
  auto read = report::readSummary(report::toJson(made), "r.json");
  ASSERT_TRUE(bool(read)) << read.error().text();
  ASSERT_TRUE(read->energy && made.energy);
  EXPECT_DOUBLE_EQ(read->energy->lowest().value(),
                   made.energy->lowest().value());
  EXPECT_DOUBLE_EQ(read->energy->highest().value(),
                   made.energy->highest().value());
  for (size_t i = 0; i < made.energy->rows().size(); ++i)
    EXPECT_EQ(read->energy->rows()[i].range->source,
              made.energy->rows()[i].range->source);
  const std::string table = report::toTable(made);
  EXPECT_NE(table.find("range"), std::string::npos);
}
