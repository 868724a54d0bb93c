// Data sets of several inputs, sample by sample.
#pragma once

#include "runtime/input/Sample.h"

namespace limen::input {

/// A data set and the input of the network that it feeds.
struct NamedSource {
  std::string name;
  std::unique_ptr<Source> source;
};

/// Sample i holds sample i of every source: the first as itself, the rest in
/// Sample::others.
class Joined final : public Source {
public:
  /// `sources` is not empty.
  explicit Joined(std::vector<NamedSource> sources)
      : sources(std::move(sources)) {}

  const std::vector<NamedSource> &members() const { return sources; }
  /// Puts the sources in the order of `names`. Errors: a name without a
  /// source, a source that no name asks for.
  Result<void> order(const std::vector<std::string> &names);

  /// Of the shortest source.
  size_t size() const override;
  Result<Sample> sample(size_t index) const override;
  /// Of the first source.
  network::Shape shape() const override;
  std::optional<Seconds> stepTime() const override;
  std::vector<std::string> assumptions() const override;

private:
  std::vector<NamedSource> sources;
};

} // namespace limen::input
