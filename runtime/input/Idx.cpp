// IDX images (MNIST, Fashion-MNIST), plain or gzip, turned into events.
//
// encoder=rate     in every step a pixel spikes with probability
//                  rate * pixel / 255; draws are keyed by (seed, sample, step,
//                  pixel), four pixels to a Philox block of four 32-bit words
// encoder=current  a pixel has the value scale * pixel / 255 in every step

#include "hw-models/base/Random.h"
#include "runtime/input/Formats.h"

#include <charconv>
#include <fmt/format.h>
#include <zlib.h>

using namespace limen;
using namespace limen::input;

namespace {

/// An IDX file of bytes: dimensions and data.
struct Idx {
  std::vector<uint32_t> shape;
  std::vector<uint8_t> data;
};

Result<Idx> readIdx(const std::string &file) {
  const Place place{file, 0, 0, {}};
  // gzread also reads files that are not compressed.
  std::unique_ptr<gzFile_s, int (*)(gzFile)> in(gzopen(file.c_str(), "rb"),
                                                gzclose);
  if (!in)
    return Error("no such file, or it cannot be opened", place);
  auto read = [&](void *to, size_t bytes) {
    auto *at = static_cast<uint8_t *>(to);
    while (bytes > 0) {
      const int got = gzread(
          in.get(), at,
          static_cast<unsigned>(std::min<size_t>(bytes, size_t(1) << 24)));
      if (got <= 0)
        return false;
      at += got;
      bytes -= got;
    }
    return true;
  };
  uint8_t magic[4];
  if (!read(magic, 4) || magic[0] != 0 || magic[1] != 0)
    return Error("is not an IDX file", place);
  if (magic[2] != 0x08)
    return Error(fmt::format("holds elements of IDX type 0x{:02x}; unsigned "
                             "bytes (0x08) were wanted",
                             magic[2]),
                 place);
  Idx idx;
  uint64_t size = 1;
  for (int axis = 0; axis < magic[3]; ++axis) {
    uint8_t bytes[4];
    if (!read(bytes, 4))
      return Error("is truncated in its header", place);
    idx.shape.push_back(bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 |
                        bytes[3]);
    size *= idx.shape.back();
    if (size > uint64_t(1) << 32)
      return Error("claims more than 4 GiB of data: it is damaged", place);
  }
  // Grow as data comes: a damaged header must not ask for all memory at once.
  constexpr size_t chunk = size_t(1) << 24;
  while (idx.data.size() < size) {
    const size_t part = std::min<size_t>(chunk, size - idx.data.size());
    const size_t before = idx.data.size();
    idx.data.resize(before + part);
    if (!read(idx.data.data() + before, part))
      return Error(fmt::format("is truncated or damaged: its header says {} "
                               "bytes of data",
                               size),
                   place);
  }
  return idx;
}

struct Encoder {
  bool rate = true;
  double scale = 1; ///< rate or scale
};

class IdxSource final : public Source {
public:
  IdxSource(Idx images, Idx labels, Encoder encoder, SourceOptions options)
      : images(std::move(images)), labels(std::move(labels)), encoder(encoder),
        options(std::move(options)),
        draws(this->options.seed, Purpose::InputEncoding, identityOf("idx")) {
    pixels = this->images.shape[1] * this->images.shape[2];
  }

  size_t size() const override { return images.shape[0]; }
  network::Shape shape() const override {
    return {1, images.shape[1], images.shape[2]};
  }
  std::vector<std::string> assumptions() const override {
    return {encoder.rate
                ? fmt::format("a pixel spikes in a step with probability {} x "
                              "pixel / 255, {} steps",
                              formatNumber(encoder.scale), steps())
                : fmt::format("a pixel has the value {} x pixel / 255 in each "
                              "of {} steps",
                              formatNumber(encoder.scale), steps())};
  }

  Result<Sample> sample(size_t index) const override {
    const uint8_t *image = images.data.data() + index * pixels;
    Sample sample;
    sample.id = std::to_string(index);
    sample.label = labels.data[index];
    sample.steps = steps();
    sample.offsets.push_back(0);
    for (uint32_t step = 0; step < sample.steps; ++step) {
      if (encoder.rate)
        encodeRate(image, index, step, sample);
      else
        for (uint32_t p = 0; p < pixels; ++p)
          if (image[p] != 0)
            sample.events.push_back(
                {p, static_cast<float>(encoder.scale * image[p] / 255.0)});
      sample.offsets.push_back(sample.events.size());
    }
    return sample;
  }

private:
  uint32_t steps() const { return options.steps == 0 ? 20 : options.steps; }

  void encodeRate(const uint8_t *image, size_t index, uint32_t step,
                  Sample &sample) const {
    for (uint32_t p = 0; p < pixels; p += 4) {
      const uint32_t end = std::min(p + 4, pixels);
      bool dark = true;
      for (uint32_t q = p; q < end; ++q)
        dark &= image[q] == 0;
      if (dark)
        continue;
      const std::array<uint32_t, 4> words = draws.words(index, step, p / 4);
      for (uint32_t q = p; q < end; ++q) {
        const double threshold = encoder.scale * image[q] / 255.0 * 0x1p32;
        if (static_cast<double>(words[q - p]) < threshold)
          sample.events.push_back({q, 1.0f});
      }
    }
  }

  Idx images, labels;
  Encoder encoder;
  SourceOptions options;
  RandomStream draws;
  uint32_t pixels = 0;
};

Result<Encoder> parseEncoder(const std::vector<std::string> &settings) {
  Encoder encoder;
  for (const std::string &setting : settings) {
    const size_t equals = setting.find('=');
    const std::string key = setting.substr(0, equals);
    const std::string value =
        equals == std::string::npos ? "" : setting.substr(equals + 1);
    if (key == "encoder" && (value == "rate" || value == "current")) {
      encoder.rate = value == "rate";
      continue;
    }
    double number = 0;
    auto [end, code] =
        std::from_chars(value.data(), value.data() + value.size(), number);
    const bool isNumber =
        code == std::errc() && end == value.data() + value.size();
    if ((key != "rate" && key != "scale") || !isNumber || number <= 0 ||
        number > 1e6)
      return Error(fmt::format("--input idx: '{}' is not a setting", setting))
          .note("settings: encoder=rate|current, rate=R (0 to 1), scale=S");
    if (key == "rate" && number > 1)
      return Error(
          fmt::format("--input idx: rate {} is above 1 spike per step", value));
    encoder.scale = number;
  }
  return encoder;
}

} // namespace

Result<std::unique_ptr<Source>> input::openIdx(const std::string &rest,
                                               const SourceOptions &options) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= rest.size();) {
    const size_t end = std::min(rest.find(',', start), rest.size());
    parts.push_back(rest.substr(start, end - start));
    start = end + 1;
  }
  if (parts.size() < 2)
    return Error("--input idx: images and labels are wanted")
        .note("usage: idx:IMAGES,LABELS[,encoder=rate|current]");
  Result<Encoder> encoder = parseEncoder({parts.begin() + 2, parts.end()});
  if (!encoder)
    return encoder.takeError();
  Result<Idx> images = readIdx(parts[0]);
  if (!images)
    return images.takeError();
  if (images->shape.size() != 3 || images->data.empty())
    return Error(fmt::format("has {} dimensions; [image, row, column] was "
                             "wanted",
                             images->shape.size()),
                 Place{parts[0], 0, 0, {}});
  Result<Idx> labels = readIdx(parts[1]);
  if (!labels)
    return labels.takeError();
  if (labels->shape.size() != 1 || labels->shape[0] != images->shape[0])
    return Error(fmt::format("has {} labels for {} images", labels->data.size(),
                             images->shape[0]),
                 Place{parts[1], 0, 0, {}});
  return std::unique_ptr<Source>(std::make_unique<IdxSource>(
      std::move(*images), std::move(*labels), *encoder, options));
}
