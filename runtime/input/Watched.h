// A data set whose values are watched, and clipped where the network says so.
#pragma once

#include "runtime/input/Sample.h"

#include <atomic>

namespace limen::input {

/// Passes on the samples of another source. Remembers the largest value, which
/// decides how many bits a spike needs (b_s); values above a limit become it.
class Watched final : public Source {
public:
  /// One limit for each input that a sample feeds; 0: nothing is clipped.
  Watched(std::unique_ptr<Source> source, std::vector<float> limits)
      : source(std::move(source)), limits(std::move(limits)),
        inputs(this->limits.size()) {}

  size_t size() const override { return source->size(); }
  Result<Sample> sample(size_t index) const override;
  network::Shape shape() const override { return source->shape(); }
  std::optional<Seconds> stepTime() const override {
    return source->stepTime();
  }
  std::vector<std::string> assumptions() const override;

  /// Starts counting anew.
  void forget() const;

  /// The largest value of all samples read so far, before clipping, by input.
  std::vector<float> largest() const;

private:
  struct Seen {
    std::atomic<float> most = 0;
    std::atomic<uint64_t> events = 0, clipped = 0;
  };
  void watch(Sample &sample, size_t input) const;

  std::unique_ptr<Source> source;
  std::vector<float> limits;
  mutable std::vector<Seen> inputs;
};

} // namespace limen::input
