#include "compiler/Mapping/DrawnRows.h"

#include "hw-models/base/Parallel.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace limen;
using namespace limen::mapping;
using network::Network;

bool limen::mapping::isDrawn(const network::Projection &projection) {
  return std::any_of(projection.stages.begin(), projection.stages.end(),
                     [](const network::Stage &stage) {
                       return std::holds_alternative<network::Random>(
                           stage.kind);
                     });
}

Survey limen::mapping::surveyProjection(const Network &network,
                                        unsigned projection,
                                        unsigned multiplicity, bool count) {
  const network::Projection &from = network.projections[projection];
  const network::RowExpander expander(from, 1);
  Survey survey = {{from.receptor, multiplicity}, 0, {}};
  const uint32_t step =
      network::sourcesAtATime(expander.sources(), expander.estimate(), 1);
  network::Rows rows;
  for (uint32_t first = 0; first < expander.sources();) {
    const uint32_t last = std::min(expander.sources() - first, step) + first;
    // The order of sums must not depend on how rows are drawn.
    expander.expand(first, last, true, rows);
    expander.release(first, last);
    survey.sums.add(rows.synapses, network.nodes[from.target].size);
    for (const network::Synapse &synapse : rows.synapses)
      survey.longest = std::max(survey.longest, synapse.delay);
    if (count)
      survey.counts.add(first, rows, network.nodes[from.target].size);
    first = last;
  }
  return survey;
}

namespace {

/// The longest row of one projection, and all synapses, for each sending slice
/// and each slice of the target.
class LongestRows {
public:
  LongestRows(const Partition &partition, unsigned source, unsigned target)
      : partition(partition), target(target),
        targets(partition.firstSlice[target + 1] -
                partition.firstSlice[target]) {
    for (unsigned s = 0; s < partition.slices.size(); ++s)
      if (partition.slices[s].node == source) {
        placeOf[s] = static_cast<unsigned>(placeOf.size());
        if (partition.slices[s].isDelay())
          extensions[partition.slices[s].extends].push_back(s);
      }
    longest.assign(placeOf.size() * targets, 0);
    totals.assign(longest.size(), 0);
  }

  /// Takes the rows of sources [first, ...).
  void add(const network::Projection &projection, uint32_t first,
           const network::Rows &rows, uint32_t delay, unsigned slots,
           const std::vector<RingScale> &scales) {
    double perUnit[2];
    for (unsigned sign = 0; sign < 2; ++sign)
      perUnit[sign] = 1 / scales[2 * projection.receptor + sign].unit();
    const uint32_t size = partition.sliceSize[target];
    for (uint32_t i = 0; i < rows.sources(); ++i) {
      std::fill(counts.begin(), counts.end(), 0);
      for (const network::Synapse &synapse : rows.row(i)) {
        const double scale = perUnit[synapse.weight < 0];
        const uint32_t weight = target::ringWeight(synapse.weight, scale);
        const double exact = std::abs(static_cast<double>(synapse.weight));
        ++report.synapses;
        report.vanished += weight == 0;
        report.clipped += exact * scale > 65535 + 0.5;
        report.largestError =
            std::max(report.largestError, std::abs(exact - weight / scale));
        if (weight == 0)
          continue;
        const size_t place =
            delayStages(delay + synapse.delay, slots) * size_t(targets) +
            synapse.target / size;
        if (place >= counts.size())
          counts.resize((place / targets + 1) * targets, 0);
        ++counts[place];
      }
      keep(projection.source, first + i);
    }
  }

  void merge(const LongestRows &other) {
    for (size_t i = 0; i < longest.size(); ++i)
      longest[i] = std::max(longest[i], other.longest[i]);
    for (size_t i = 0; i < totals.size(); ++i)
      totals[i] += other.totals[i];
    report.synapses += other.report.synapses;
    report.vanished += other.report.vanished;
    report.clipped += other.report.clipped;
    report.largestError =
        std::max(report.largestError, other.report.largestError);
  }

  /// 0 where `slice` does not send to the population.
  uint32_t at(unsigned slice, unsigned targetSlice) const {
    const auto place = placeOf.find(slice);
    return place == placeOf.end()
               ? 0
               : longest[place->second * size_t(targets) + targetSlice];
  }
  /// Synapses of `slice`, which sends to the population.
  uint64_t total(unsigned slice, unsigned targetSlice) const {
    return totals[placeOf.at(slice) * size_t(targets) + targetSlice];
  }

  RoundingReport report;

private:
  /// The counts of a source neuron, stage by stage.
  void keep(unsigned node, uint32_t neuron) {
    const unsigned direct = partition.sliceOf(node, neuron);
    for (size_t stage = 0; stage * targets < counts.size(); ++stage) {
      unsigned slice = direct;
      if (stage > 0)
        for (unsigned s : extensions[direct])
          if (neuron >= partition.slices[s].begin &&
              neuron < partition.slices[s].end)
            slice = s;
      const uint32_t *from = &counts[stage * targets];
      const size_t place = placeOf[slice] * size_t(targets);
      for (unsigned t = 0; t < targets; ++t) {
        longest[place + t] = std::max(longest[place + t], from[t]);
        totals[place + t] += from[t];
      }
    }
  }

  const Partition &partition;
  unsigned target, targets;
  std::map<unsigned, unsigned> placeOf;                 ///< by slice
  std::map<unsigned, std::vector<unsigned>> extensions; ///< by slice
  std::vector<uint32_t> longest;                        ///< [place][target]
  std::vector<uint64_t> totals;                         ///< [place][target]
  std::vector<uint32_t> counts; ///< of a source: [stage][target]
};

} // namespace

Result<std::vector<CoreImage>> limen::mapping::layOutImages(
    const Network &network, const Retiming &retiming,
    const Partition &partition, unsigned node, unsigned delayBits,
    unsigned slots, const std::vector<unsigned> &projections,
    const std::vector<RingScale> &scales, RoundingReport &report) {
  const unsigned threads = processorCount();
  std::vector<LongestRows> longest;
  for (unsigned p : projections) {
    const network::Projection &projection = network.projections[p];
    const network::RowExpander expander(projection);
    const uint32_t sources = expander.sources();
    const uint64_t step =
        network::sourcesAtATime(sources, expander.estimate(), threads);
    std::vector<LongestRows> parts(
        threads, LongestRows(partition, projection.source, node));
    std::vector<network::Rows> rows(threads);
    parallelFor((sources + step - 1) / step, threads,
                [&](uint64_t piece, unsigned thread) {
                  const auto first = static_cast<uint32_t>(piece * step);
                  const auto last = static_cast<uint32_t>(
                      std::min<uint64_t>(sources, first + step));
                  expander.expand(first, last, false, rows[thread]);
                  expander.release(first, last);
                  parts[thread].add(projection, first, rows[thread],
                                    retiming.delays[p], slots, scales);
                });
    for (unsigned thread = 1; thread < threads; ++thread)
      parts[0].merge(parts[thread]);
    longest.push_back(std::move(parts[0]));
  }
  for (const LongestRows &rows : longest) {
    report.synapses += rows.report.synapses;
    report.vanished += rows.report.vanished;
    report.clipped += rows.report.clipped;
    report.largestError =
        std::max(report.largestError, rows.report.largestError);
  }

  std::vector<CoreImage> images(partition.firstSlice[node + 1] -
                                partition.firstSlice[node]);
  for (unsigned t = 0; t < images.size(); ++t) {
    CoreImage &image = images[t];
    image.layout = {bitsFor(partition.sliceSize[node]),
                    bitsFor(ringTypes(network.nodes[node])), delayBits};
    TableWriter table(partition, image);
    for (unsigned s = 0; s < partition.slices.size(); ++s)
      for (size_t k = 0; k < projections.size(); ++k) {
        // Rows that are too long for a block go on in another one.
        uint32_t left = longest[k].at(s, t);
        while (left > 0) {
          const uint32_t length = std::min(left, longestRow);
          const uint64_t begin = (image.drawnWords + 3) / 4 * 4;
          table.add(s, length, begin);
          image.drawnFor.push_back(projections[k]);
          image.drawnSynapses.push_back(
              left == longest[k].at(s, t) ? longest[k].total(s, t) : 0);
          image.drawnWords = begin + uint64_t(partition.slices[s].keys()) *
                                         (length + rowHeaderWords);
          left -= length;
        }
      }
    if (table.overflows())
      return overflowError(network.nodes[node].name);
  }
  return images;
}
