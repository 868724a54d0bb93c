// Events with times become the events of steps.
#pragma once

#include "runtime/events/Recording.h"
#include "runtime/input/Sample.h"
#include "runtime/input/Spec.h"

namespace limen::input {

/// How a recording becomes a sample. docs/inputs.md has the same rules for
/// users.
struct Binning {
  double width = 1000;   ///< of a step in us
  uint32_t bins = 0;     ///< 0; else the recording is divided into that many
  bool fromZero = false; ///< steps begin at 0 us, not at the first event
  bool nearest = false;  ///< round((t - t0) / width), not floor
  bool keepLast = false; ///< also the last incomplete step
  bool binary = false;   ///< several events of an element in a step are one
  enum class Polarity { Both, Merge, Off, On } polarity = Polarity::Both;
  uint32_t cropWidth = 0, cropHeight = 0; ///< 0: all of the sensor
  int64_t cropX = -1, cropY = -1;         ///< -1: centred
  uint32_t downsample = 1; ///< pixels of a side that become one, summed

  /// Takes bin, bins, origin, round, last, values, polarity, crop and
  /// downsample.
  static Result<Binning> parse(Spec &spec, Seconds width);

  /// Shape of a step of a sensor. Errors: the crop is larger than the sensor.
  Result<network::Shape> shape(uint32_t width, uint32_t height) const;
  std::string description() const;
  std::optional<Seconds> stepTime() const;

  /// Bins a recording that is sorted by time. `steps` as in SourceOptions.
  /// Errors: no event, more steps than can be meant.
  Result<Sample> apply(const events::Recording &recording,
                       uint32_t steps) const;
};

} // namespace limen::input
