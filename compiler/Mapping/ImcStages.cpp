#include "compiler/Mapping/ImcStages.h"

#include "runtime/network/Parts.h"

#include <algorithm>

using namespace limen;
using namespace limen::mapping;

namespace {

/// Which populations reach which, by depth-first search from each.
std::vector<std::vector<bool>> reached(const network::Network &network) {
  const size_t count = network.nodes.size();
  std::vector<std::vector<unsigned>> targets(count);
  for (const network::Projection &projection : network.projections)
    targets[projection.source].push_back(projection.target);
  std::vector<std::vector<bool>> out(count, std::vector<bool>(count, false));
  for (unsigned first = 0; first < count; ++first) {
    std::vector<unsigned> open = {first};
    while (!open.empty()) {
      const unsigned node = open.back();
      open.pop_back();
      for (unsigned next : targets[node])
        if (!out[first][next]) {
          out[first][next] = true;
          open.push_back(next);
        }
    }
  }
  return out;
}

} // namespace

std::vector<ImcStage> mapping::stagesOf(const network::Network &network,
                                        const ImcPlan &plan) {
  const network::Parts parts = network::partsOf(network);
  const std::vector<std::vector<bool>> reaches = reached(network);
  std::vector<ImcStage> stages;
  std::vector<bool> done(network.nodes.size(), false);
  for (unsigned part = 0; part < parts.count(); ++part) {
    std::vector<unsigned> left;
    for (unsigned n : network.order)
      if (parts.of[n] == part)
        left.push_back(n);
    while (!left.empty()) {
      // The first whose sources are all done, or in a cycle with it.
      const auto ready = [&](unsigned n) {
        return std::ranges::all_of(left, [&](unsigned other) {
          return !reaches[other][n] || reaches[n][other];
        });
      };
      const unsigned first = *std::ranges::find_if(left, ready);
      ImcStage &stage = stages.emplace_back();
      stage.part = part;
      for (unsigned n : left)
        if (n == first || (reaches[first][n] && reaches[n][first]))
          stage.populations.push_back(n);
      std::erase_if(left, [&](unsigned n) {
        return std::ranges::find(stage.populations, n) !=
               stage.populations.end();
      });
      for (unsigned n : stage.populations)
        for (unsigned t = 0; t < plan.tiles.size(); ++t) {
          const ImcGroup &group = plan.groups[plan.tiles[t].group];
          if (group.target == n && !group.formed)
            stage.tiles.push_back(t);
        }
    }
  }
  return stages;
}
