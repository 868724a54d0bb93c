// npy:FILE: a dense array [time, ...] or [sample, time, ...]; what is not 0 is
// an event.

#include "runtime/events/Npy.h"

#include "hw-models/base/Files.h"
#include "runtime/input/Formats.h"
#include "runtime/input/Spec.h"

#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::input;

namespace npy = events::npy;

namespace {

/// A plain array with its bytes.
struct Dense {
  std::string file, bytes;
  npy::Array array;
  std::vector<size_t> strides; ///< elements, an axis each

  /// The number whose place in the array's order is `element`.
  const char *at(size_t element) const {
    return bytes.data() + array.dataStart + element * array.itemBytes;
  }
  double number(size_t element) const {
    return npy::number(at(element), array.fields.front().type);
  }
};

Result<Dense> readDense(const std::string &file) {
  Result<std::string> bytes = readFile(file);
  if (!bytes)
    return bytes.takeError();
  Result<npy::Array> array = npy::parse(*bytes);
  if (!array) {
    Error error = array.takeError();
    error.place.file = file;
    return error;
  }
  const Place place{file, 0, 0, {}};
  if (array->fields.size() != 1 || !array->fields.front().name.empty())
    return Error("holds records; an array of numbers was wanted", place)
        .note("events:FILE reads records of t, x, y and p");
  if (array->trailingBytes != 0)
    return Error(fmt::format("has {} bytes after its last element",
                             array->trailingBytes),
                 place);
  Dense out{file, std::move(*bytes), std::move(*array), {}};
  const std::vector<int64_t> &shape = out.array.shape;
  out.strides.resize(shape.size());
  size_t stride = 1;
  for (size_t k = 0; k < shape.size(); ++k) {
    const size_t axis = out.array.fortran ? k : shape.size() - 1 - k;
    out.strides[axis] = stride;
    stride *= static_cast<size_t>(shape[axis]);
  }
  return out;
}

class NpySource final : public Source {
public:
  NpySource(Dense data, bool single, std::vector<int> labels, uint32_t steps)
      : data(std::move(data)), timeAxis(single ? 0 : 1),
        labels(std::move(labels)), steps(steps) {}

  size_t size() const override {
    return timeAxis == 0 ? 1 : static_cast<size_t>(data.array.shape[0]);
  }
  network::Shape shape() const override {
    const auto &shape = data.array.shape;
    return {shape.begin() + timeAxis + 1, shape.end()};
  }
  std::vector<std::string> assumptions() const override {
    return {timeAxis == 0 ? "the array's axes are time, element..."
                          : "the array's axes are sample, time, element..."};
  }
  Result<Sample> sample(size_t index) const override;

private:
  Dense data;
  int timeAxis;
  std::vector<int> labels;
  uint32_t steps;
};

Result<Sample> NpySource::sample(size_t index) const {
  Sample sample;
  sample.id = std::to_string(index);
  sample.label = labels.empty() ? -1 : labels[index];
  sample.steps = static_cast<uint32_t>(data.array.shape[timeAxis]);
  sample.offsets.push_back(0);
  const network::Shape extent = shape();
  const int64_t elements = network::sizeOf(extent);
  std::vector<size_t> places; // of a step's elements, row-major
  places.reserve(static_cast<size_t>(elements));
  for (int64_t e = 0; e < elements; ++e) {
    size_t place = 0;
    int64_t rest = e;
    for (size_t axis = extent.size(); axis-- > 0; rest /= extent[axis])
      place += static_cast<size_t>(rest % extent[axis]) *
               data.strides[timeAxis + 1 + axis];
    places.push_back(place);
  }
  const size_t first = timeAxis == 0 ? 0 : index * data.strides[0];
  for (uint32_t step = 0; step < sample.steps; ++step) {
    const size_t start = first + step * data.strides[timeAxis];
    for (uint32_t e = 0; e < places.size(); ++e) {
      const auto value = static_cast<float>(data.number(start + places[e]));
      if (!std::isfinite(value))
        return Error(fmt::format("sample {}, step {}, element {} is not finite",
                                 index, step, e),
                     Place{data.file, 0, 0,
                           fmt::format("byte {}", data.at(start + places[e]) -
                                                      data.bytes.data())});
      if (value != 0)
        sample.events.push_back({e, value});
    }
    sample.offsets.push_back(sample.events.size());
  }
  setSteps(sample, steps);
  return sample;
}

Result<std::vector<int>> readClasses(const std::string &file, size_t wanted) {
  Result<Dense> read = readDense(file);
  if (!read)
    return read.takeError();
  const Place place{file, 0, 0, {}};
  if (read->array.shape.size() != 1 || read->array.elements != wanted)
    return Error(fmt::format("has {} labels in {} dimensions; one of {} was "
                             "wanted",
                             read->array.elements, read->array.shape.size(),
                             wanted),
                 place);
  std::vector<int> labels;
  for (size_t i = 0; i < wanted; ++i) {
    const double label = read->number(i);
    if (!(label >= 0 && label <= 1e6) || label != std::floor(label))
      return Error(
          fmt::format("label {} of sample {} is not a class", label, i), place);
    labels.push_back(static_cast<int>(label));
  }
  return labels;
}

} // namespace

Result<std::unique_ptr<Source>> input::openNpy(const std::string &rest,
                                               const SourceOptions &options) {
  Spec spec(rest, npyUsage);
  const auto labelFile = spec.take("labels");
  Result<std::string> axes =
      spec.takeChoice("axes", {"auto", "sample", "time"});
  if (!axes)
    return axes.takeError();
  if (Result<void> finished = spec.finish(); !finished)
    return finished.takeError();
  Result<Dense> data = readDense(spec.path());
  if (!data)
    return data.takeError();
  const Place place{spec.path(), 0, 0, {}};
  const size_t rank = data->array.shape.size();
  const bool single = *axes == "time" || (*axes == "auto" && rank < 3);
  if (rank < (single ? 1 : 2))
    return Error(fmt::format("has {} dimensions; {} was wanted", rank,
                             single ? "[time, element...]"
                                    : "[sample, time, element...]"),
                 place);
  if (data->array.elements == 0)
    return Error("holds no element", place);
  if (data->array.shape[single ? 0 : 1] > 1 << 24)
    return Error("has more than 2^24 steps", place);
  if (data->array.elements > UINT32_MAX)
    return Error("has more than 2^32 - 1 elements", place);
  std::vector<int> labels;
  if (labelFile) {
    Result<std::vector<int>> read = readClasses(
        *labelFile, single ? 1 : static_cast<size_t>(data->array.shape[0]));
    if (!read)
      return read.takeError();
    labels = std::move(*read);
  }
  return std::unique_ptr<Source>(std::make_unique<NpySource>(
      std::move(*data), single, std::move(labels), options.steps));
}
