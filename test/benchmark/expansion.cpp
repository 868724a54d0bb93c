// Expansion of random projections into the host's rows, as loading does it:
//
//   limen-bench-expansion --benchmark_counters_tabular=true
//
// rule: 0 pairwise, 1 fixed total, 2 fixed in-degree, 3 fixed out-degree; 10^4
// x 10^4 elements, weights and delays from normal distributions. "per thread"
// counts processor time, so it does not depend on what else runs; "B/synapse"
// is what the rows take, "peak B" the largest growth of the process.

#include "runtime/engine/PackedRows.h"

#include <benchmark/benchmark.h>
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

} // namespace
