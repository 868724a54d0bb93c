// wav:FILE_OR_DIR: sounds through a bank of filters and encoders (Cochlea.h).

#include "hw-models/base/Files.h"
#include "hw-models/base/Quantity.h"
#include "runtime/input/Cochlea.h"
#include "runtime/input/Formats.h"
#include "runtime/input/Listing.h"
#include "runtime/input/Spec.h"
#include "runtime/input/Wav.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>

using namespace limen;
using namespace limen::input;

namespace {

struct AudioRules {
  CochleaRules cochlea;
  bool toPeak = false; ///< the largest sample becomes 1
  bool binary = false; ///< several spikes of a channel in a step are one
  double width = 1e-3; ///< of a step, s
  uint32_t bins = 0;   ///< 0; else a sound is divided into that many
  uint32_t steps = 0;  ///< as in SourceOptions
};

/// The file's sound; the place of errors is the file and the byte.
Result<Wav> readSound(const std::string &file) {
  Result<std::string> bytes = readFile(file);
  if (!bytes)
    return bytes.takeError();
  Result<Wav> wav = parseWav(*bytes);
  if (wav)
    return wav;
  Error error = wav.takeError();
  error.place.file = file;
  return error;
}

class AudioSource final : public Source {
public:
  AudioSource(Listing listing, AudioRules rules)
      : listing(std::move(listing)), rules(rules) {}

  size_t size() const override { return listing.entries.size(); }
  network::Shape shape() const override { return {rules.cochlea.channels}; }
  std::optional<Seconds> stepTime() const override {
    if (rules.bins != 0)
      return std::nullopt;
    return Seconds(rules.width);
  }
  std::vector<std::string> assumptions() const override;
  Result<Sample> sample(size_t index) const override;

private:
  Listing listing;
  AudioRules rules;
};

std::vector<std::string> AudioSource::assumptions() const {
  const CochleaRules &c = rules.cochlea;
  const char *values = rules.binary
                           ? "several spikes of a channel in a step are one"
                           : "counts are kept";
  std::vector<std::string> out{
      fmt::format(
          "sound passes {} gammatone filters of order 4 from {} to {} Hz, "
          "evenly spaced in ERB rate; stereo is averaged{}",
          c.channels, formatNumber(c.low), formatNumber(c.high),
          rules.toPeak ? ", the largest sample of a sound is 1" : ""),
      fmt::format("an encoder sums {} x max(y, 0)^{} with a time constant of "
                  "{} and spikes at 1 (assumed)",
                  formatNumber(c.gain), formatNumber(c.compress),
                  format(Seconds(c.tau))),
      rules.bins != 0
          ? fmt::format("spikes are binned into {} equal parts of a sound, "
                        "{}",
                        rules.bins, values)
          : fmt::format("spikes are binned from the beginning of a sound in "
                        "steps of {}, the last incomplete step is kept, {}",
                        format(Seconds(rules.width)), values)};
  out.insert(out.end(), listing.notes.begin(), listing.notes.end());
  return out;
}

Result<Sample> AudioSource::sample(size_t index) const {
  const Entry &entry = listing.entries[index];
  Result<Wav> wav = readSound(entry.file);
  if (!wav)
    return wav.takeError();
  const Place place{entry.file, 0, 0, {}};
  Result<Cochlea> cochlea = Cochlea::make(rules.cochlea, wav->rate);
  if (!cochlea) {
    Error error = cochlea.takeError();
    error.place = place;
    return error;
  }
  if (rules.toPeak) {
    float peak = 0;
    for (float value : wav->samples)
      peak = std::max(peak, std::abs(value));
    for (float &value : wav->samples)
      value = peak > 0 ? value / peak : value;
  }
  const uint64_t length = wav->samples.size();
  const double perStep = rules.width * wav->rate;
  auto stepOf = [&](uint64_t n) {
    return rules.bins != 0 ? n * rules.bins / length
                           : static_cast<uint64_t>(
                                 std::floor(static_cast<double>(n) / perStep));
  };
  const double all =
      rules.bins != 0
          ? rules.bins
          : std::floor(static_cast<double>(length - 1) / perStep) + 1;
  if (!(all <= 1 << 24))
    return Error(fmt::format("lasts {} steps; at most 2^24 are made", all),
                 place)
        .note("wider steps (bin=) or a number of them (bins=T)");
  const uint64_t count = static_cast<uint64_t>(
      rules.steps != 0 ? std::min<double>(all, rules.steps) : all);

  const uint32_t channels = rules.cochlea.channels;
  std::vector<std::vector<Event>> steps(count);
  for (uint32_t channel = 0; channel < channels; ++channel)
    cochlea->encode(wav->samples, channel, [&](size_t n) {
      const uint64_t step = stepOf(n);
      if (step >= count)
        return;
      std::vector<Event> &events = steps[step];
      if (!events.empty() && events.back().index == channel)
        events.back().value += rules.binary ? 0 : 1;
      else
        events.push_back({channel, 1.0f});
    });
  Sample sample;
  sample.id = entry.id;
  sample.label = entry.label;
  sample.steps = static_cast<uint32_t>(count);
  sample.offsets.push_back(0);
  for (const std::vector<Event> &events : steps) {
    sample.events.insert(sample.events.end(), events.begin(), events.end());
    sample.offsets.push_back(sample.events.size());
  }
  setSteps(sample, rules.steps);
  return sample;
}

Result<AudioRules> parseRules(Spec &spec, const SourceOptions &options) {
  AudioRules out;
  out.steps = options.steps;
  Result<int64_t> channels = spec.takeWhole("channels", 64, 1, 65536);
  if (!channels)
    return channels.takeError();
  out.cochlea.channels = static_cast<uint32_t>(*channels);
  Result<int64_t> bins = spec.takeWhole("bins", 0, 1, 1'000'000);
  if (!bins)
    return bins.takeError();
  out.bins = static_cast<uint32_t>(*bins);
  struct {
    const char *key;
    double &value;
    const char *unit;
  } quantities[] = {{"low", out.cochlea.low, "Hz"},
                    {"high", out.cochlea.high, "Hz"},
                    {"tau", out.cochlea.tau, "s"},
                    {"bin", out.width, "s"}};
  out.width = options.dt.value();
  for (auto &[key, value, unit] : quantities) {
    Result<double> read = spec.takeQuantity(key, value, unit);
    if (!read)
      return read.takeError();
    value = *read;
  }
  Result<double> compress =
      spec.takeNumber("compress", out.cochlea.compress, 0, 1);
  if (!compress)
    return compress.takeError();
  out.cochlea.compress = *compress;
  Result<double> gain = spec.takeNumber("gain", out.cochlea.gain, 0, 1e6);
  if (!gain)
    return gain.takeError();
  out.cochlea.gain = *gain;
  Result<std::string> level = spec.takeChoice("level", {"file", "peak"});
  if (!level)
    return level.takeError();
  out.toPeak = *level == "peak";
  Result<std::string> values = spec.takeChoice("values", {"count", "binary"});
  if (!values)
    return values.takeError();
  out.binary = *values == "binary";
  return out;
}

} // namespace

Result<std::unique_ptr<Source>> input::openWav(const std::string &rest,
                                               const SourceOptions &options) {
  Spec spec(rest, wavUsage);
  Result<AudioRules> rules = parseRules(spec, options);
  if (!rules)
    return rules.takeError();
  ListOptions list;
  list.labels = spec.take("labels").value_or(options.labels);
  list.match = spec.take("match").value_or("");
  list.wants = [](const std::string &name) {
    std::string ending = std::filesystem::path(name).extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    return ending == ".wav" || ending == ".wave";
  };
  if (Result<void> finished = spec.finish(); !finished)
    return finished.takeError();
  Result<Listing> listing = listFiles(spec.path(), list);
  if (!listing)
    return listing.takeError();
  // The first file decides where the last channel is, unless the user does.
  const std::string &file = listing->entries.front().file;
  Result<Wav> first = readSound(file);
  if (!first)
    return first.takeError();
  if (rules->cochlea.high == 0)
    rules->cochlea.high = std::min(8000.0, 0.45 * first->rate);
  if (Result<Cochlea> made = Cochlea::make(rules->cochlea, first->rate);
      !made) {
    Error error = made.takeError();
    error.place.file = file;
    return error;
  }
  return std::unique_ptr<Source>(
      std::make_unique<AudioSource>(std::move(*listing), *rules));
}
