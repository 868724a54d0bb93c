#include "runtime/input/Joined.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::input;

Result<void> Joined::order(const std::vector<std::string> &names) {
  std::vector<NamedSource> ordered;
  for (const std::string &name : names) {
    const auto found = std::ranges::find(sources, name, &NamedSource::name);
    if (found == sources.end())
      return Error(fmt::format("nothing feeds the input '{}'", name))
          .note(fmt::format("add --input {}=SPEC", name));
    ordered.push_back(std::move(*found));
    sources.erase(found);
  }
  if (!sources.empty()) {
    std::string known;
    for (const std::string &name : names)
      known += (known.empty() ? "" : ", ") + name;
    return Error(fmt::format("--input {}=...: the network has no such input",
                             sources.front().name))
        .note("inputs: " + known);
  }
  sources = std::move(ordered);
  return {};
}

size_t Joined::size() const {
  size_t least = sources.front().source->size();
  for (const NamedSource &member : sources)
    least = std::min(least, member.source->size());
  return least;
}

Result<Sample> Joined::sample(size_t index) const {
  Result<Sample> first = sources.front().source->sample(index);
  if (!first)
    return first;
  for (size_t k = 1; k < sources.size(); ++k) {
    Result<Sample> other = sources[k].source->sample(index);
    if (!other)
      return other;
    first->others.push_back(std::move(*other));
  }
  return first;
}

network::Shape Joined::shape() const { return sources.front().source->shape(); }

std::optional<Seconds> Joined::stepTime() const {
  return sources.front().source->stepTime();
}

std::vector<std::string> Joined::assumptions() const {
  std::vector<std::string> out;
  for (const NamedSource &member : sources)
    for (const std::string &text : member.source->assumptions())
      out.push_back(fmt::format("{}: {}", member.name, text));
  return out;
}
