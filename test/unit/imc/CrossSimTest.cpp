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
          R"({"xbar": {"adc": {"mvm": {"model": "CyclicADC", "bits": 4}}}})"),
      "parameter 'xbar.adc.mvm.model' is 'CyclicADC'; IdealADC, "
      "QuantizerADC, SignMagnitudeADC, SarADC and RampADC are handled");
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
