// --lif-ring: a ring of spiking neurons, its membranes and synaptic currents as
// sPyNNaker's integration test records them.
//
// N neurons of IF_curr_exp; neuron n drives neuron (n + 1) mod N with 2 nA
// after DELAY steps of 1 ms; one more spike of 2 nA reaches neuron 0 in step 1.
// V is what it is when a step begins, the current what it is after the step's
// input.

#include "test/benchmark/spinnaker/Mode.h"

#include "compiler/Import/Description.h"
#include "compiler/Pipelines/Pipelines.h"
#include "dialects/Registration.h"
#include "hw-models/base/Files.h"
#include "runtime/jit/Jit.h"
#include "runtime/program/Load.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace limen;
using namespace limen::bench;

namespace {

struct Ring {
  uint32_t neurons = 0, delay = 0, steps = 0;
};

/// What a run records: one value per step and neuron, and spikes.
struct Traces {
  std::vector<float> v, gsyn; ///< [step][neuron]
  engine::Raster spikes;
  uint64_t cores = 0, delayCores = 0;
};

struct Recorded {
  const char *name;
  Ring ring;
};
constexpr Recorded recorded[] = {{"20_1", {20, 1, 100}},
                                 {"20_17", {20, 17, 500}}};

} // namespace

static std::string describe(const Ring &ring) {
  std::string synapses;
  for (uint32_t n = 0; n < ring.neurons; ++n)
    synapses +=
        fmt::format("{}[{}, {}]", n ? ", " : "", n, (n + 1) % ring.neurons);
  return fmt::format(R"(network: lif_ring
dt: 1 ms
inputs:
  pulse: {{shape: [1], spikes: [[0 ms]]}}
populations:
  ring:
    model: spinnaker_if_curr_exp
    shape: [{}]
    parameters:
      tau_m: 20 ms
      cm: 0.25 nF
      v_rest: -65 mV
      v_reset: -70 mV
      v_thresh: -50 mV
      tau_refrac: 2 ms
      tau_syn_e: 5 ms
      tau_syn_i: 5 ms
      i_offset: 0 nA
projections:
  pulse_ring:
    from: pulse
    to: ring
    receptor: exc
    delay: 1
    rule: list
    synapses: [[0, 0]]
    weights: {{distribution: constant, value: 2 nA}}
  ring_ring:
    from: ring
    to: ring
    receptor: exc
    delay: {}
    rule: list
    synapses: [{}]
    weights: {{distribution: constant, value: 2 nA}}
outputs: [ring]
)",
                     ring.neurons, ring.delay, synapses);
}

static Result<Traces> simulate(const Ring &ring, const std::string &name,
                               const std::vector<std::string> &overrides) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  jit::registerTranslations(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  std::vector<std::string> assumptions;
  auto module =
      importDescriptionText(describe(ring), "ring.yaml", &context, assumptions);
  if (!module)
    return module.takeError();
  auto target = target::loadDocument(name, overrides);
  if (!target)
    return target.takeError();
  if (auto done = lower(**module, *target); !done)
    return done.takeError();
  auto loaded = program::load(**module, *target, {});
  if (!loaded)
    return loaded.takeError();

  const network::Network &network = loaded->engine->network();
  unsigned node = 0;
  while (network.nodes[node].name != "ring")
    ++node;
  const auto &states = network.nodes[node].model.states;
  const auto indexOf = [&](std::string_view wanted) {
    int k = 0;
    while (states[k].name != wanted)
      ++k;
    return k;
  };
  engine::SessionOptions options;
  options.recordRasters = true;
  options.traces = {{node, indexOf("v"), /*before=*/true},
                    {node, indexOf("i_exc"), /*before=*/false}};
  input::Sample sample;
  sample.id = "ring";
  sample.steps = ring.steps;
  sample.offsets.assign(ring.steps + 1, 0);
  auto result = loaded->engine->open(options)->run(sample);
  if (!result)
    return result.takeError();
  Traces traces{std::move(result->traces[0]), std::move(result->traces[1]),
                std::move(result->rasters[node])};
  for (const engine::UnitLoad &unit : loaded->engine->loads()) {
    ++traces.cores;
    traces.delayCores += unit.population.find("delay") != std::string::npos;
  }
  return traces;
}

static std::string traceCsv(const Ring &ring, const std::vector<float> &trace) {
  std::string text;
  for (uint32_t n = 0; n < ring.neurons; ++n)
    for (uint32_t t = 0; t < ring.steps; ++t)
      text += fmt::format("{:.18e},{:.18e},{:.18e}\n", double(n), double(t),
                          double(trace[size_t(t) * ring.neurons + n]));
  return text;
}

static std::string spikesCsv(const engine::Raster &spikes) {
  std::vector<std::pair<uint32_t, uint32_t>> sorted; // neuron, step
  for (uint64_t spike : spikes)
    sorted.emplace_back(static_cast<uint32_t>(spike),
                        static_cast<uint32_t>(spike >> 32));
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (auto [neuron, step] : sorted)
    text += fmt::format("{:.18e},{:.18e}\n", double(neuron), double(step));
  return text;
}

/// Rows of a CSV of numbers.
static Result<std::vector<std::vector<double>>>
readRows(const std::string &file) {
  std::ifstream in(file);
  if (!in)
    return Error("cannot be read", {file, 0, 0, {}});
  std::vector<std::vector<double>> rows;
  for (std::string line; std::getline(in, line);) {
    rows.emplace_back();
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');)
      rows.back().push_back(std::strtod(field.c_str(), nullptr));
  }
  return rows;
}

/// Rows of `file` that are not those of `text`.
static Result<size_t> mismatches(const std::string &text,
                                 const std::string &file) {
  auto wanted = readRows(file);
  if (!wanted)
    return wanted.takeError();
  std::istringstream in(text);
  size_t different = 0, at = 0;
  for (std::string line; std::getline(in, line); ++at) {
    std::vector<double> row;
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');)
      row.push_back(std::strtod(field.c_str(), nullptr));
    different += at >= wanted->size() || row != (*wanted)[at];
  }
  return different + (wanted->size() > at ? wanted->size() - at : 0);
}

static std::optional<Ring> parseRing(const std::string &text) {
  Ring ring;
  const char *at = text.data(), *const end = text.data() + text.size();
  for (uint32_t *field : {&ring.neurons, &ring.delay, &ring.steps}) {
    if (field != &ring.neurons && (at == end || *at++ != ','))
      return std::nullopt;
    const auto [next, status] = std::from_chars(at, end, *field);
    if (status != std::errc())
      return std::nullopt;
    at = next;
  }
  if (at != end || ring.neurons == 0 || ring.delay == 0 || ring.steps == 0)
    return std::nullopt;
  return ring;
}

namespace {

class LifRingMode : public Mode {
public:
  void addOptions(CLI::App &app) override {
    app.add_option("--lif-ring", text,
                   "Run a ring of N neurons with a delay of DELAY steps for "
                   "STEPS steps; --out says where its V, gsyn and spikes go")
        ->type_name("N,DELAY,STEPS");
    app.add_option("--out", prefix,
                   "Prefix of the files that --lif-ring writes")
        ->type_name("PREFIX");
    app.add_option("--ring-set", overrides,
                   "Change a parameter of the ring's machine, e.g. "
                   "software.constant_rounding=nearest (repeatable)")
        ->type_name("PATH=VALUE");
  }

  bool chosen() const override { return !text.empty(); }

  Result<void> run(const Common &) override {
    const std::optional<Ring> ring = parseRing(text);
    if (!ring)
      return Error("--lif-ring " + text +
                   ": neurons, delay and steps, all 1 or more, were wanted, "
                   "e.g. 20,17,500");
    if (prefix.empty())
      return Error("--lif-ring needs --out PREFIX");
    auto traces = simulate(*ring, "spinnaker1-48", overrides);
    if (!traces)
      return traces.takeError();
    for (const auto &[ending, content] :
         {std::pair{"_v.csv", traceCsv(*ring, traces->v)},
          std::pair{"_gsyn.csv", traceCsv(*ring, traces->gsyn)},
          std::pair{"_spikes.csv", spikesCsv(traces->spikes)}})
      if (auto done = writeFile(prefix + ending, content); !done)
        return done;
    print(*ring, *traces, {});
    return {};
  }

  Result<void> runRecorded(const Common &, const std::string &data) override {
    for (const Recorded &known : recorded) {
      const std::string base = data + "/spinnaker/lif_traces/" + known.name;
      if (!std::filesystem::exists(base + "_v.csv")) {
        fmt::print(stderr, "  {}_v.csv is not there\n", base);
        continue;
      }
      auto traces = simulate(known.ring, "spinnaker1-48", overrides);
      if (!traces)
        return traces.takeError();
      std::vector<std::pair<std::string, size_t>> wrong;
      for (const auto &[name, content] :
           {std::pair{"v", traceCsv(known.ring, traces->v)},
            std::pair{"gsyn", traceCsv(known.ring, traces->gsyn)},
            std::pair{"spikes", spikesCsv(traces->spikes)}}) {
        auto count = mismatches(content, base + "_" + name + ".csv");
        if (!count)
          return count.takeError();
        wrong.emplace_back(name, *count);
      }
      print(known.ring, *traces, wrong);
    }
    return {};
  }

private:
  static void print(const Ring &ring, const Traces &traces,
                    const std::vector<std::pair<std::string, size_t>> &wrong) {
    nlohmann::ordered_json line;
    line["lif_ring"] = {ring.neurons, ring.delay, ring.steps};
    line["samples"] = traces.v.size();
    line["spikes"] = traces.spikes.size();
    line["cores"] = traces.cores;
    line["delay_cores"] = traces.delayCores;
    for (const auto &[name, count] : wrong)
      line["mismatches_" + name] = count;
    printLine(line);
    fmt::print(stderr,
               "ring of {}, delay {}, {} steps: {} samples of V and "
               "gsyn each, {} spikes\n",
               ring.neurons, ring.delay, ring.steps, traces.v.size(),
               traces.spikes.size());
    for (const auto &[name, count] : wrong)
      fmt::print(stderr, "  {}: {} mismatches with the recording\n", name,
                 count);
  }

  std::string text, prefix;
  std::vector<std::string> overrides;
};

} // namespace

std::unique_ptr<Mode> limen::bench::makeLifRingMode() {
  return std::make_unique<LifRingMode>();
}
