// A data set whose values are watched, and clipped where the network says so.
#pragma once

#include "runtime/input/Sample.h"

#include <atomic>

namespace limen::input {

/// Passes on the samples of another source. Remembers the largest value, which
/// decides how many bits a spike needs (b_s); values above `limit` become it.
class Watched final : public Source {
public:
  /// `limit` 0: nothing is clipped.
  Watched(std::unique_ptr<Source> source, float limit)
      : source(std::move(source)), limit(limit) {}

  size_t size() const override { return source->size(); }
  Result<Sample> sample(size_t index) const override;
  network::Shape shape() const override { return source->shape(); }
  std::optional<Seconds> stepTime() const override {
    return source->stepTime();
  }
  std::vector<std::string> assumptions() const override;

  /// Starts counting anew.
  void forget() const { most = 0, events = 0, clipped = 0; }

  /// The largest value of all samples read so far, before clipping.
  float largest() const { return most; }

private:
  std::unique_ptr<Source> source;
  float limit;
  mutable std::atomic<float> most = 0;
  mutable std::atomic<uint64_t> events = 0, clipped = 0;
};

} // namespace limen::input
