// The bench's reader of CrossSim cases: recorded ones, and what it refuses.

#include "hw-models/base/Files.h"
#include "runtime/events/Npy.h"
#include "test/benchmark/rram/CrossSimCase.h"
#include "test/unit/TemporaryFolder.h"
#include "test/unit/TestData.h"

#include <cstring>
#include <zlib.h>

using namespace limen;
using namespace limen::bench;
using events::npy::header;

namespace {

template <typename T> std::string bytesOf(const std::vector<T> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()),
                     values.size() * sizeof(T));
}

std::string le(uint64_t value, int bytes) {
  std::string out;
  for (int k = 0; k < bytes; ++k)
    out += static_cast<char>(value >> (8 * k));
  return out;
}

/// An archive of stored members, written by the rules of the format.
std::string zip(const std::vector<std::pair<std::string, std::string>> &files) {
  std::string out, directory;
  for (const auto &[name, bytes] : files) {
    const auto crc = static_cast<uint32_t>(
        crc32(0, reinterpret_cast<const Bytef *>(bytes.data()),
              static_cast<uInt>(bytes.size())));
    const std::string common = le(0, 2) + le(0, 2) + le(0, 2) + le(0, 2) +
                               le(crc, 4) + le(bytes.size(), 4) +
                               le(bytes.size(), 4) + le(name.size(), 2) +
                               le(0, 2);
    directory += std::string("PK\1\2") + le(20, 2) + le(20, 2) + common +
                 le(0, 2) + le(0, 2) + le(0, 2) + le(0, 4) + le(out.size(), 4) +
                 name;
    out += std::string("PK\3\4") + le(20, 2) + common + name + bytes;
  }
  return out + directory + std::string("PK\5\6") + le(0, 4) +
         le(files.size(), 2) + le(files.size(), 2) + le(directory.size(), 4) +
         le(out.size(), 4) + le(0, 2);
}

class CrossSimCases : public testing::Test {
protected:
  void SetUp() override {
    const std::vector<float> w = {0.5f, -0.25f, 1, 0}, x = {1, 0.5f};
    const std::vector<float> y = {0.375f, 1};
    const std::string file =
        zip({{"W.npy", header("'<f4'", {2, 2}) + bytesOf(w)},
             {"X.npy", header("'<f4'", {2, 1}) + bytesOf(x)},
             {"Y.npy", header("'<f4'", {2, 1}) + bytesOf(y)}});
    ASSERT_TRUE(writeFile(npz(), file));
  }
  std::string npz() const { return folder / "case.npz"; }
  Result<CrossSimCase> read(const std::string &json) {
    EXPECT_TRUE(writeFile(folder / "case.json", json));
    return readCrossSimCase(npz());
  }
  std::string messageOf(const std::string &json) {
    Result<CrossSimCase> c = read(json);
    return c ? "no error" : c.error().message;
  }

  test::TemporaryFolder folder;
};

} // namespace

TEST_F(CrossSimCases, DefaultsAreAnIdealBalancedCore) {
  Result<CrossSimCase> c = read(R"({"case": "t", "xbar": {}})");
  ASSERT_TRUE(c) << c.error().text();
  EXPECT_EQ(c->outputs, 2u);
  EXPECT_EQ(c->batch, 1u);
  EXPECT_DOUBLE_EQ(c->settings.encoding.gMin, 0.1);
  EXPECT_EQ(c->settings.adcs.front().bits, 0u);
  EXPECT_TRUE(c->settings.subtractInArray);
}

TEST_F(CrossSimCases, EnumsAreNamesOrNumbers) {
  for (const char *style :
       {"2", "\"TWO_SIDED\"", "\"BalancedCoreStyle.TWO_SIDED\""}) {
    Result<CrossSimCase> c =
        read(std::string(
                 R"({"core": {"style": "BALANCED", "balanced": {"style": )") +
             style + "}}, \"xbar\": {}}");
    ASSERT_TRUE(c) << c.error().text();
    EXPECT_EQ(c->settings.encoding.style, imchw::EncodingStyle::TwoSided);
  }
  Result<CrossSimCase> unit =
      read(R"({"core": {"style": 3, "offset": {"style": 2}}, "xbar": {}})");
  ASSERT_TRUE(unit);
  EXPECT_TRUE(unit->settings.encoding.hasUnitColumn());
  Result<CrossSimCase> sliced = read(
      R"({"core": {"style": "BITSLICED", "weight_bits": 9,
          "bit_sliced": {"num_slices": 2}}, "xbar": {}})");
  ASSERT_TRUE(sliced) << sliced.error().text();
  EXPECT_EQ(sliced->settings.encoding.bitsPerSlice(), 4u);
}

TEST_F(CrossSimCases, RangesFollowTheirOption) {
  const auto ends = [&](const std::string &adc, const std::string &rest) {
    Result<CrossSimCase> c =
        read("{\"xbar\": {\"adc\": {\"mvm\": {\"model\": \"QuantizerADC\", "
             "\"bits\": 6, " +
             adc + "}}" + rest + "}, \"core\": {\"weight_bits\": 4}}");
    EXPECT_TRUE(c) << c.error().text();
    return std::pair(c->settings.adcs.front().bottom(),
                     c->settings.adcs.front().range);
  };
  using Ends = std::pair<double, double>;
  EXPECT_EQ(ends(R"("calibrated_range": [-3, 5])", ""), Ends(-3, 5));
  EXPECT_EQ(ends(R"("adc_range_option": "MAX")", ""), Ends(-2, 2));
  // 31 codes of 1/16, x 4/3 for two bits of unsigned input.
  const Ends granular =
      ends(R"("adc_range_option": 3, "adc_per_ibit": true)",
           R"(, "dac": {"mvm": {"model": "QuantizerDAC", "bits": 2,
               "signed": false, "input_bitslicing": true}})");
  EXPECT_DOUBLE_EQ(granular.second, 31.0 / 16 * 4 / 3);
  EXPECT_DOUBLE_EQ(granular.first, -granular.second);
}

TEST_F(CrossSimCases, UnknownKindsAreRefusedByName) {
  EXPECT_EQ(
      messageOf(
          R"({"xbar": {"adc": {"mvm": {"model": "FlashADC", "bits": 4}}}})"),
      "parameter 'xbar.adc.mvm.model' is 'FlashADC'; IdealADC, QuantizerADC, "
      "SignMagnitudeADC, SarADC, RampADC, PipelineADC and CyclicADC are "
      "handled");
  EXPECT_EQ(messageOf(R"({"xbar": {"adc": {"mvm": {"model": "PipelineADC",
                          "bits": 4, "calibrated_range": [-1, 1],
                          "sigma_C1": 0.01}}}})"),
            "parameter 'xbar.adc.mvm.sigma_C1' is not 0; the draws of another "
            "program cannot be compared");
  EXPECT_EQ(messageOf(R"({"core": {"style": "HEXAGONAL"}, "xbar": {}})"),
            "parameter 'core.style' is \"HEXAGONAL\"; one of BALANCED (1), "
            "BITSLICED (2), OFFSET (3) was wanted");
  EXPECT_EQ(messageOf(R"({"xbar": {"dac": {"mvm": {"model": "MagicDAC"}}}})"),
            "parameter 'xbar.dac.mvm.model' is 'MagicDAC'; IdealDAC, "
            "QuantizerDAC and SignMagnitudeDAC are handled");
  EXPECT_EQ(messageOf(R"({"xbar": {"device": {"programming_error":
                          {"enable": true, "model": "Banana"}}}})"),
            "parameter 'xbar.device.programming_error.model' is 'Banana', an "
            "unknown model");
  EXPECT_EQ(messageOf(R"({"xbar": {"device": {"programming_error":
                          {"enable": true, "model": "RRAMMilo"}}}})"),
            "parameter 'xbar.device.programming_error' or drift_error is "
            "enabled, but the archive does not hold the programmed "
            "conductances, and the draws of another program cannot be made "
            "again");
  EXPECT_NE(messageOf(R"({"xbar": {"adc": {"mvm": {"model": "SarADC", "bits": 4,
                          "calibrated_range": [1, 1]}}}})")
                .find("goes from 1 to 1"),
            std::string::npos);
}

TEST_F(CrossSimCases, OffsetSlicesHaveRangesOfTheirOwn) {
  // 2 inputs are 2^1; slices of 4 bits, 9-bit codes, 6 bits of input.
  const auto ends = [&](const char *dac) {
    Result<CrossSimCase> c = read(
        std::string(R"({"xbar": {"device": {"cell_bits": 4}, "adc": {"mvm": {
            "model": "QuantizerADC", "bits": 9, "adc_range_option": 2}},
            "dac": {"mvm": {"bits": 6, )") +
        dac + R"(}}}, "core": {"style": 2, "weight_bits": 8,
            "bit_sliced": {"style": 3, "num_slices": 2}}})");
    EXPECT_TRUE(c) << c.error().text();
    return c ? c->endsOf(2) : imchw::AdcEnds{};
  };
  const auto both = ends(R"("model": "SignMagnitudeDAC")");
  EXPECT_DOUBLE_EQ(both.high, 2 * 16.0 / 15 * 510 / 512 * 32 / 31);
  EXPECT_DOUBLE_EQ(both.low, -both.high);
  const auto one = ends(R"("model": "QuantizerDAC", "signed": false)");
  EXPECT_DOUBLE_EQ(one.high, 2 * 16.0 / 15 * 511 / 512 * 64 / 63);
  EXPECT_EQ(one.low, 0);
}

TEST_F(CrossSimCases, LimitsScaleWeightsAndInputs) {
  // W = 0.5 -0.25 1 0, X = 1 0.5. The 75th percentile of W is a quarter of the
  // way from 0.5 to 1, and farther from 0 than the 25th.
  Result<CrossSimCase> c = read(R"({"core": {"mapping": {
      "weights": {"percentile": 0.75, "clipping": true},
      "inputs": {"mvm": {"min": -2, "max": 4}}}}, "xbar": {}})");
  ASSERT_TRUE(c) << c.error().text();
  const float most = 0.625f;
  EXPECT_EQ(c->weights, (std::vector<double>{double(0.5f / most),
                                             double(-0.25f / most), 1, 0}));
  // Drives are not shifted to the middle of their limits.
  EXPECT_DOUBLE_EQ(c->drives[0], double(1 * float(1 / 3.0)));
  EXPECT_DOUBLE_EQ(c->scale, 0.625 * 3);
  EXPECT_DOUBLE_EQ(c->settings.dac.low, -2 / 3.0);
  EXPECT_DOUBLE_EQ(c->settings.dac.high, 4 / 3.0);
  // Without a sign, a percentile still counts both sides.
  Result<CrossSimCase> one = read(R"({"core": {"mapping": {
      "inputs": {"mvm": {"percentile": 1.5}}}}, "xbar": {"dac": {"mvm": {
      "model": "QuantizerDAC", "bits": 4, "signed": false}}}})");
  ASSERT_TRUE(one) << one.error().text();
  EXPECT_DOUBLE_EQ(one->drives[0], double(float(1 / 3.0)));
  EXPECT_EQ(one->settings.dac.high, 1);
  EXPECT_NE(messageOf(R"({"core": {"mapping": {"weights": {"min": 1}}},
                          "xbar": {}})")
                .find("is 1, with 1 for min"),
            std::string::npos);
}

TEST_F(CrossSimCases, TilesFollowPriorities) {
  const auto inputBounds = [&](const std::string &weights) {
    Result<CrossSimCase> c =
        read(R"({"core": {"rows_max": 1, "mapping": {"weights": {)" + weights +
             "}}}, \"xbar\": {}}");
    EXPECT_TRUE(c) << c.error().text();
    return c->inputBounds;
  };
  EXPECT_EQ(inputBounds(R"("col_partition_strategy": "MAX")"),
            (std::vector<uint32_t>{0, 1, 2}));
  Result<CrossSimCase> given =
      read(R"({"partition_cols": [[0, 0, 1], [1, 1, 2]], "xbar": {}})");
  ASSERT_TRUE(given);
  EXPECT_EQ(given->inputBounds, (std::vector<uint32_t>{0, 1, 2}));
  EXPECT_FALSE(read(R"({"partition_cols": [[0, 0, 3]], "xbar": {}})"));
}

TEST_F(CrossSimCases, NotesSayWhatParametersLeaveOut) {
  const auto note = [&](const std::string &words, const std::string &rest) {
    Result<CrossSimCase> c =
        read("{\"note\": \"" + words + "\", \"xbar\": {" + rest + "}}");
    EXPECT_TRUE(c) << c.error().text();
    return std::move(*c);
  };
  const CrossSimCase sliced =
      note("bit-sliced balanced, 3 slices", R"("device": {"cell_bits": 2})");
  EXPECT_EQ(sliced.settings.encoding.style, imchw::EncodingStyle::SlicedPairs);
  EXPECT_EQ(sliced.settings.encoding.weightBits, 7u);
  EXPECT_FALSE(sliced.assumed.empty());
  const std::string ranges = R"("device": {"cell_bits": 4}, "adc": {"mvm": {
      "model": "QuantizerADC", "bits": 8,
      "calibrated_range": [[-1, 1], [-2, 2]]}})";
  const CrossSimCase byRanges = note("offset slices", ranges);
  EXPECT_EQ(byRanges.settings.encoding.style,
            imchw::EncodingStyle::SlicedOffset);
  EXPECT_EQ(byRanges.settings.encoding.slices, 2u);
  EXPECT_EQ(byRanges.settings.adcs[1].range, 2);
  // Slices of inputs are not slices of weights.
  EXPECT_EQ(note("1-bit input slices, bit-serial", "").settings.encoding.style,
            imchw::EncodingStyle::OneSided);
  EXPECT_EQ(note("unit column", "").settings.encoding.lines(2), 3u);
  EXPECT_EQ(note("two-sided", "").settings.encoding.style,
            imchw::EncodingStyle::TwoSided);
}

TEST_F(CrossSimCases, WiresAreRelativeToTheLeastResistance) {
  const auto wires = [&](const std::string &more, const std::string &rest) {
    Result<CrossSimCase> c = read(
        R"({"xbar": {"device": {"Rmin": 1000}, "array": {"parasitics": {
            "enable": true, "Rp_row": 1, "Rp_col": 2, "Rp_row_terminal": 3,
            "Rp_col_terminal": 4)" +
        more + "}}}" + rest + "}");
    EXPECT_TRUE(c) << c.error().text();
    return std::move(*c);
  };
  const imchw::Wires input = wires("", "").settings.wires;
  EXPECT_DOUBLE_EQ(input.input, 0.001);
  EXPECT_DOUBLE_EQ(input.output, 0.002);
  EXPECT_DOUBLE_EQ(input.firstInput, 0.003);
  EXPECT_EQ(input.inputTerminal, 0);
  EXPECT_DOUBLE_EQ(input.outputTerminal, 0.004);
  EXPECT_FALSE(input.interleaved);
  // 10 rows for 2 inputs: 8 segments between the matrix and the supply.
  const CrossSimCase supply =
      wires(R"(, "current_from_input": false, "selected_rows": "bottom")",
            R"(, "core": {"rows_max": 10,
                "balanced": {"interleaved_posneg": true}})");
  EXPECT_DOUBLE_EQ(supply.settings.wires.inputTerminal, 0.003 + 8 * 0.001);
  EXPECT_EQ(supply.settings.wires.firstInput, 0);
  EXPECT_TRUE(supply.settings.wires.interleaved);
  EXPECT_FALSE(supply.relaxation);
  const auto loose = wires("", R"(, "simulation": {"Verr_th_mvm": 1e-3,
                                     "relaxation_gamma": 0.8})")
                         .relaxation;
  ASSERT_TRUE(loose);
  EXPECT_EQ(loose->threshold, 1e-3);
  EXPECT_EQ(loose->gamma, 0.8);
  EXPECT_FALSE(wires("", R"(, "note": "Verr_th 1e-6")").relaxation);
  EXPECT_TRUE(wires("", R"(, "note": "Verr_th 1e-4")").relaxation);
}

TEST_F(CrossSimCases, ReadNoiseOfCellsThatCannotBeNegative) {
  Result<CrossSimCase> c = read(R"({"xbar": {"device": {"read_noise": {
      "enable": true, "model": "NormalIndependentDevice",
      "magnitude": 0.02}}}})");
  ASSERT_TRUE(c) << c.error().text();
  // Half of a normal at 0 is held there: s / sqrt(2 pi), s^2 (1/2 - 1/(2 pi)).
  const CellNoise::Moments zero = c->readNoise->of(0),
                           far = c->readNoise->of(1);
  EXPECT_NEAR(zero.mean, 0.02 / std::sqrt(2 * M_PI), 1e-6);
  EXPECT_NEAR(zero.variance, 4e-4 * (0.5 - 0.5 / M_PI), 1e-8);
  EXPECT_EQ(far.mean, 1);
  EXPECT_NEAR(far.variance, 4e-4, 1e-18);
  EXPECT_FALSE(c->singleSums);
  Result<CrossSimCase> uniform = read(R"({"xbar": {"device": {"read_noise": {
      "enable": true, "model": "UniformProportionalDevice",
      "magnitude": 0.1}}}})");
  ASSERT_TRUE(uniform);
  EXPECT_NEAR(uniform->readNoise->of(0.5).variance, 0.05 * 0.05 / 12, 1e-15);
  EXPECT_NE(messageOf(R"({"xbar": {"device": {"read_noise": {"enable": true,
                          "model": "RRAMMilo", "magnitude": 1}}}})")
                .find("'xbar.device.read_noise.model' is 'RRAMMilo'"),
            std::string::npos);
}

TEST_F(CrossSimCases, CellsCanBeCubic) {
  Result<CrossSimCase> c = read(R"({"xbar": {"device": {"Vread": 0.8,
      "nonlinear_IV": {"enable": true, "model": "CubicDevice"}}}})");
  ASSERT_TRUE(c) << c.error().text();
  EXPECT_DOUBLE_EQ(c->settings.cubic, 0.16);
  EXPECT_FALSE(read(R"({"xbar": {"device": {
      "nonlinear_IV": {"enable": true, "model": "Square"}}}})"));
}

TEST_F(CrossSimCases, NumbersOfPythonAreRead) {
  Result<CrossSimCase> c = read(
      R"({"note": "an Infinity \" NaN", "xbar": {"device": {"Rmin": 1e4,
          "Rmax": Infinity, "Vread": NaN}}})");
  ASSERT_TRUE(c) << c.error().text();
  EXPECT_NEAR(c->settings.encoding.gMin, 0, 1e-300);
}

TEST_F(CrossSimCases, DamagedArchivesAreRefused) {
  ASSERT_TRUE(writeFile(folder / "case.json", R"({"xbar": {}})"));
  const std::string whole = *readFile(npz());
  for (size_t cut = 0; cut < whole.size(); cut += 3) {
    ASSERT_TRUE(writeFile(npz(), whole.substr(0, cut)));
    EXPECT_FALSE(readCrossSimCase(npz())) << cut;
  }
  // Any flipped byte is caught by structure or checksum, or leaves the numbers
  // as they were.
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    ASSERT_TRUE(writeFile(npz(), damaged));
    Result<CrossSimCase> c = readCrossSimCase(npz());
    if (c) {
      EXPECT_EQ(c->weights, (std::vector<double>{0.5, -0.25, 1, 0})) << at;
    }
  }
}

TEST(Nodal, MatchesTheRecordedSolution) {
  LIMEN_DATA_OR_SKIP(npz, "rram/crosssim/c15_ir_drop_1ohm.npz");
  LIMEN_DATA_OR_SKIP(csv, "rram/crosssim/c15_ir_drop_1ohm_nodal_exact.csv");
  Result<CrossSimCase> c = readCrossSimCase(npz);
  ASSERT_TRUE(c) << c.error().text();
  Result<imchw::Core> core =
      imchw::Core::make(c->settings, c->cells, c->outputs, c->inputs);
  ASSERT_TRUE(core);
  std::istringstream in(*readFile(csv));
  std::vector<std::vector<double>> exact;
  for (std::string line; std::getline(in, line);) {
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream row(line);
    exact.emplace_back(std::istream_iterator<double>(row),
                       std::istream_iterator<double>());
  }
  ASSERT_EQ(exact.size(), 16u);
  for (uint32_t b = 0; b < 4; ++b) {
    std::vector<double> x, y(c->outputs, 0.0);
    for (uint32_t j = 0; j < c->inputs; ++j)
      x.push_back(c->drives[j * c->batch + b]);
    ASSERT_TRUE(core->multiply(x, y));
    for (size_t i = 0; i < exact.size(); ++i)
      EXPECT_NEAR(y[i], exact[i][b], 2e-9);
  }
}
