// Recorded products of CrossSim through the whole path: a network with the
// case's weights, lowered for a chip with its cells, drivers and converters.

#include "test/benchmark/rram/CrossSimCase.h"
#include "test/unit/TestData.h"
#include "test/unit/imc/Chip.h"

#include "llvm/ADT/StringExtras.h"

using namespace limen;
using namespace limen::bench;

namespace {

std::string siemens(double value) { return formatNumber(value) + " S"; }

/// The case's parameters in the names of a target.
std::vector<std::string> overridesOf(const CrossSimCase &c) {
  const imchw::CoreSettings &s = c.settings;
  static constexpr const char *styles[] = {"one_sided", "two_sided", "offset",
                                           "sliced_pairs", "sliced_offset"};
  std::vector<std::string> out = {
      "device.mode=ideal",
      "device.programming_error=none",
      "device.g_max=100uS",
      "device.g_min=" + siemens(s.encoding.gMin * 1e-4),
      "device.cell_bits=" + std::to_string(s.encoding.cellBits),
      std::string("weights.encoding=") +
          styles[static_cast<size_t>(s.encoding.style)],
      "array.accumulator_bits=64",
      "drive.range=fixed",
      "drive.full_scale=1",
      "drive.bits=" + std::to_string(s.dac.bits),
      std::string("drive.kind=") +
          (s.dac.sliceBits > 0 ? "bit_serial" : "levels"),
      std::string("drive.sign=") + (s.dac.isSigned ? "on" : "off"),
      std::string("drive.convert=") + (s.convertTurns ? "each_turn" : "once"),
      "adc.bits=" + std::to_string(s.adcs.front().bits),
      std::string("adc.kind=") +
          (s.adcs.front().kind == imchw::AdcKind::Quantizer ? "quantizer"
                                                            : "sign_magnitude"),
      "adc.rounding=even_above",
      "adc.range=max"};
  return out;
}

std::string networkOf(const CrossSimCase &c) {
  std::vector<float> weights(c.weights.begin(), c.weights.end());
  const std::string bytes(reinterpret_cast<const char *>(weights.data()),
                          weights.size() * sizeof(float));
  const std::string in = std::to_string(c.inputs),
                    out = std::to_string(c.outputs);
  return R"(
snn.model @pass parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  snn.yield %in : f32
}
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<)" +
         in + R"(>
  %a = snn.dense %s weights(dense<"0x)" +
         llvm::toHex(bytes) + R"("> : tensor<)" + out + "x" + in +
         R"(xf32>) : !snn.spikes<)" + in + "> -> !snn.current<" + out + R"(>
  %o = snn.neuron "out" @pass(%a) {} : (!snn.current<)" +
         out + ">) -> !snn.current<" + out + R"(>
  snn.output "out" %o : !snn.current<)" +
         out + R"(>
})";
}

class CrossSimChip : public testing::TestWithParam<const char *> {};

} // namespace

TEST_P(CrossSimChip, HasTheRecordedResults) {
  LIMEN_DATA_OR_SKIP(npz, std::string("rram/crosssim/") + GetParam() + ".npz");
  Result<CrossSimCase> read = readCrossSimCase(npz);
  ASSERT_TRUE(read) << read.error().text();
  const CrossSimCase &c = *read;
  const imchw::Adc &adc = c.settings.adcs.front();
  Chip chip(networkOf(c), overridesOf(c), 1, [&](mlir::ModuleOp module) {
    // The recorded ends of the converters, in place of the worst case.
    module.walk([&](imc::ReadOp read) {
      const imc::AdcAttr is = read.getAdc();
      read.setAdcAttr(imc::AdcAttr::get(
          read.getContext(), is.getBits(), imc::RangeKind::Fixed,
          mlir::FloatAttr::get(mlir::Float64Type::get(read.getContext()),
                               adc.bits == 0 ? 1.0 : adc.range * 1e-4),
          is.getConverter(), is.getRounding(), is.getSplit(), is.getOffset(),
          is.getNoise()));
    });
  });
  const target::Encoding &e = c.settings.encoding;
  // CrossSim's offset core misses the gain of its own mapping.
  const double gain =
      c.settings.asPublished && e.style == target::EncodingStyle::Offset
          ? e.offsetSpan() / e.range()
          : 1;
  auto session = chip.engine->open({});
  size_t wrong = 0;
  for (uint32_t b = 0; b < c.batch; ++b) {
    std::vector<input::Event> events;
    for (uint32_t j = 0; j < c.inputs; ++j)
      if (const double x = c.drives[j * c.batch + b]; x != 0)
        events.push_back({j, static_cast<float>(x)});
    auto result = session->run(sampleOf({events}));
    ASSERT_TRUE(bool(result)) << result.error().text();
    for (uint32_t i = 0; i < c.outputs; ++i)
      wrong +=
          std::abs(static_cast<double>(result->outputs[0][i]) * gain * c.scale -
                   c.results[i * c.batch + b]) >= c.tolerance;
  }
  EXPECT_EQ(wrong, 0u) << "of " << c.outputs * c.batch;
}

INSTANTIATE_TEST_SUITE_P(Recorded, CrossSimChip,
                         testing::Values("c01_balanced_ideal",
                                         "c05_q_cell4_dac8_adc8",
                                         "c10b_bitserial8_smadc8",
                                         "c11_spikes_1b",
                                         "c12_offset_digital"));
