#include "runtime/engine/Feed.h"

#include "hw-models/base/Random.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::engine;

Result<Feed> Feed::make(const network::Network &network,
                        const network::Parts &parts,
                        const input::Sample &sample) {
  Feed feed(parts);
  feed.stepsOf.assign(parts.count(), 0);
  feed.identities.assign(parts.count(), identityOf(sample.id));
  const size_t given = 1 + sample.others.size();
  const size_t wanted = network.openInputs();
  feed.longestSteps = sample.steps;
  for (const input::Sample &other : sample.others)
    feed.longestSteps = std::max(feed.longestSteps, other.steps);
  if (wanted == 0 && given == 1) {
    if (!sample.events.empty())
      return Error(fmt::format("sample {} has events; network '{}' has no "
                               "input that takes them",
                               sample.id, network.name));
  } else if (given != wanted) {
    return Error(fmt::format("sample {} feeds {} inputs; network '{}' has {}",
                             sample.id, given, network.name, wanted));
  }

  std::vector<bool> named(parts.count(), false);
  size_t next = 0;
  for (unsigned n = 0; n < network.nodes.size(); ++n) {
    const network::Node &node = network.nodes[n];
    if (!node.isInput || node.hasEvents)
      continue;
    const input::Sample &own = next == 0 ? sample : sample.others[next - 1];
    ++next;
    for (uint32_t step = 0; step < own.steps; ++step)
      for (const input::Event &event : own.at(step))
        if (event.index >= static_cast<uint64_t>(node.size))
          return Error(fmt::format(
              "sample {} has an event at element {} in step {}; input '{}' has "
              "{} elements ({})",
              own.id, event.index, step, node.name, node.size,
              network::toString(node.shape)));
    const unsigned part = parts.of[n];
    feed.open.push_back({n, &own});
    feed.stepsOf[part] = std::max(feed.stepsOf[part], own.steps);
    if (!named[part])
      feed.identities[part] = identityOf(own.id);
    named[part] = true;
  }
  for (unsigned part = 0; part < parts.count(); ++part)
    if (parts.openNodes[part].empty())
      feed.stepsOf[part] = feed.longestSteps;
  return feed;
}

std::vector<uint32_t> Feed::nodeSteps() const {
  std::vector<uint32_t> out;
  if (std::ranges::all_of(
          stepsOf, [&](uint32_t steps) { return steps == longestSteps; }))
    return out;
  for (unsigned part : parts->of)
    out.push_back(stepsOf[part]);
  return out;
}

std::span<input::Event> OwnEvents::at(unsigned node, uint32_t step) {
  const network::Array<int32_t> &all = network->nodes[node].events;
  events.clear();
  for (size_t &k = next[node];
       k < all.size() && static_cast<uint32_t>(all[k]) == step; k += 2)
    events.push_back({static_cast<uint32_t>(all[k + 1]), 1.0f});
  return events;
}

std::vector<int> engine::labelsOf(const network::Network &network,
                                  const network::Parts &parts,
                                  const input::Sample &sample) {
  std::vector<int> labels(parts.count(), -1);
  if (network.openInputs() == 0 && parts.count() == 1)
    labels.front() = sample.label;
  size_t next = 0;
  for (unsigned n = 0; n < network.nodes.size(); ++n) {
    if (!network.nodes[n].isInput || network.nodes[n].hasEvents)
      continue;
    const size_t k = next++;
    if (k > sample.others.size())
      break;
    int &label = labels[parts.of[n]];
    if (label < 0)
      label = k == 0 ? sample.label : sample.others[k - 1].label;
  }
  return labels;
}
