// Data sets of event-camera recordings.
#pragma once

#include "runtime/events/Format.h"
#include "runtime/input/Binning.h"
#include "runtime/input/Listing.h"

#include <mutex>

namespace limen::input {

/// How to read the recordings of a data set.
struct EventRules {
  std::string format = "auto";
  events::ReadOptions read;
  Binning binning;
  bool refuseUnsorted = false; ///< otherwise sorted and counted
  bool refuseTrailing = false; ///< bytes after the last whole record
  uint32_t steps = 0;          ///< as in SourceOptions
};

/// A sample is a recording; files are read when asked for.
class EventSource final : public Source {
public:
  /// Finds the sensor's size in the first file unless the rules say it.
  static Result<std::unique_ptr<Source>> open(Listing listing,
                                              EventRules rules);

  size_t size() const override { return listing.entries.size(); }
  network::Shape shape() const override { return extent; }
  std::optional<Seconds> stepTime() const override {
    return rules.binning.stepTime();
  }
  std::vector<std::string> assumptions() const override;
  Result<Sample> sample(size_t index) const override;

private:
  EventSource(Listing listing, EventRules rules)
      : listing(std::move(listing)), rules(std::move(rules)) {}
  void remember(const events::ReadFile &file) const;

  Listing listing;
  EventRules rules;
  network::Shape extent;
  std::vector<std::string> sizeNote;
  mutable std::mutex lock; ///< what files held, of all that were read
  mutable std::map<std::string, uint64_t> skipped;
  mutable std::map<std::string, uint64_t> notes;
  mutable uint64_t backwards = 0, unsorted = 0, trailing = 0, cut = 0;
};

} // namespace limen::input
