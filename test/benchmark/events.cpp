// Speed of the readers of event files beside that of memory.
//
//   limen-bench-events
//
// `read` counts bytes of a file and events per second for 2^22 events of a
// sensor of 1280 x 720; `copy` is its bound: the same bytes copied. Memory
// stays with the process, so that neither counts the system's work of handing
// it out.

#include "runtime/events/Format.h"

#include <benchmark/benchmark.h>
#include <climits>
#include <cstring>
#include <malloc.h>
#include <random>

using namespace limen;

static const bool keepMemory =
    mallopt(M_MMAP_MAX, 0) && mallopt(M_TRIM_THRESHOLD, INT_MAX);

static constexpr size_t eventCount = 1 << 22;

/// Rows of a few neighbours, as moving edges make them.
static std::string makeFile(const char *format) {
  std::mt19937 random(1);
  events::Recording recording;
  recording.width = 1280;
  recording.height = 720;
  recording.sizeKnown = true;
  int64_t t = 0;
  while (recording.events.size() < eventCount) {
    t += random() % 2;
    const auto x = static_cast<uint16_t>(random() % 1270);
    const auto y = static_cast<uint16_t>(random() % 720);
    const auto p = static_cast<uint8_t>(random() % 2);
    const auto neighbours = static_cast<uint16_t>(1 + random() % 4);
    for (uint16_t k = 0; k < neighbours; ++k)
      recording.events.push_back({t, static_cast<uint16_t>(x + k), y, p});
  }
  const auto found = events::findFormat(format);
  if (!found)
    return {};
  Result<std::string> bytes = (*found)->write(recording);
  return bytes ? std::move(*bytes) : std::string();
}

static void read(benchmark::State &state, const char *name) {
  const std::string bytes = makeFile(name);
  const auto format = events::findFormat(name);
  if (bytes.empty() || !format || !keepMemory)
    return state.SkipWithError("no file could be made");
  size_t read = 0;
  for (auto _ : state) {
    const Result<events::Recording> recording = (*format)->read(bytes, {});
    if (!recording)
      return state.SkipWithError(recording.error().message.c_str());
    read += recording->events.size();
    benchmark::DoNotOptimize(recording->events.data());
  }
  state.SetBytesProcessed(
      static_cast<int64_t>(state.iterations() * bytes.size()));
  state.counters["events"] = benchmark::Counter(static_cast<double>(read),
                                                benchmark::Counter::kIsRate);
}

static void copy(benchmark::State &state, const char *name) {
  const std::string bytes = makeFile(name);
  std::string to(bytes.size(), '\0');
  for (auto _ : state) {
    std::memcpy(to.data(), bytes.data(), bytes.size());
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(
      static_cast<int64_t>(state.iterations() * bytes.size()));
}

BENCHMARK_CAPTURE(copy, evt2, "evt2")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, evt2, "evt2")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(copy, evt3, "evt3")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, evt3, "evt3")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(copy, dat, "dat")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, dat, "dat")->Unit(benchmark::kMillisecond);
