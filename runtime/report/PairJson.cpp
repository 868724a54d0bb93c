// The JSON text of a comparison. docs/compare.md lists the keys.

#include "runtime/report/JsonText.h"
#include "runtime/report/Pair.h"

using namespace limen;
using namespace limen::report;
using Json = nlohmann::ordered_json;

static Json sideJson(const PairSide &side) {
  Json causes = Json::array();
  for (const engine::Cause &cause : side.causes)
    causes.push_back({{"name", cause.name},
                      {"count", cause.count},
                      {"description", cause.description}});
  return {{"name", side.name},
          {"target", side.target},
          {"network", side.network},
          {"causes", causes},
          {"assumptions", side.assumptions},
          {"warnings", side.warnings},
          {"only_here", side.only}};
}

static Json differenceJson(const PairReport &report,
                           const PlacedDifference &at) {
  return {{"sample", at.sample},
          {"step", at.step},
          {"population", report.populations[at.population].name},
          {"neuron", at.neuron},
          {"spikes_a", at.spikesA},
          {"spikes_b", at.spikesB}};
}

static Json windowJson(const PairReport &report) {
  auto reals = [](const std::vector<float> &values) {
    Json out = Json::array();
    for (const float value : values)
      out.push_back(realJson(value));
    return out;
  };
  Json states = Json::array();
  for (const StateWindow &state : report.states)
    states.push_back(
        {{"state", state.state}, {"a", reals(state.a)}, {"b", reals(state.b)}});
  return {{"first_step", report.windowStart},
          {"spikes_a", report.windowA},
          {"spikes_b", report.windowB},
          {"states", states}};
}

std::string report::toJson(const PairReport &report) {
  Json populations = Json::array();
  for (const PairPopulation &p : report.populations) {
    const TrainDistance &d = p.distance;
    Json row = {{"name", p.name},
                {"neurons", p.neurons},
                {"latency_a", p.latencyA},
                {"latency_b", p.latencyB},
                {"spikes_a", d.spikesA},
                {"spikes_b", d.spikesB},
                {"same", d.same},
                {"coincident", d.coincident},
                {"trains", d.trains},
                {"trains_different", d.different},
                {"van_rossum", d.vanRossum},
                {"van_rossum_normalised", d.normalisedVanRossum()},
                {"victor_purpura", d.victorPurpura},
                {"victor_purpura_normalised", d.normalisedVictorPurpura()}};
    if (p.first)
      row["first_difference"] = differenceJson(report, *p.first);
    populations.push_back(std::move(row));
  }
  Json out = {{"schema", {{"name", "limen.comparison"}, {"version", 1}}},
              {"identical", report.identical()},
              {"a", sideJson(report.a)},
              {"b", sideJson(report.b)},
              {"input", report.input},
              {"seed", report.seed},
              {"samples", report.samples},
              {"samples_different", report.samplesDifferent},
              {"tau_steps", report.options.tau},
              {"cost_per_step", report.options.cost},
              {"window_steps", report.options.window}};
  if (report.outputsCompared)
    out["outputs"] = {{"tolerance", report.tolerance},
                      {"largest_difference", report.largestOutputDifference},
                      {"predictions_different", report.predictionsDifferent}};
  if (report.first) {
    out["first_difference"] = differenceJson(report, *report.first);
    out["around_it"] = windowJson(report);
  }
  out["populations"] = std::move(populations);
  out["why"] = explain(report);
  return writeJson(out);
}
