#include "hw-models/spin/noc/Traffic.h"
#include "hw-models/target/Target.h"
#include "test/benchmark/spinnaker/Mode.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

using namespace limen;
using namespace limen::bench;
using namespace limen::spin;

namespace {

/// One run of the saturation experiment.
struct Point {
  double load = 0;
  noc::TrafficResult result;
  double seconds = 0;  ///< of processor time
  double modelled = 0; ///< seconds of the machine's time
};

/// What the options say.
struct NocOptions {
  std::string pattern, preset = "hardware";
  std::vector<std::string> overrides; ///< PATH=VALUE in the chip's YAML
  unsigned chips = 144;
  std::vector<double> loads;
  double warmUp = 15000, sample = 6000; ///< load units
  uint64_t seed = 1;
};

/// The network and the way it is measured.
struct Setting {
  noc::Parameters parameters;
  noc::TrafficPlan plan;
};

} // namespace

/// The machine of the 2014 measurements, or the configuration of the simulator
/// that was published with them (tickysim): every link alike, cycles of
/// 100 MHz, load 1 = one packet per link time, all senders in step.
static Result<Setting> settingOf(const std::string &preset,
                                 const std::vector<std::string> &overrides) {
  auto target = target::loadDocument("spinnaker1-48", overrides);
  if (!target)
    return target.takeError();
  auto machine = target::SpinMachine::parse(target->document);
  if (!machine)
    return machine.takeError();
  const target::SpinNetwork &network = machine->network;
  Setting out;
  if (preset == "hardware") {
    const double hertz = network.measuredClock.value.value();
    out.parameters = noc::parametersOf(network, hertz);
    out.plan.unit = network.loadUnit.value.value() * hertz;
    // Cores start whenever they have read their start signal.
    out.plan.spread = static_cast<noc::Time>(100 * out.plan.unit);
    return out;
  }
  out.parameters = noc::parametersOf(network, 100e6);
  out.parameters.boardLinks = false;
  out.parameters.linkShort = 16;
  out.parameters.wait1 = 50;
  out.plan.unit = 16;
  return out;
}

static Result<noc::Topology> topologyOf(unsigned chips) {
  if (chips == 48)
    return noc::makeBoard();
  const int side = static_cast<int>(std::lround(std::sqrt(chips)));
  if (static_cast<unsigned>(side * side) == chips && side >= 2)
    return noc::makeTorus(side, side);
  return Error(fmt::format("--chips is {}; 48 (one board) or a square number "
                           "from 4 was wanted",
                           chips))
      .note("144 chips are a torus of 12x12 chips on three boards");
}

/// Processor time of this thread.
static double processorSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         1e-9 * static_cast<double>(now.tv_nsec);
}

/// Runs all loads, each by itself, on `threads` threads.
static Result<std::vector<Point>> measure(const NocOptions &options,
                                          unsigned threads) {
  auto setting = settingOf(options.preset, options.overrides);
  if (!setting)
    return setting.takeError();
  auto topology = topologyOf(options.chips);
  if (!topology)
    return topology.takeError();
  const auto pattern = noc::parsePattern(options.pattern);
  if (!pattern)
    return Error(fmt::format("--noc: pattern '{}' is unknown; cyclic, "
                             "complement, tornado or transpose was wanted",
                             options.pattern));
  noc::TrafficPlan plan = setting->plan;
  plan.pattern = *pattern;
  plan.seed = options.seed;
  plan.warmUp = static_cast<noc::Time>(options.warmUp * plan.unit);
  plan.sample = static_cast<noc::Time>(options.sample * plan.unit);
  const noc::PathRouting routing(*topology);

  std::vector<Point> points(options.loads.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i; (i = next++) < points.size();) {
      noc::TrafficPlan mine = plan;
      mine.load = points[i].load = options.loads[i];
      const double start = processorSeconds();
      points[i].result =
          noc::runTraffic(*topology, setting->parameters, routing, mine);
      points[i].seconds = processorSeconds() - start;
      points[i].modelled = static_cast<double>(mine.warmUp + mine.sample) /
                           setting->parameters.routerHertz;
    }
  };
  {
    std::vector<std::jthread> others;
    for (unsigned t = 1; t < threads; ++t)
      others.emplace_back(work);
    work();
  }
  return points;
}

static void printLine(const NocOptions &options, const Point &point) {
  nlohmann::ordered_json line;
  line["pattern"] = options.pattern;
  line["chips"] = options.chips;
  line["preset"] = options.preset;
  line["offered"] = point.load;
  line["entered"] = point.result.entered;
  line["accepted"] = point.result.accepted;
  line["dropped"] = point.result.dropped;
  line["seconds"] = point.seconds;
  line["slowdown"] = point.seconds / point.modelled;
  printLine(line);
}

/// Rows of a recorded curve: load, accepted, dropped.
static std::vector<std::array<double, 3>> readCurve(const std::string &file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  std::vector<std::array<double, 3>> rows;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::array<double, 3> row;
    if (fields >> row[0] >> row[1] >> row[2])
      rows.push_back(row);
  }
  return rows;
}

namespace {

class NocMode : public Mode {
public:
  void addOptions(CLI::App &app) override {
    app.add_option("--noc", options.pattern,
                   "Saturate the network on chip with a traffic pattern: "
                   "cyclic, complement, tornado or transpose")
        ->type_name("PATTERN");
    app.add_option("--chips", options.chips,
                   "48: one board; a square number: a torus of so many chips "
                   "(144: three boards, 4: the 4-chip board); if its side is "
                   "a multiple of 12 it consists of boards, else of chip "
                   "links only")
        ->capture_default_str();
    app.add_option("--load", options.loads,
                   "Offered loads: packets per chip and load unit (the time of "
                   "the recorded curves' load 1)")
        ->check(CLI::Range(1e-4, 16.0));
    app.add_option("--preset", options.preset,
                   "hardware: the machine measured in 2014; ideal-links: the "
                   "tickysim simulator's configuration, without board-to-board "
                   "links")
        ->check(CLI::IsMember({"hardware", "ideal-links"}))
        ->capture_default_str();
    app.add_option("--set", options.overrides,
                   "Change a number of the chip's YAML (spinnaker1-48), as "
                   "links.board_channel_time='400 ns'")
        ->type_name("PATH=VALUE");
    app.add_option("--warm-up", options.warmUp,
                   "Load units before counting starts")
        ->check(CLI::Range(0.0, 1e9))
        ->capture_default_str();
    app.add_option("--sample", options.sample, "Load units counted")
        ->check(CLI::Range(1.0, 1e9))
        ->capture_default_str();
    app.add_option("--noc-seed", options.seed,
                   "Seed of the senders' start times")
        ->capture_default_str();
  }

  bool chosen() const override { return !options.pattern.empty(); }

  Result<void> run(const Common &common) override {
    if (options.loads.empty())
      return Error("--noc wants one or several values of --load");
    auto points = measure(options, common.threads);
    if (!points)
      return points.takeError();
    for (const Point &point : *points)
      printLine(options, point);
    return {};
  }

  Result<void> runRecorded(const Common &common,
                           const std::string &data) override {
    for (const auto &[preset, who] :
         {std::pair("hardware", "spinnaker"), {"ideal-links", "tickysim"}})
      for (const char *pattern :
           {"cyclic", "complement", "tornado", "transpose"}) {
        const std::string file = fmt::format(
            "{}/spinnaker/noc_saturation/144_{}_{}.csv", data, who, pattern);
        if (!std::filesystem::exists(file)) {
          fmt::print(stderr, "  {} is not there\n", file);
          continue;
        }
        if (auto done = compare(common, preset, pattern, file); !done)
          return done;
      }
    return {};
  }

private:
  Result<void> compare(const Common &common, const char *preset,
                       const char *pattern, const std::string &file) {
    NocOptions mine = options;
    mine.pattern = pattern;
    mine.preset = preset;
    mine.chips = 144;
    mine.loads.clear();
    const auto rows = readCurve(file);
    for (const auto &row : rows)
      mine.loads.push_back(row[0]);
    auto points = measure(mine, common.threads);
    if (!points)
      return points.takeError();
    fmt::print(stderr, "{:<24} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9}\n",
               fmt::format("{}, {}", pattern, preset), "load", "accepted",
               "recorded", "dropped", "recorded", "slowdown");
    for (size_t i = 0; i < rows.size(); ++i) {
      const Point &point = (*points)[i];
      fmt::print(
          stderr,
          "{:<24} {:>8.4f} {:>9.4f} {:>9.4f} {:>9.4f} {:>9.4f} {:>9.0f}\n", "",
          point.load, point.result.accepted, rows[i][1], point.result.dropped,
          rows[i][2], point.seconds / point.modelled);
      printLine(mine, point);
    }
    return {};
  }

  NocOptions options;
};

} // namespace

std::unique_ptr<Mode> limen::bench::makeNocMode() {
  return std::make_unique<NocMode>();
}
