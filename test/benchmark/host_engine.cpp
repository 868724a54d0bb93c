// Speed of the host engine's two loops beside what the memory allows.
//
//   limen-bench-host
//
// `Deliver` counts synaptic events per second on rows that do not fit a cache;
// `ReadRows` is its bound: the same rows read and summed, nothing accumulated.
// `LifStep` counts neuron updates per second; `ReadModifyWrite` is its bound:
// the same bytes streamed.

#include "compiler/Conversion/StepToLLVM/StepToLLVM.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "runtime/engine/PackedRows.h"
#include "runtime/jit/Jit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"

#include <benchmark/benchmark.h>
#include <random>

using namespace limen;

namespace {

constexpr uint32_t sources = 20000;
constexpr uint32_t fanOut = 1000;
constexpr uint32_t targets = 50000;
constexpr uint32_t delays = 16;

/// Random rows; `exact` weights pack into 4 bytes.
engine::PackedRows makeRows(bool exact) {
  std::mt19937 generator(1);
  std::vector<network::Rows> byDelay(delays);
  for (network::Rows &rows : byDelay)
    rows.offsets.push_back(0);
  for (uint32_t s = 0; s < sources; ++s)
    for (uint32_t d = 0; d < delays; ++d) {
      const uint32_t count = fanOut / delays;
      const uint32_t stride = targets / count;
      for (uint32_t k = 0; k < count; ++k) {
        const uint32_t target = k * stride + generator() % stride;
        const float weight = static_cast<float>(1 + generator() % 200);
        byDelay[d].synapses.push_back(
            {target, exact ? weight / 256.0f : weight / 300.0f});
      }
      byDelay[d].offsets.push_back(byDelay[d].synapses.size());
    }
  std::vector<engine::RowsInput> inputs;
  for (uint32_t d = 0; d < delays; ++d)
    inputs.push_back({&byDelay[d], 0, d});
  return engine::PackedRows(sources, inputs);
}

void deliver(benchmark::State &state) {
  const engine::PackedRows rows = makeRows(state.range(0) == 4);
  std::vector<float> ring(static_cast<size_t>(delays) * (targets + 65536));
  std::mt19937 generator(2);
  std::vector<uint32_t> fired(500);
  for (uint32_t &source : fired)
    source = generator() % sources;
  uint64_t events = 0;
  for (auto _ : state) {
    for (uint32_t &source : fired) // other rows in every step
      source = (source + 7919) % sources;
    for (size_t k = 0; k < fired.size(); ++k) {
      if (k + 1 < fired.size())
        rows.prefetch(fired[k + 1]);
      rows.deliver<float>(fired[k], 1.0f, [&](uint32_t delay) {
        return ring.data() + static_cast<size_t>(delay) * (targets + 65536);
      });
      events += rows.fanOut(fired[k]);
    }
    benchmark::ClobberMemory();
  }
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(events),
                                                  benchmark::Counter::kIsRate);
  state.counters["B/synapse"] = static_cast<double>(rows.bytes()) /
                                (static_cast<double>(sources) * fanOut);
}
BENCHMARK(deliver)->Name("Deliver")->Arg(4)->Arg(8);

void readRows(benchmark::State &state) {
  const size_t words = static_cast<size_t>(fanOut) * state.range(0) / 4;
  const std::vector<uint32_t> rows(sources * words, 1);
  std::mt19937 generator(2);
  uint64_t events = 0;
  for (auto _ : state)
    for (int k = 0; k < 500; ++k) {
      const uint32_t *row = rows.data() + generator() % sources * words;
      uint32_t sum = 0;
      for (size_t i = 0; i < words; ++i)
        sum += row[i];
      benchmark::DoNotOptimize(sum);
      events += fanOut;
    }
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(events),
                                                  benchmark::Counter::kIsRate);
}
BENCHMARK(readRows)->Name("ReadRows")->Arg(4)->Arg(8);

void lifStep(benchmark::State &state) {
  mlir::DialectRegistry registry;
  registry.insert<snn::SnnDialect, mlir::arith::ArithDialect,
                  mlir::math::MathDialect>();
  jit::registerTranslations(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  snn::ModelOp model = snn::getOrInsertModel(*module, "lif");
  const StepSignature signature{1, 1, std::vector<bool>(5, true)};
  if (mlir::failed(buildStepKernel(*module, "step", model.getStep().front(),
                                   signature,
                                   mlir::Builder(&context).getF32Type())))
    return state.SkipWithError("the kernel cannot be built");
  auto library = jit::Library::compile(*module);
  if (!library)
    return state.SkipWithError(library.error().text().c_str());
  const auto step = (*library)->step<float>("step");

  const int64_t size = state.range(0);
  std::vector<float> v(size, 0.0f), input(size, 0.5f);
  std::vector<uint8_t> spikes(size);
  const float c[] = {0.05f, 1.0f, 0.0f, 1.0f, 0.0f};
  const float *coefficients[] = {c, c + 1, c + 2, c + 3, c + 4};
  float *states[] = {v.data()};
  const float *inputs[] = {input.data()};
  for (auto _ : state) {
    step(0, size, coefficients, states, inputs, spikes.data(), nullptr);
    benchmark::ClobberMemory();
  }
  state.counters["updates/s"] = benchmark::Counter(
      static_cast<double>(size) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate);
}
BENCHMARK(lifStep)->Name("LifStep")->Arg(16384)->Arg(1 << 20)->Arg(1 << 24);

void readModifyWrite(benchmark::State &state) {
  // The arrays of a LIF step but for its spike flags.
  const int64_t size = state.range(0);
  std::vector<float> a(size, 1.0f), b(size, 2.0f);
  for (auto _ : state) {
    for (int64_t i = 0; i < size; ++i)
      a[i] += b[i];
    benchmark::ClobberMemory();
  }
  state.counters["updates/s"] = benchmark::Counter(
      static_cast<double>(size) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate);
}
BENCHMARK(readModifyWrite)
    ->Name("ReadModifyWrite")
    ->Arg(16384)
    ->Arg(1 << 20)
    ->Arg(1 << 24);

} // namespace
