// limen estimate: what a network will cost, from rates, before it is run.

#include "runtime/report/Grid.h"
#include "tools/limen/Command.h"

#include <charconv>
#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

namespace {

struct EstimateFlags {
  NetworkFlags network;
  TargetFlags target;
  std::vector<std::string> rates = {"10"};
  double seconds = 1;
};

/// Spikes a step by node, from RATE (all) and NAME=RATE in spikes/s.
Result<std::vector<double>> readRates(const network::Network &network,
                                      const std::vector<std::string> &texts) {
  std::vector<double> out(network.nodes.size(), 0);
  for (const std::string &text : texts) {
    const size_t equals = text.rfind('=');
    const std::string number =
        equals == std::string::npos ? text : text.substr(equals + 1);
    double rate = 0;
    const auto [end, fault] =
        std::from_chars(number.data(), number.data() + number.size(), rate);
    if (fault != std::errc() || end != number.data() + number.size() ||
        !(rate >= 0 && rate <= 1e9))
      return Error(fmt::format("--rate {}: '{}' is no rate; a number of "
                               "spikes/s from 0 to 1e9 was wanted",
                               text, number));
    bool found = equals == std::string::npos;
    for (size_t n = 0; n < out.size(); ++n)
      if (equals == std::string::npos ||
          network.nodes[n].name == text.substr(0, equals)) {
        out[n] = rate * network.dt.value();
        found = true;
      }
    if (!found)
      return Error(fmt::format("--rate {}: the network has no '{}'", text,
                               text.substr(0, equals)));
  }
  return out;
}

Result<void> estimate(const EstimateFlags &flags) {
  Result<Compilation> compiled =
      Compilation::compile(flags.network, flags.target);
  if (!compiled)
    return compiled.takeError();
  Result<program::LoadedProgram> loaded =
      program::load(*compiled->module, *compiled->target, {});
  if (!loaded)
    return loaded.takeError();
  const engine::Engine &engine = *loaded->engine;
  Result<std::vector<double>> rates = readRates(engine.network(), flags.rates);
  if (!rates)
    return rates.takeError();
  const auto steps = static_cast<uint32_t>(
      std::max(1.0, flags.seconds / engine.network().dt.value() + 0.5));
  const std::vector<uint64_t> actions = engine.estimate(*rates, steps);
  if (actions.empty())
    return Error(fmt::format("target '{}' has no estimate before a run",
                             compiled->target->name))
        .note("SpiNNaker-style targets have one, e.g. --target spinnaker1-48; "
              "'limen run' measures on all");

  report::Grid counts({false, true});
  counts.row({"estimate", fmt::format("{} steps of {}", steps,
                                      format(engine.network().dt))});
  counts.rule();
  const std::vector<engine::Action> names = engine.actions();
  for (size_t i = 0; i < names.size(); ++i)
    if (actions[i] > 0)
      counts.row({names[i].description, fmt::format("{}", actions[i])});
  for (const engine::Resource &used : engine.resources())
    counts.row({used.name, fmt::format("{} of {} {}", used.used, used.available,
                                       used.unit)});
  fmt::print("{}\n", counts.text());

  const Seconds time = engine.timeOf(steps);
  const Ledger ledger = engine.price(actions, time);
  report::Grid grid({false, false, true, true, false, false});
  grid.row({"component", "action", "price", "energy", "status", "source"});
  grid.rule();
  for (const Ledger::Row &row : ledger.rows())
    grid.row({row.component, row.action,
              formatQuantity(row.price, row.unit == "s" ? "W" : "J"),
              format(row.energy), std::string(toString(row.status)),
              row.source});
  fmt::print("{}\n  {} in {} on the machine; prices: {}\n", grid.text(),
             format(ledger.total()), format(time),
             compiled->target->name + (engine.priceTable().empty()
                                           ? ""
                                           : ", table " + engine.priceTable()));
  return {};
}

} // namespace

void cli::addEstimate(CLI::App &app, int &exitCode) {
  auto flags = std::make_shared<EstimateFlags>();
  CLI::App *command = app.add_subcommand(
      "estimate", "Say what a network will cost at given rates, without "
                  "running it (SpiNNaker-style targets)");
  flags->network.add(*command, /*compiled=*/true);
  flags->target.add(*command);
  command->footer("Examples:\n"
                  "  limen estimate net.yaml --target spinnaker1-48 --rate 10 "
                  "--rate input=50\n"
                  "  limen estimate net.limen --seconds 60\n");
  command
      ->add_option("--rate", flags->rates,
                   "Spikes/s of every input and population, or NAME=RATE "
                   "(repeatable, later ones win)")
      ->allow_extra_args(false)
      ->capture_default_str();
  command
      ->add_option("--seconds", flags->seconds,
                   "Time of the network that is estimated, s")
      ->check(CLI::Range(1e-6, 1e6))
      ->capture_default_str();
  command->callback([flags, &exitCode] { finish(estimate(*flags), exitCode); });
}
