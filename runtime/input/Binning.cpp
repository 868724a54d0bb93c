#include "runtime/input/Binning.h"

#include "hw-models/base/Quantity.h"
#include "runtime/events/TextHeader.h"
#include "runtime/input/Open.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::input;

/// "16x16" or "16x16+4+8".
static bool parseCrop(std::string_view text, Binning &out) {
  const size_t plus = std::min(text.find('+'), text.size());
  const auto size = events::parseSize(text.substr(0, plus));
  if (!size)
    return false;
  out.cropWidth = size->width;
  out.cropHeight = size->height;
  if (plus == text.size())
    return true;
  const size_t second = text.find('+', plus + 1);
  if (second == text.npos)
    return false;
  auto number = [&](size_t from, size_t to, int64_t &value) {
    auto [end, code] =
        std::from_chars(text.data() + from, text.data() + to, value);
    return code == std::errc() && end == text.data() + to && value >= 0 &&
           value <= 65535;
  };
  return number(plus + 1, second, out.cropX) &&
         number(second + 1, text.size(), out.cropY);
}

Result<Binning> Binning::parse(Spec &spec, Seconds width) {
  Binning out;
  Result<double> seconds = spec.takeQuantity("bin", width.value(), "s");
  if (!seconds)
    return seconds.takeError();
  if (!(*seconds >= 1e-6))
    return Error(fmt::format("--bin: steps of {} are shorter than 1 us, the "
                             "resolution of the events",
                             format(Seconds(*seconds))));
  out.width = *seconds * 1e6;
  // 0.3 ms is 300 us, not 299.99999999999994.
  if (std::abs(out.width - std::round(out.width)) < 1e-9 * out.width)
    out.width = std::round(out.width);
  Result<int64_t> bins = spec.takeWhole("bins", 0, 1, 1'000'000);
  if (!bins)
    return bins.takeError();
  out.bins = static_cast<uint32_t>(*bins);
  Result<std::string> origin = spec.takeChoice("origin", {"first", "zero"});
  if (!origin)
    return origin.takeError();
  out.fromZero = *origin == "zero";
  Result<std::string> round = spec.takeChoice("round", {"floor", "nearest"});
  if (!round)
    return round.takeError();
  out.nearest = *round == "nearest";
  Result<std::string> last = spec.takeChoice("last", {"drop", "keep"});
  if (!last)
    return last.takeError();
  out.keepLast = *last == "keep";
  Result<std::string> values = spec.takeChoice("values", {"count", "binary"});
  if (!values)
    return values.takeError();
  out.binary = *values == "binary";
  Result<std::string> polarity =
      spec.takeChoice("polarity", {"both", "merge", "0", "1"});
  if (!polarity)
    return polarity.takeError();
  out.polarity = *polarity == "both"    ? Polarity::Both
                 : *polarity == "merge" ? Polarity::Merge
                 : *polarity == "0"     ? Polarity::Off
                                        : Polarity::On;
  if (auto crop = spec.take("crop"); crop && !parseCrop(*crop, out))
    return spec.error("crop", "WIDTHxHEIGHT or WIDTHxHEIGHT+X+Y");
  Result<int64_t> downsample = spec.takeWhole("downsample", 1, 1, 65536);
  if (!downsample)
    return downsample.takeError();
  out.downsample = static_cast<uint32_t>(*downsample);
  return out;
}

std::optional<Seconds> Binning::stepTime() const {
  if (bins != 0)
    return std::nullopt;
  return Seconds(width * 1e-6);
}

std::string Binning::description() const {
  std::string text =
      bins != 0
          ? fmt::format("events are binned into {} equal parts of the time "
                        "from {} to the last event",
                        bins, fromZero ? "0" : "the first event")
          : fmt::format("events are binned from {} in steps of {}{}, the last "
                        "incomplete step is {}",
                        fromZero ? "time 0" : "the first event's time",
                        format(Seconds(width * 1e-6)),
                        nearest ? " (nearest step)" : "",
                        keepLast ? "kept" : "dropped");
  text += binary ? ", several events of an element in a step are one"
                 : ", counts are kept";
  if (cropWidth != 0)
    text += cropX < 0 ? fmt::format(", centre {} x {} of the sensor", cropWidth,
                                    cropHeight)
                      : fmt::format(", {} x {} of the sensor from ({}, {})",
                                    cropWidth, cropHeight, cropX, cropY);
  if (downsample > 1)
    text += fmt::format(", {0} x {0} pixels are one", downsample);
  switch (polarity) {
  case Polarity::Both:
    break;
  case Polarity::Merge:
    text += ", polarities merged";
    break;
  case Polarity::Off:
    text += ", polarity 0 only";
    break;
  case Polarity::On:
    text += ", polarity 1 only";
    break;
  }
  return text;
}

Result<network::Shape> Binning::shape(uint32_t sensorWidth,
                                      uint32_t sensorHeight) const {
  const uint32_t w = cropWidth ? cropWidth : sensorWidth;
  const uint32_t h = cropHeight ? cropHeight : sensorHeight;
  if (std::max<int64_t>(cropX, 0) + w > sensorWidth ||
      std::max<int64_t>(cropY, 0) + h > sensorHeight)
    return Error(fmt::format("crop={}x{}: does not fit the sensor of {} x {}",
                             w, h, sensorWidth, sensorHeight));
  return network::Shape{polarity == Polarity::Both ? 2 : 1,
                        (h + downsample - 1) / downsample,
                        (w + downsample - 1) / downsample};
}

Result<Sample> Binning::apply(const events::Recording &recording,
                              uint32_t wanted) const {
  if (recording.events.empty())
    return Error("holds no event");
  Result<network::Shape> extent = shape(recording.width, recording.height);
  if (!extent)
    return extent.takeError();
  const int64_t outHeight = (*extent)[1], outWidth = (*extent)[2];
  const int64_t x0 = cropX >= 0  ? cropX
                     : cropWidth ? (recording.width - cropWidth) / 2
                                 : 0;
  const int64_t y0 = cropY >= 0   ? cropY
                     : cropHeight ? (recording.height - cropHeight) / 2
                                  : 0;
  const int64_t w = cropWidth ? cropWidth : recording.width;
  const int64_t h = cropHeight ? cropHeight : recording.height;

  const int64_t first = fromZero ? 0 : recording.events.front().t;
  const int64_t last = recording.events.back().t;
  if (recording.events.front().t < first)
    return Error(fmt::format("origin=zero: the first event is at {} us",
                             recording.events.front().t));
  // Sorted, so that the unsigned difference is exact however far they are.
  if (static_cast<uint64_t>(last) - static_cast<uint64_t>(first) > uint64_t(1)
                                                                       << 53)
    return Error(fmt::format("its times go from {} to {} us: it is damaged",
                             first, last));
  // Whole numbers of us divide exactly in double here: both are below 2^53.
  auto stepOf = [&](int64_t t) {
    if (bins != 0)
      return static_cast<int64_t>(static_cast<unsigned __int128>(t - first) *
                                  bins /
                                  static_cast<uint64_t>(last - first + 1));
    const double past =
        static_cast<double>(t - first) + (nearest ? width / 2 : 0);
    return static_cast<int64_t>(std::floor(past / width));
  };
  double count =
      bins ? bins
      : keepLast
          ? static_cast<double>(stepOf(last) + 1)
          : std::max(std::floor((static_cast<double>(last - first) - width) /
                                width) +
                         1,
                     1.0);
  if (wanted != 0)
    count = std::min<double>(count, wanted);
  if (count > 1 << 24)
    return Error(fmt::format("spans {} s, which are {:.0f} steps; at most 2^24 "
                             "are made",
                             (last - first) / 1000000, count))
        .note("wider steps (bin=), a number of them (bins=T), or --steps");

  Sample sample;
  sample.steps = static_cast<uint32_t>(count);
  sample.offsets.reserve(sample.steps + 1);
  sample.offsets.push_back(0);
  std::vector<float> counts(network::sizeOf(*extent));
  std::vector<uint32_t> touched; // elements of the step being filled
  size_t next = 0;
  for (uint32_t step = 0; step < sample.steps; ++step) {
    for (; next < recording.events.size() &&
           stepOf(recording.events[next].t) == step;
         ++next) {
      const events::Event &event = recording.events[next];
      const int64_t x = event.x - x0, y = event.y - y0;
      if (x < 0 || y < 0 || x >= w || y >= h ||
          (polarity == Polarity::Off && event.p != 0) ||
          (polarity == Polarity::On && event.p == 0))
        continue;
      const int64_t plane = polarity == Polarity::Both ? event.p : 0;
      const auto element = static_cast<uint32_t>(
          (plane * outHeight + y / downsample) * outWidth + x / downsample);
      if (counts[element]++ == 0)
        touched.push_back(element);
    }
    std::sort(touched.begin(), touched.end());
    for (uint32_t element : touched) {
      sample.events.push_back({element, binary ? 1.0f : counts[element]});
      counts[element] = 0;
    }
    touched.clear();
    sample.offsets.push_back(sample.events.size());
  }
  setSteps(sample, wanted);
  return sample;
}
