// NumPy structured arrays with fields t, x, y and p: what Tonic, expelliarmus
// and others hand around. Times are in us.

#include "runtime/events/Npy.h"
#include "runtime/events/Bytes.h"
#include "runtime/events/Format.h"

#include <cmath>

using namespace limen;
using namespace limen::events;

namespace {

Match detect(std::string_view bytes, std::string_view) {
  return isNpy(bytes) ? Match::Content : Match::No;
}

/// The field of any of these names.
const npy::Field *find(const npy::Array &array,
                       std::initializer_list<std::string_view> names) {
  for (const npy::Field &field : array.fields)
    for (std::string_view name : names)
      if (field.name == name)
        return &field;
  return nullptr;
}

Result<Recording> read(std::string_view bytes, const ReadOptions &) {
  Result<npy::Array> array = npy::parse(bytes);
  if (!array)
    return array.takeError();
  const npy::Field *fields[] = {find(*array, {"t", "ts", "timestamp"}),
                                find(*array, {"x"}), find(*array, {"y"}),
                                find(*array, {"p", "pol", "polarity", "on"})};
  for (size_t k = 0; k < 4; ++k)
    if (!fields[k])
      return errorAt(0, fmt::format("the array has no field '{}'; a structured "
                                    "array with t, x, y and p was wanted",
                                    "txyp"[k]))
          .note("a dense array [sample, time, ...] is read by npy:FILE");
  if (array->shape.size() != 1)
    return errorAt(0, "a structured array of one dimension was wanted");
  Recording out;
  out.events.reserve(array->elements);
  for (size_t i = 0; i < array->elements; ++i) {
    const size_t at = array->dataStart + i * array->itemBytes;
    double values[4];
    for (size_t k = 0; k < 4; ++k) {
      const npy::Field &field = *fields[k];
      values[k] = npy::number(bytes.data() + at + field.offset, field.type);
    }
    const auto [t, x, y, p] = values;
    if (!(std::abs(t) < 9.0e15) || std::floor(t) != t)
      return errorAt(at, fmt::format("time {} of event {} is no whole number "
                                     "of us",
                                     t, i));
    if (!(x >= 0 && x <= 65535 && y >= 0 && y <= 65535) || std::floor(x) != x ||
        std::floor(y) != y)
      return errorAt(at, fmt::format("event {} is at ({}, {})", i, x, y));
    out.events.push_back({static_cast<int64_t>(t), static_cast<uint16_t>(x),
                          static_cast<uint16_t>(y),
                          static_cast<uint8_t>(p > 0)});
  }
  out.trailingBytes = array->trailingBytes;
  return out;
}

Result<std::string> write(const Recording &recording) {
  std::string out =
      npy::header("[('t', '<i8'), ('x', '<u2'), ('y', '<u2'), ('p', '|u1')]",
                  {static_cast<int64_t>(recording.events.size())});
  for (const Event &event : recording.events) {
    store(out, event.t);
    store(out, event.x);
    store(out, event.y);
    store(out, event.p);
  }
  return out;
}

} // namespace

namespace limen::events {
extern const Format formatNpy;
constinit const Format formatNpy{
    "npy", "NumPy structured array", detect, read, write, ".npy"};
} // namespace limen::events
