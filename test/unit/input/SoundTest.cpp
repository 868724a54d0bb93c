// Sounds: the file format byte by byte, the filters against their transfer
// function, the encoder against its closed form, the data set.

#include "runtime/input/Cochlea.h"
#include "runtime/input/Open.h"
#include "runtime/input/Wav.h"
#include "test/unit/input/Folder.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <numbers>
#include <numeric>
#include <random>

using namespace limen;
using namespace limen::input;

namespace {

template <typename T> std::string le(T value) {
  std::string out(sizeof(T), '\0');
  std::memcpy(out.data(), &value, sizeof(T));
  return out;
}

std::string chunk(const std::string &name, const std::string &body) {
  return name + le(static_cast<uint32_t>(body.size())) + body +
         std::string(body.size() % 2, '\0');
}

std::string layout(uint16_t code, uint16_t channels, uint32_t rate,
                   uint16_t bits) {
  const auto block = static_cast<uint16_t>(channels * bits / 8);
  return le(code) + le(channels) + le(rate) + le(uint32_t(rate * block)) +
         le(block) + le(bits);
}

std::string riff(const std::string &chunks) {
  return "RIFF" + le(static_cast<uint32_t>(chunks.size() + 4)) + "WAVE" +
         chunks;
}

std::string wave(const std::string &format, const std::string &data) {
  return riff(chunk("fmt ", format) + chunk("LIST", "odd") +
              chunk("data", data));
}

std::vector<float> read(const std::string &bytes) {
  const Result<Wav> wav = parseWav(bytes);
  EXPECT_TRUE(wav) << wav.error().text();
  return wav ? wav->samples : std::vector<float>();
}

std::string reject(const std::string &bytes) {
  const Result<Wav> wav = parseWav(bytes);
  EXPECT_FALSE(wav);
  return wav ? "" : wav.error().text();
}

CochleaRules standard() {
  CochleaRules rules;
  rules.high = 3600;
  return rules;
}

std::vector<float> tone(double f, double amplitude, size_t length,
                        double rate) {
  std::vector<float> out;
  for (size_t n = 0; n < length; ++n)
    out.push_back(static_cast<float>(
        amplitude *
        std::sin(2 * std::numbers::pi * f * static_cast<double>(n) / rate)));
  return out;
}

std::string pcm16(const std::vector<float> &sound) {
  std::string out;
  for (float value : sound)
    out += le(static_cast<int16_t>(std::lround(value * 32767)));
  return out;
}

} // namespace

TEST(Wav, ReadsEveryWidth) {
  using Samples = std::vector<float>;
  EXPECT_EQ(read(wave(layout(1, 1, 8000, 8), std::string("\x00\x80\xC0", 3))),
            (Samples{-1, 0, 0.5f}));
  EXPECT_EQ(read(wave(layout(1, 1, 8000, 16),
                      le<int16_t>(-32768) + le<int16_t>(8192))),
            (Samples{-1, 0.25f}));
  EXPECT_EQ(read(wave(layout(1, 1, 8000, 24),
                      std::string("\x00\x00\x80\x00\x00\x20\xff\xff\xff", 9))),
            (Samples{-1, 0.25f, -0x1p-23f}));
  EXPECT_EQ(read(wave(layout(1, 1, 8000, 32),
                      le<int32_t>(INT32_MIN) + le<int32_t>(1 << 29))),
            (Samples{-1, 0.25f}));
  EXPECT_EQ(read(wave(layout(3, 1, 8000, 32), le(0.3f) + le(-2.0f))),
            (Samples{0.3f, -2}));
  EXPECT_EQ(read(wave(layout(3, 1, 8000, 64), le(-0.125))), (Samples{-0.125f}));
  // Two channels are averaged.
  EXPECT_EQ(read(wave(layout(1, 2, 8000, 16),
                      le<int16_t>(16384) + le<int16_t>(-8192))),
            (Samples{0.125f}));
  // The extensible layout names the format later.
  const std::string extensible =
      layout(0xFFFE, 1, 8000, 16) + le<uint16_t>(22) + le<uint16_t>(16) +
      le<uint32_t>(4) + le<uint16_t>(1) + std::string(14, 'g');
  EXPECT_EQ(read(wave(extensible, le<int16_t>(8192))), (Samples{0.25f}));
}

TEST(Wav, SaysWhereDamageIs) {
  const std::string good = layout(1, 1, 8000, 16);
  EXPECT_NE(reject("RIFX").find("byte 0"), std::string::npos);
  EXPECT_NE(reject(riff("")).find("byte 12"), std::string::npos);
  EXPECT_NE(reject(riff(chunk("data", "ab"))).find("before the 'fmt '"),
            std::string::npos);
  EXPECT_NE(reject(wave(layout(6, 1, 8000, 8), "a")).find("format 6"),
            std::string::npos);
  EXPECT_NE(reject(wave(layout(1, 0, 8000, 16), "ab")).find("byte 32"),
            std::string::npos);
  EXPECT_NE(reject(wave(layout(1, 1, 0, 16), "ab")).find("byte 24"),
            std::string::npos);
  EXPECT_NE(reject(wave(good, "abc")).find("no blocks"), std::string::npos);
  EXPECT_NE(reject(wave(good, "")).find("no blocks"), std::string::npos);
  EXPECT_NE(reject(riff(chunk("fmt ", good) + "data" + le(0xFFFFFFFFu) + "ab"))
                .find("claims 4294967295 bytes, 2 are there"),
            std::string::npos);
  EXPECT_NE(reject(wave(layout(3, 1, 8000, 32), le(NAN))).find("not finite"),
            std::string::npos);
}

TEST(Wav, CutAndFlippedFilesNeverCrash) {
  const std::string whole =
      wave(layout(1, 2, 8000, 16), pcm16(tone(440, 0.5, 60, 8000)));
  for (size_t size = 0; size + 1 < whole.size(); ++size)
    EXPECT_FALSE(parseWav(std::string_view(whole).substr(0, size))) << size;
  std::mt19937 random(3);
  for (int round = 0; round < 10000; ++round) {
    std::string bytes = whole;
    for (int k = 0; k < 3; ++k)
      bytes[random() % (round % 2 ? 60 : bytes.size())] =
          static_cast<char>(random());
    if (const Result<Wav> wav = parseWav(bytes)) {
      EXPECT_LE(wav->samples.size(), whole.size());
    }
  }
}

TEST(Cochlea, ScaleIsThatOfGlasbergAndMoore) {
  EXPECT_NEAR(erb(1000), 132.639, 1e-3); // 24.7 x 5.37
  EXPECT_NEAR(erbRate(1000), 15.6214, 1e-3);
  const auto cochlea = Cochlea::make(standard(), 8000);
  ASSERT_TRUE(cochlea);
  const std::vector<double> &f = cochlea->centres();
  ASSERT_EQ(f.size(), 64u);
  EXPECT_NEAR(f.front(), 100, 1e-9);
  EXPECT_NEAR(f.back(), 3600, 1e-9);
  for (size_t c = 1; c < f.size(); ++c)
    EXPECT_NEAR(erbRate(f[c]) - erbRate(f[c - 1]),
                (erbRate(3600) - erbRate(100)) / 63, 1e-9);
}

TEST(Cochlea, ImpulseResponseHasTheTransferFunction) {
  const double rate = 8000;
  const auto cochlea = Cochlea::make(standard(), 8000);
  std::vector<float> impulse(8000, 0.0f);
  impulse[0] = 1;
  using Complex = std::complex<double>;
  const auto turn = [](double angle) { return std::polar(1.0, angle); };
  for (uint32_t channel : {0u, 20u, 40u, 63u}) {
    const double centre = cochlea->centres()[channel];
    const std::vector<double> h = cochlea->filter(impulse, channel);
    const double a = std::exp(-2 * std::numbers::pi * 1.019 * 24.7 *
                              (1 + 0.00437 * centre) / rate);
    // 2 Re of a complex response is its spectrum and its mirror image.
    const auto half = [&](double f, double sign) {
      const double w = 2 * std::numbers::pi * f / rate;
      const double w0 = sign * 2 * std::numbers::pi * centre / rate;
      return std::pow((1 - a) / (1.0 - a * turn(w0 - w)), 4);
    };
    for (double f : {50.0, 0.8 * centre, centre, 1.1 * centre, 3900.0}) {
      Complex measured = 0;
      for (size_t n = 0; n < h.size(); ++n)
        measured += h[n] * turn(-2 * std::numbers::pi * f *
                                static_cast<double>(n) / rate);
      const Complex wanted = half(f, 1) + half(f, -1);
      EXPECT_NEAR(std::abs(measured - wanted), 0, 1e-9)
          << "channel " << channel << ", " << f << " Hz";
    }
  }
}

TEST(Cochlea, ToneIsLoudestInItsChannel) {
  const auto cochlea = Cochlea::make(standard(), 8000);
  const double spacing = (erbRate(3600) - erbRate(100)) / 63;
  for (double f : {210.0, 440.0, 1000.0, 1730.0, 2500.0}) {
    const std::vector<float> sound = tone(f, 0.5, 8000, 8000);
    double best = 0, where = 0;
    for (uint32_t channel = 0; channel < 64; ++channel) {
      const std::vector<double> y = cochlea->filter(sound, channel);
      const double energy =
          std::inner_product(y.begin() + 4000, y.end(), y.begin() + 4000, 0.0);
      if (energy > best) {
        best = energy;
        where = cochlea->centres()[channel];
      }
    }
    EXPECT_LE(std::abs(erbRate(where) - erbRate(f)), spacing / 2 + 1e-6)
        << f << " Hz";
  }
}

TEST(Cochlea, SilenceIsSilentAndLouderIsDenser) {
  const auto cochlea = Cochlea::make(standard(), 8000);
  const auto count = [&](const std::vector<float> &sound) {
    size_t spikes = 0;
    for (uint32_t channel = 0; channel < 64; ++channel)
      cochlea->encode(sound, channel, [&](size_t) { ++spikes; });
    return spikes;
  };
  EXPECT_EQ(count(std::vector<float>(8000, 0.0f)), 0u);
  const size_t soft = count(tone(1000, 0.01, 8000, 8000));
  const size_t loud = count(tone(1000, 0.5, 8000, 8000));
  EXPECT_GT(soft, 0u);
  EXPECT_GT(loud, soft);
}

TEST(Cochlea, EncoderFollowsItsEquation) {
  // compress -> the drive of a positive sample is nearly 1 whatever it is, so v
  // after n samples is gain (1 - d^n) and a spike comes at the first n with
  // d^n <= 1 - 1 / gain, but only while y > 0: half of a period of a slow tone.
  CochleaRules rules;
  rules.channels = 1;
  rules.low = 99;
  rules.high = 101;
  rules.compress = 1e-9;
  rules.gain = 4;
  rules.tau = 2e-3;
  const uint32_t rate = 48000;
  const auto cochlea = Cochlea::make(rules, rate);
  const std::vector<float> sound = tone(100, 1, rate, rate);
  const std::vector<double> y = cochlea->filter(sound, 0);
  std::vector<size_t> spikes;
  cochlea->encode(sound, 0, [&](size_t n) { spikes.push_back(n); });
  // ln(3/4) / (-1 / 96) = 27.6: every 28 samples.
  std::vector<size_t> wanted;
  double rest = 0; // v left at the end of the positive half
  size_t run = 0;
  const double d = std::exp(-1 / 96.0);
  for (size_t n = 0; n < y.size(); ++n) {
    if (y[n] <= 0) {
      rest = (rest * std::pow(d, run) + 4 * (1 - std::pow(d, run)));
      run = 0;
      rest *= d;
      continue;
    }
    ++run;
    if (rest * std::pow(d, run) + 4 * (1 - std::pow(d, run)) >= 1) {
      wanted.push_back(n);
      rest = 0;
      run = 0;
    }
  }
  ASSERT_GT(wanted.size(), 500u);
  EXPECT_EQ(spikes, wanted);
  size_t spacings = 0;
  for (size_t i = 1; i < spikes.size(); ++i)
    spacings += spikes[i] - spikes[i - 1] == 28;
  EXPECT_GT(spacings, spikes.size() / 2);
}

TEST(Cochlea, RefusesBandsOutside) {
  CochleaRules rules = standard();
  rules.high = 4000;
  EXPECT_FALSE(Cochlea::make(rules, 8000));
  rules.high = 100;
  EXPECT_FALSE(Cochlea::make(rules, 8000));
}

TEST(Sounds, AreADataSet) {
  const Folder folder;
  const auto write = [&](const std::string &name, double f, size_t length) {
    folder.write(
        name, wave(layout(1, 1, 8000, 16), pcm16(tone(f, 0.5, length, 8000))));
  };
  write("3_ann_0.wav", 300, 801);
  write("7_bob_0.WAV", 2000, 800);
  folder.write("README.md", "none");
  SourceOptions options;
  options.dt = Seconds(10e-3);
  const std::string spec = "wav:" + folder.path + ",labels=name";
  auto source = openSource(spec, options);
  ASSERT_TRUE(source) << source.error().text();
  ASSERT_EQ((*source)->size(), 2u);
  EXPECT_EQ((*source)->shape(), (network::Shape{64}));
  const auto first = (*source)->sample(0);
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(first->label, 3);
  EXPECT_EQ(first->steps, 11u); // 801 samples are ten steps and a part
  const auto second = (*source)->sample(1);
  EXPECT_EQ(second->label, 7);
  EXPECT_EQ(second->steps, 10u);
  const auto total = [](const Sample &sample) {
    double sum = 0;
    for (const Event &event : sample.events)
      sum += event.value;
    return sum;
  };
  EXPECT_GT(total(*second), 0);
  // Counts do not depend on the steps.
  source = openSource(spec + ",bins=7", options);
  EXPECT_EQ((*source)->sample(1)->steps, 7u);
  EXPECT_EQ(total(*(*source)->sample(1)), total(*second));
  // Binary values keep what spiked and forget how often.
  const auto counted = (*source)->sample(1);
  source = openSource(spec + ",bins=7,values=binary", options);
  const auto binary = (*source)->sample(1);
  ASSERT_EQ(binary->events.size(), counted->events.size());
  double most = 0;
  for (size_t i = 0; i < counted->events.size(); ++i) {
    most = std::max(most, static_cast<double>(counted->events[i].value));
    EXPECT_EQ(binary->events[i].index, counted->events[i].index);
    EXPECT_EQ(binary->events[i].value, 1);
  }
  EXPECT_GT(most, 1);
  // --steps cuts.
  options.steps = 3;
  source = openSource(spec, options);
  EXPECT_EQ((*source)->sample(1)->steps, 3u);
  EXPECT_EQ((*source)->sample(1)->events.size(), second->offsets[3]);
  source = openSource(spec + ",match=*_bob_*", {});
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->size(), 1u);
  EXPECT_EQ((*source)->sample(0)->label, 7);
}

TEST(Sounds, SayWhatIsWrong) {
  const Folder folder;
  const std::string file = folder.path + "/1_a_0.wav";
  folder.write("1_a_0.wav", wave(layout(1, 1, 8000, 16), "abcd"));
  for (const auto &[option, text] :
       {std::pair<std::string, std::string>{"channels=0", "channels=0"},
        {"high=5 kHz", "not below half"},
        {"low=1 s", "low=1 s"},
        {"compress=2", "compress=2"},
        {"level=x", "file, peak"},
        {"volume=2", "'volume' is not an option"},
        {"match=*_b_*", "no file"}}) {
    const auto source = openSource(
        "wav:" + (option[0] == 'm' ? folder.path : file) + "," + option, {});
    ASSERT_FALSE(source) << option;
    EXPECT_NE(source.error().text().find(text), std::string::npos)
        << source.error().text();
  }
  const auto fine = openSource("wav:" + file + ",bin=1e-300 s", {});
  ASSERT_TRUE(fine) << fine.error().text();
  EXPECT_NE((*fine)->sample(0).error().text().find("at most 2^24"),
            std::string::npos);
  folder.write("1_a_0.wav", "RIFF");
  const auto source = openSource("wav:" + file, {});
  ASSERT_FALSE(source);
  EXPECT_NE(source.error().text().find("byte 0"), std::string::npos);
  EXPECT_NE(source.error().text().find("1_a_0.wav"), std::string::npos);
}
