#include "runtime/report/Report.h"

#include <fmt/format.h>

using namespace limen;
using namespace limen::report;

/// Elements that only one of two ascending lists has, with multiplicity.
static uint64_t symmetricDifference(const engine::Raster &a,
                                    const engine::Raster &b) {
  uint64_t different = 0;
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() && right != b.end()) {
    if (*left == *right) {
      ++left;
      ++right;
      continue;
    }
    ++different;
    *left < *right ? ++left : ++right;
  }
  return different + static_cast<uint64_t>(a.end() - left) +
         static_cast<uint64_t>(b.end() - right);
}

Result<Comparison>
limen::report::compareRuns(const network::Network &network, std::string against,
                           std::span<const engine::SampleResult> reference,
                           std::span<const engine::SampleResult> results) {
  if (reference.size() != results.size())
    return Error(fmt::format("cannot compare {} samples with {} of the "
                             "reference",
                             results.size(), reference.size()));
  Comparison out;
  out.against = std::move(against);
  out.samples = results.size();
  for (const network::Node &node : network.nodes)
    if (!node.isInput && node.model.spiking)
      out.populations.push_back({node.name, 0, 0});
  for (size_t s = 0; s < results.size(); ++s) {
    const engine::SampleResult &want = reference[s];
    const engine::SampleResult &have = results[s];
    if (want.rasters.size() != network.nodes.size() ||
        have.rasters.size() != network.nodes.size())
      return Error(fmt::format("cannot compare sample {}: it was run without "
                               "recording spikes",
                               s));
    out.predictionsDifferent +=
        engine::predictedClass(want) != engine::predictedClass(have);
    size_t row = 0;
    for (size_t n = 0; n < network.nodes.size(); ++n) {
      if (network.nodes[n].isInput || !network.nodes[n].model.spiking)
        continue;
      out.populations[row].spikes += want.rasters[n].size();
      out.populations[row].different +=
          symmetricDifference(want.rasters[n], have.rasters[n]);
      ++row;
    }
  }
  return out;
}
