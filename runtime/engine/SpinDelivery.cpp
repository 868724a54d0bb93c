#include "runtime/engine/SpinDelivery.h"

#include <algorithm>

using namespace limen;
using namespace limen::engine;

DeliveryPlan::DeliveryPlan(const program::SpinProgram &program,
                           const std::vector<std::vector<SpinBlock>> &blocks) {
  // So many cores that their rows' addresses stay in the first cache.
  constexpr unsigned groupSize = 32;
  // Asking so few targets each tick is cheaper than to look who fired.
  constexpr unsigned fewTargets = 4;
  const size_t cores = program.cores.size();
  split.clear();
  for (size_t c = 0; c < cores; c += groupSize)
    split.push_back(static_cast<unsigned>(c));
  split.push_back(static_cast<unsigned>(cores));

  many.resize(cores);
  few.resize(cores);
  for (unsigned c = 0; c < cores; ++c)
    for (const SpinBlock &block : blocks[c])
      many[block.source].links.push_back(
          {c, block.rows.rowLength + target::RowBlock::header,
           program.cores[c].rows.values.data() + block.rows.base});
  for (unsigned s = 0; s < cores; ++s) {
    Sender &sender = many[s];
    if (sender.links.size() <= fewTargets) {
      for (const Link &link : sender.links)
        few[link.core].push_back({s, link.words, link.rows});
      sender.links.clear();
      continue;
    }
    for (unsigned first : split)
      sender.groups.push_back(static_cast<uint32_t>(
          std::lower_bound(
              sender.links.begin(), sender.links.end(), first,
              [](const Link &link, unsigned c) { return link.core < c; }) -
          sender.links.begin()));
  }
}
