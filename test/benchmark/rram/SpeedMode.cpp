#include "hw-models/base/RandomBatch.h"
#include "hw-models/imc/Adc.h"
#include "hw-models/imc/Crossbar.h"
#include "hw-models/target/Target.h"
#include "test/benchmark/rram/Mode.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

using namespace limen;
using namespace limen::bench;
using namespace limen::imchw;

namespace {

/// Median seconds of one call, over calls that take about a second together.
template <typename Call> double secondsOf(Call call) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> taken;
  const auto start = Clock::now();
  do {
    const auto before = Clock::now();
    call();
    taken.push_back(
        std::chrono::duration<double>(Clock::now() - before).count());
  } while (Clock::now() - start < std::chrono::seconds(1) || taken.size() < 5);
  std::nth_element(taken.begin(), taken.begin() + long(taken.size() / 2),
                   taken.end());
  return taken[taken.size() / 2];
}

/// An array of `size` x `size` weights, driven at 8-bit levels.
struct Array {
  uint32_t size;
  Crossbar cells;
  std::vector<double> drives;
  AdcBank bank;
};

Result<Array> makeArray(uint32_t size, bool noisy) {
  Result<target::Target> target = target::loadDocument(
      "rram-40nm", {noisy ? "device.read_noise=0.02" : "device.read_noise=0",
                    "device.programming_error=none"});
  if (!target)
    return target.takeError();
  Result<target::ImcMacro> machine = target::ImcMacro::parse(target->document);
  if (!machine)
    return machine.takeError();
  const RandomStream draws(1, Purpose::Weight, 1);
  CellArrays cells{size, size, {{}, {}}};
  for (uint32_t i = 0; i < size; ++i)
    for (uint32_t j = 0; j < size; ++j) {
      cells.arrays[0].push_back(20e-6 * draws.uniform(i, j));
      cells.arrays[1].push_back(20e-6 * draws.uniform(i, j, 1));
    }
  std::vector<double> drives;
  for (uint32_t i = 0; i < size; ++i)
    drives.push_back(std::nearbyint(draws.uniform(i, 0, 2) * 254 - 127) / 127);
  // Four deviations of a sum of differences.
  Adc adc{8, 4 * 20e-6 * std::sqrt(size / 3.0 / 6.0)};
  return Array{size, Crossbar(machine->device, cells), std::move(drives),
               AdcBank(adc, size)};
}

/// One product: sums, noise of this read, codes. Returns the sum of codes, so
/// that no step can be left out.
int64_t multiply(const Array &array, const BatchStream &noise, uint64_t read,
                 bool noisy, std::vector<double> &sums,
                 std::vector<double> &variance, std::vector<double> &deviates) {
  std::fill(sums.begin(), sums.end(), 0.0);
  array.cells.addDriven(array.drives, sums.data());
  if (noisy) {
    std::fill(variance.begin(), variance.end(), 0.0);
    array.cells.addDrivenVariance(array.drives, variance.data());
    noise.normals(read, deviates);
    for (uint32_t j = 0; j < array.size; ++j)
      sums[j] += std::sqrt(variance[j]) * deviates[j];
  }
  int64_t codes = 0;
  for (uint32_t j = 0; j < array.size; ++j)
    codes += array.bank.code(sums[j], j);
  return codes;
}

/// A sum of many independent parts, so that only reading takes time.
__attribute__((target_clones("avx2", "default"))) double
sumOf(const double *data, size_t count) {
  constexpr size_t lanes = 32;
  double parts[lanes] = {};
  for (size_t k = 0; k + lanes <= count; k += lanes)
    for (size_t lane = 0; lane < lanes; ++lane)
      parts[lane] += data[k + lane];
  return std::accumulate(parts, parts + lanes, 0.0);
}

/// Bytes per second of reading `bytes`, as often as a product reads its cells:
/// from the cache that holds them, or from memory.
double bandwidth(size_t bytes) {
  std::vector<double> data(bytes / sizeof(double));
  std::iota(data.begin(), data.end(), 0.0);
  volatile double sink = 0;
  const double seconds =
      secondsOf([&] { sink = sumOf(data.data(), data.size()); });
  return double(bytes) / seconds;
}

class SpeedMode : public Mode {
public:
  void addOptions(CLI::App &app) override {
    app.add_flag("--speed", wanted,
                 "Time of one product, beside what reading the cells takes; "
                 "speed.py beside this program's source adds NumPy");
    app.add_option("--size", size, "Rows and columns of --speed")
        ->check(CLI::Range(16u, 8192u))
        ->capture_default_str();
  }
  bool chosen() const override { return wanted; }

  Result<void> run(const Common &) override {
    const double bytes = double(size) * size * sizeof(double);
    const double rate = bandwidth(size_t(bytes));
    fmt::print(stderr, "{:<24} {:>12} {:>12} {:>8}\n", "product", "seconds",
               "bound", "times");
    for (bool noisy : {false, true}) {
      Result<Array> array = makeArray(size, noisy);
      if (!array)
        return array.takeError();
      const BatchStream noise(1, Purpose::ReadNoise, 1);
      std::vector<double> sums(size), variance(size), deviates(size);
      uint64_t read = 0;
      volatile int64_t sink = 0;
      const double seconds = secondsOf([&] {
        sink = multiply(*array, noise, read++, noisy, sums, variance, deviates);
      });
      // Doubles of the differences, floats of the variances.
      const double bound = bytes * (noisy ? 1.5 : 1) / rate;
      const std::string name = noisy ? "noise of each read" : "no noise";
      nlohmann::ordered_json line;
      line["product"] = name;
      line["size"] = size;
      line["seconds"] = seconds;
      line["bandwidth_bound_seconds"] = bound;
      line["times_bound"] = seconds / bound;
      line["read_bytes_per_second"] = rate;
      printLine(line);
      fmt::print(stderr, "{:<24} {:>12.3g} {:>12.3g} {:>8.2f}\n", name, seconds,
                 bound, seconds / bound);
    }
    return {};
  }

  Result<void> runRecorded(const Common &common, const std::string &) override {
    return run(common);
  }

private:
  bool wanted = false;
  unsigned size = 1024;
};

} // namespace

std::unique_ptr<Mode> bench::makeSpeedMode() {
  return std::make_unique<SpeedMode>();
}
