// Expansion of random projections into the host's rows, as loading does it:
//
//   limen-bench-expansion --benchmark_counters_tabular=true
//   limen-bench-expansion NETWORK.yaml
//
// The second form expands a network once and prints its synapses, seconds,
// seconds of processor time, and bytes of the rows and of the process at its
// peak.
//
// rule: 0 pairwise, 1 fixed total, 2 fixed in-degree, 3 fixed out-degree; 10^4
// x 10^4 elements, weights and delays from normal distributions. "per thread"
// counts processor time, so it does not depend on what else runs; "B/synapse"
// is what the rows take, "peak B" the largest growth of the process.

#include "compiler/Import/Description.h"
#include "dialects/snn/IR/NetworkView.h"
#include "hw-models/base/Parallel.h"
#include "runtime/engine/PackedRows.h"

#include <benchmark/benchmark.h>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <malloc.h>
#include <string>
#include <sys/resource.h>

using namespace limen;

namespace {

network::Projection projectionOf(int rule, uint64_t synapses) {
  constexpr int64_t size = 10000;
  constexpr network::Wiring wirings[] = {
      network::Wiring::Pairwise, network::Wiring::FixedTotal,
      network::Wiring::FixedInDegree, network::Wiring::FixedOutDegree};
  network::Random random;
  random.distribution = network::Distribution::Normal;
  random.a = 0.0878;
  random.b = 0.00878;
  random.low = 0;
  random.seed = 1;
  random.identity = 7;
  random.wiring = wirings[rule];
  random.number = rule == 1 ? synapses : synapses / size;
  random.density = static_cast<double>(synapses) / (size * size);
  random.delays =
      network::DelayDraw{network::Distribution::Normal, 15, 7.5, 1, 64};
  network::Stage stage;
  stage.kind = random;
  stage.inputs = stage.outputs = size;
  stage.shortestDelay = 1;
  stage.longestDelay = 64;
  network::Projection projection;
  projection.delay = 1;
  projection.stages = {stage};
  return projection;
}

/// Of user and system, in seconds.
double processorTime() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec +
                                    usage.ru_stime.tv_usec);
}

/// "VmHWM" or "VmRSS" of this process, in bytes.
double memory(const std::string &wanted) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(wanted + ":"))
      return 1024 * std::stod(line.substr(wanted.size() + 1));
  return 0;
}

void expand(benchmark::State &state) {
  const auto threads = static_cast<unsigned>(state.range(2));
  const network::Projection projection = projectionOf(
      static_cast<int>(state.range(0)), static_cast<uint64_t>(state.range(1)));
  double synapses = 0, seconds = 0, bytes = 0, peak = 0;
  for (auto _ : state) {
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << 5; // a new peak
    const double before = memory("VmRSS"), start = processorTime();
    const network::RowExpander expander(projection, threads);
    const engine::PackedRows rows(expander.sources(),
                                  {{nullptr, 0, 1, &expander}}, threads);
    seconds += processorTime() - start;
    peak = std::max(peak, memory("VmHWM") - before);
    bytes = static_cast<double>(rows.bytes());
    double count = 0;
    for (uint32_t source = 0; source < expander.sources(); ++source)
      count += static_cast<double>(rows.fanOut(source));
    synapses += count;
    bytes /= count;
    state.counters["peak B"] = peak / count;
  }
  state.counters["synapses/s"] =
      benchmark::Counter(synapses, benchmark::Counter::kIsRate);
  state.counters["per thread"] = synapses / seconds;
  state.counters["B/synapse"] = bytes;
}
BENCHMARK(expand)
    ->Name("Expand")
    ->ArgNames({"rule", "synapses", "threads"})
    ->ArgsProduct({{0, 1, 2, 3}, {10'000'000}, {1, 2}})
    ->Args({1, 100'000'000, 1})
    ->Args({1, 100'000'000, 2})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

int expandFile(const std::string &path) {
  mlir::MLIRContext context;
  std::vector<std::string> assumptions;
  auto module = importDescription(path, &context, assumptions);
  if (!module) {
    std::fprintf(stderr, "%s\n", module.error().text().c_str());
    return 1;
  }
  const auto network = snn::viewNetwork(snn::theNetwork(**module));
  if (mlir::failed(network))
    return 1;
  const auto wall = std::chrono::steady_clock::now();
  const double start = processorTime();
  std::vector<uint64_t> firstSlot = {0};
  for (const network::Node &node : network->nodes)
    firstSlot.push_back(firstSlot.back() + static_cast<uint64_t>(node.size) *
                                               node.model.receptors.size());
  std::vector<engine::PackedRows> rows;
  uint64_t synapses = 0, bytes = 0;
  for (unsigned n = 0; n < network->nodes.size(); ++n) {
    std::vector<std::unique_ptr<network::RowExpander>> expanders;
    std::vector<engine::RowsInput> inputs;
    for (const network::Projection &projection : network->projections)
      if (projection.source == n) {
        expanders.push_back(std::make_unique<network::RowExpander>(projection));
        const auto size =
            static_cast<uint64_t>(network->nodes[projection.target].size);
        inputs.push_back(
            {nullptr, firstSlot[projection.target] + projection.receptor * size,
             projection.delay, expanders.back().get()});
      }
    const auto size = static_cast<uint32_t>(network->nodes[n].size);
    rows.emplace_back(size, inputs);
    for (uint32_t source = 0; source < size && !inputs.empty(); ++source)
      synapses += rows.back().fanOut(source);
    bytes += rows.back().bytes();
  }
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - wall;
  std::printf("%llu synapses, %.2f s on %u processors, %.2f s of processor "
              "time, rows %.0f MB, peak %.0f MB\n",
              static_cast<unsigned long long>(synapses), seconds.count(),
              processorCount(), processorTime() - start,
              static_cast<double>(bytes) / 1e6, memory("VmHWM") / 1e6);
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  if (argc == 2 && std::string(argv[1]).ends_with(".yaml"))
    return expandFile(argv[1]);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
