// N-MNIST recordings: a folder of .bin files of 5-byte events.
//
// An event is x, y, then polarity in bit 7 of the third byte and 23 bits of
// time in microseconds, big-endian; y = 240 marks a time overflow of 2^13 us
// (Orchard et al., Frontiers in Neuroscience 9:437, 2015). Binning is that of
// Tonic's ToFrame: bin k = floor((t - t_first) / width), the last incomplete
// bin dropped, counts kept. A frame is [polarity][y][x].

#include "hw-models/base/Files.h"
#include "runtime/input/Formats.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <optional>

using namespace limen;
using namespace limen::input;

namespace {

constexpr int64_t extent = 34;

struct Recording {
  std::string file;
  std::string id;
  int label = -1;
};

class NmnistSource final : public Source {
public:
  NmnistSource(std::vector<Recording> recordings, SourceOptions options)
      : recordings(std::move(recordings)), options(std::move(options)) {}

  size_t size() const override { return recordings.size(); }
  network::Shape shape() const override { return {2, extent, extent}; }

  std::optional<Seconds> stepTime() const override { return options.dt; }

  std::vector<std::string> assumptions() const override {
    return {
        fmt::format("events are binned from the first event's time in steps "
                    "of {}, the last incomplete step is dropped, counts are "
                    "kept",
                    format(options.dt))};
  }

  Result<Sample> sample(size_t index) const override {
    const Recording &recording = recordings[index];
    Result<std::string> bytes = readFile(recording.file);
    if (!bytes)
      return bytes.takeError();
    Result<Sample> sample = bin(recording, *bytes);
    if (sample)
      setSteps(*sample, options.steps);
    return sample;
  }

private:
  Result<Sample> bin(const Recording &recording,
                     const std::string &bytes) const {
    const Place place{recording.file, 0, 0, {}};
    if (bytes.empty())
      return Error("is empty; N-MNIST events of 5 bytes were wanted", place);
    if (bytes.size() % 5 != 0)
      return Error(fmt::format("has {} bytes, which is not a multiple of 5: it "
                               "is truncated or not an N-MNIST recording",
                               bytes.size()),
                   place);
    struct Raw {
      int64_t time;
      uint32_t element;
    };
    std::vector<Raw> raw;
    raw.reserve(bytes.size() / 5);
    int64_t overflow = 0;
    const auto *data = reinterpret_cast<const uint8_t *>(bytes.data());
    for (size_t at = 0; at < bytes.size(); at += 5) {
      const uint8_t x = data[at];
      const uint8_t y = data[at + 1];
      if (y == 240) {
        overflow += 1 << 13;
        continue;
      }
      if (x >= extent || y >= extent)
        return Error(fmt::format("event {} is at ({}, {}), outside of {} x {}",
                                 at / 5, x, y, extent, extent),
                     place);
      const uint32_t polarity = data[at + 2] >> 7;
      const int64_t time =
          ((data[at + 2] & 0x7F) << 16 | data[at + 3] << 8 | data[at + 4]) +
          overflow;
      raw.push_back(
          {time, static_cast<uint32_t>((polarity * extent + y) * extent + x)});
    }
    if (raw.empty())
      return Error("holds no event", place);
    std::stable_sort(raw.begin(), raw.end(), [](const Raw &a, const Raw &b) {
      return a.time < b.time;
    });

    const double width = options.dt.value() * 1e6;
    const auto first = static_cast<double>(raw.front().time);
    const auto last = static_cast<double>(raw.back().time);
    Sample sample;
    sample.id = recording.id;
    sample.label = recording.label;
    sample.steps = static_cast<uint32_t>(
        std::max(std::floor((last - first - width) / width) + 1, 1.0));
    sample.offsets.push_back(0);
    std::map<uint32_t, float> counts; // of the step being filled
    size_t next = 0;
    for (uint32_t step = 0; step < sample.steps; ++step) {
      counts.clear();
      for (; next < raw.size() &&
             std::floor((static_cast<double>(raw[next].time) - first) /
                        width) == step;
           ++next)
        ++counts[raw[next].element];
      for (auto [element, count] : counts)
        sample.events.push_back({element, count});
      sample.offsets.push_back(sample.events.size());
    }
    return sample;
  }

  std::vector<Recording> recordings;
  SourceOptions options;
};

std::optional<int> wholeNumber(std::string_view text) {
  int value = 0;
  auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// Lines "sample class" after a header line that starts with '#'.
Result<std::map<std::string, int>> readLabels(const std::string &file) {
  Result<std::string> text = readFile(file);
  if (!text)
    return text.takeError();
  std::map<std::string, int> labels;
  unsigned line = 0;
  for (size_t start = 0; start < text->size();) {
    const size_t end = std::min(text->find('\n', start), text->size());
    std::string_view row(text->data() + start, end - start);
    start = end + 1;
    ++line;
    while (!row.empty() && (row.back() == '\r' || row.back() == ' '))
      row.remove_suffix(1);
    if (row.empty() || row.front() == '#')
      continue;
    const size_t gap = row.find_first_of(" \t,");
    const size_t value =
        gap == row.npos ? row.npos : row.find_first_not_of(" \t,", gap);
    const std::optional<int> label =
        value == row.npos ? std::nullopt : wholeNumber(row.substr(value));
    if (!label || *label < 0)
      return Error("a line 'sample class' was wanted",
                   Place{file, line, 1, {}});
    labels[std::string(row.substr(0, gap))] = *label;
  }
  return labels;
}

} // namespace

Result<std::unique_ptr<Source>>
input::openNmnist(const std::string &rest, const SourceOptions &options) {
  const Place place{rest, 0, 0, {}};
  std::error_code status;
  if (!std::filesystem::is_directory(rest, status))
    return Error(std::filesystem::exists(rest, status) ? "is not a folder"
                                                       : "no such folder",
                 place);
  if (!(options.dt.value() >= 1e-6))
    return Error(fmt::format("--bin: steps of {} are shorter than 1 us, the "
                             "resolution of the events",
                             format(options.dt)));
  std::map<std::string, int> labels;
  if (!options.labels.empty()) {
    Result<std::map<std::string, int>> read = readLabels(options.labels);
    if (!read)
      return read.takeError();
    labels = std::move(*read);
  }
  std::vector<Recording> recordings;
  for (const auto &entry : std::filesystem::directory_iterator(rest, status)) {
    if (entry.path().extension() != ".bin")
      continue;
    Recording recording{entry.path().string(), entry.path().stem().string(),
                        -1};
    if (!labels.empty()) {
      auto it = labels.find(recording.id);
      if (it == labels.end())
        return Error(fmt::format("has no label for sample '{}'", recording.id),
                     Place{options.labels, 0, 0, {}});
      recording.label = it->second;
    }
    recordings.push_back(std::move(recording));
  }
  if (recordings.empty())
    return Error("holds no .bin file", place);
  // 2 before 10: by number where names are numbers, else by name.
  std::sort(recordings.begin(), recordings.end(),
            [](const Recording &a, const Recording &b) {
              const std::optional<int> x = wholeNumber(a.id);
              const std::optional<int> y = wholeNumber(b.id);
              if (x && y && *x != *y)
                return *x < *y;
              return a.id < b.id;
            });
  return std::unique_ptr<Source>(
      std::make_unique<NmnistSource>(std::move(recordings), options));
}
