#include "compiler/Mapping/SpinMapping.h"

#include "compiler/Mapping/DrawnRows.h"
#include "hw-models/base/Parallel.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

using namespace limen;
using namespace limen::mapping;
using network::Network;
using network::Node;

/// Most spikes of one neuron of `node` in a step; 0 if it yields values that
/// are no counts of spikes.
static uint32_t mostSpikes(const Network &network, unsigned node,
                           const SpinOptions &options) {
  const Node &source = network.nodes[node];
  if (source.isInput || source.model.spiking)
    return (1u << source.spikeBits) - 1;
  return options.mostCounted.empty() ? 0 : options.mostCounted[node];
}

static Result<void> checkTraffic(const Network &network,
                                 const SpinOptions &options) {
  if (network.neuronCount() == 0)
    return Error(fmt::format("network '{}' has no neurons", network.name));
  for (const network::Projection &projection : network.projections) {
    const Node &source = network.nodes[projection.source];
    if (mostSpikes(network, projection.source, options) == 0)
      return Error(fmt::format(
          "projection '{}' takes values from '{}', whose model '{}' does not "
          "spike; packets carry spikes and whole numbers of them only",
          projection.name, source.name, source.model.name));
  }
  return {};
}

/// Delay bits per node: enough for the longest delay that arrives there, and at
/// least two slots, as one is read while the next fills.
static std::vector<unsigned>
delayBits(const Network &network, const SpinMapping &mapping, unsigned slots) {
  std::vector<unsigned> bits(network.nodes.size(), 1);
  for (size_t p = 0; p < network.projections.size(); ++p) {
    unsigned &most = bits[network.projections[p].target];
    most = std::max(
        most, bitsFor(std::min(mapping.retiming.delays[p] + mapping.spreads[p],
                               slots)));
  }
  return bits;
}

/// Per node, the longest delay of a synapse that starts there.
static std::vector<unsigned> longestDelays(const Network &network,
                                           const SpinMapping &mapping) {
  std::vector<unsigned> longest(network.nodes.size(), 0);
  for (size_t p = 0; p < network.projections.size(); ++p) {
    unsigned &most = longest[network.projections[p].source];
    most = std::max(most, mapping.retiming.delays[p] + mapping.spreads[p]);
  }
  return longest;
}

uint64_t limen::mapping::dtcmBytes(const Node &node, const CoreImage &image,
                                   uint32_t neurons) {
  uint64_t perNeuron = 4 * node.model.states.size();
  uint64_t once = 0;
  for (const network::Coefficient &coefficient : node.model.coefficients)
    (coefficient.values.size() > 1 ? perNeuron : once) += 4;
  perNeuron += 4 * node.model.receptors.size(); // inputs or biases
  uint32_t longest = 0;
  for (uint32_t address : image.addresses)
    longest = std::max(longest, (address & 0xff) + 1);
  // 16 times of its spikes and their count; traces where rows have them.
  if (image.historyWords > 0)
    perNeuron += 4 * 17 + (image.historyWords > 1 ? 2 * 16 : 0);
  return (uint64_t(2) << image.layout.ringBits()) + perNeuron * neurons + once +
         4 * (image.table.size() + image.addresses.size()) +
         2 * 4 * (longest + rowHeaderWords);
}

namespace {

/// What is known of the projections into a population before it has images.
struct Inputs {
  std::vector<unsigned> projections;
  bool drawn = false; ///< rows are left to the loader
  // One per projection; only what the kind of rows needs.
  std::vector<network::Rows> rows;
  std::vector<WeightSums> sums;
};

} // namespace

/// Projections into each node; those that are left to the loader are drawn
/// once, for their sums and longest delays.
/// With `counts`, all are drawn, and their counts put there.
static std::vector<Inputs> findInputs(const Network &network,
                                      const SpinOptions &options,
                                      std::vector<uint32_t> &spreads,
                                      std::vector<SynapseCounts> *counts) {
  std::vector<Inputs> inputs(network.nodes.size());
  for (unsigned p = 0; p < network.projections.size(); ++p) {
    Inputs &in = inputs[network.projections[p].target];
    in.projections.push_back(p);
    in.drawn |=
        options.rows == RowStorage::Auto && isDrawn(network.projections[p]);
    spreads.push_back(network.projections[p].spread());
  }
  // Rows that a rule changes are stored.
  for (const network::Projection &projection : network.projections)
    if (projection.plasticity)
      inputs[projection.target].drawn = false;
  std::vector<unsigned> surveyed;
  for (const Inputs &in : inputs)
    if (in.drawn || counts)
      surveyed.insert(surveyed.end(), in.projections.begin(),
                      in.projections.end());
  std::vector<std::optional<Survey>> surveys(network.projections.size());
  parallelFor(surveyed.size(), 0, [&](uint64_t piece, unsigned) {
    const unsigned p = surveyed[piece];
    surveys[p] = surveyProjection(
        network, p, mostSpikes(network, network.projections[p].source, options),
        counts != nullptr);
    if (inputs[network.projections[p].target].drawn)
      spreads[p] = surveys[p]->longest;
  });
  if (counts)
    for (std::optional<Survey> &survey : surveys)
      counts->push_back(std::move(survey->counts));
  for (Inputs &in : inputs)
    if (in.drawn)
      for (unsigned p : in.projections)
        in.sums.push_back(std::move(surveys[p]->sums));
  return inputs;
}

/// The rule of a population's cores: that of all projections into it.
static Result<void> findRule(const Network &network,
                             const target::SpinMachine &machine,
                             const SpinOptions &options, unsigned node,
                             SpinMapping &mapping) {
  const network::Projection *first = nullptr;
  for (unsigned p = 0; p < network.projections.size(); ++p) {
    const network::Projection &projection = network.projections[p];
    if (projection.target != node || options.rules.empty() || !options.rules[p])
      continue;
    std::optional<target::StdpRule> &rule = mapping.rules[node];
    if (rule && *rule != *options.rules[p])
      return Error(
          fmt::format("projections '{}' and '{}' have different rules; "
                      "a core has one for all its plastic synapses",
                      first->name, projection.name));
    rule = options.rules[p];
    first = &projection;
    const unsigned from = mapping.retiming.latency[projection.source];
    const unsigned to = mapping.retiming.latency[projection.target];
    if (from != to)
      return Error(fmt::format("retiming moves the ends of projection '{}' {} "
                               "and {} steps; its rule would see other times",
                               projection.name, from, to))
          .note("give every projection a delay of at least one step");
    const unsigned longest = mapping.retiming.delays[p] + projection.spread();
    if (longest > machine.delaySlots)
      return Error(fmt::format("projection '{}' has a rule and delays of up to "
                               "{} steps; plastic rows hold {}",
                               projection.name, longest, machine.delaySlots));
  }
  return {};
}

/// Scales and images of one population.
static Result<void> buildPopulation(const Network &network,
                                    const target::SpinMachine &machine,
                                    const SpinOptions &options, unsigned node,
                                    unsigned bits, Inputs inputs,
                                    SpinMapping &mapping) {
  std::vector<Incoming> incoming;
  if (!inputs.drawn)
    for (unsigned p : inputs.projections)
      inputs.rows.push_back(network::expandRows(network.projections[p]));
  for (size_t i = 0; i < inputs.rows.size(); ++i) {
    const unsigned p = inputs.projections[i];
    incoming.push_back(
        {p, &inputs.rows[i],
         mostSpikes(network, network.projections[p].source, options),
         network.projections[p].receptor});
  }

  if (auto done = findRule(network, machine, options, node, mapping); !done)
    return done;
  const std::optional<target::StdpRule> &rule = mapping.rules[node];
  for (const Incoming &in : incoming) {
    // Weights that a rule changes may become as large as it lets them.
    std::vector<network::Synapse> bounded;
    std::span<const network::Synapse> synapses = in.rows->synapses;
    if (network.projections[in.projection].plasticity) {
      bounded = in.rows->synapses;
      for (network::Synapse &synapse : bounded)
        synapse.weight = static_cast<float>(rule->highest);
      synapses = bounded;
    }
    inputs.sums.emplace_back(in.receptor, in.multiplicity)
        .add(synapses, network.nodes[node].size);
  }

  const Node &population = network.nodes[node];
  auto scales = chooseScales(population, inputs.sums, machine,
                             options.scaleRule.value_or(machine.weightScale),
                             options.receptorFractions.empty()
                                 ? std::vector<unsigned>()
                                 : options.receptorFractions[node]);
  if (!scales)
    return scales.takeError();
  mapping.scales[node] = std::move(*scales);
  for (const Incoming &in : incoming)
    if (const unsigned fraction =
            mapping.scales[node][2 * in.receptor].fraction;
        network.projections[in.projection].plasticity && fraction != 15)
      return Error(
          fmt::format("projection '{}' has a rule and drives a receptor "
                      "with {} bits behind the point; plastic synapses "
                      "have 15",
                      network.projections[in.projection].name, fraction));

  mapping.bias[node].resize(population.model.receptors.size());
  for (unsigned p : inputs.projections) {
    const std::vector<float> own = network::biasOf(network.projections[p]);
    std::vector<float> &bias =
        mapping.bias[node][network.projections[p].receptor];
    if (own.empty())
      continue;
    bias.resize(static_cast<size_t>(population.size), 0.0f);
    for (size_t n = 0; n < bias.size(); ++n)
      bias[n] += own[n];
  }

  auto images =
      inputs.drawn
          ? layOutImages(network, mapping.retiming, mapping.partition, node,
                         bits, machine.delaySlots, inputs.projections,
                         mapping.scales[node], mapping.rounding[node])
          : buildImages(network, mapping.retiming, mapping.partition, node,
                        bits, machine.delaySlots, incoming,
                        mapping.scales[node], rule ? rule->historyWords() : 0,
                        mapping.rounding[node]);
  if (!images)
    return images.takeError();
  if (!inputs.drawn)
    if (auto fine =
            verify(network, mapping.retiming, mapping.partition, node,
                   machine.delaySlots, incoming, mapping.scales[node], *images);
        !fine)
      return fine;
  const unsigned first = mapping.partition.firstSlice[node];
  for (size_t i = 0; i < images->size(); ++i) {
    const uint64_t bytes = dtcmBytes(
        population, (*images)[i], mapping.partition.slices[first + i].size());
    if (bytes > machine.dtcmBytes)
      return Error(fmt::format("a core of population '{}' needs {} bytes of "
                               "DTCM for {} neurons; it has {}",
                               population.name, bytes,
                               mapping.partition.slices[first + i].size(),
                               machine.dtcmBytes))
          .note("the limits are chip.dtcm_bytes and software.neurons_per_core "
                "of the target");
    mapping.images[first + i] = std::move((*images)[i]);
  }
  return {};
}

/// A slice's packets must reach every slice with a table entry for its key.
static SliceSinks findSinks(const SpinMapping &mapping) {
  std::map<uint32_t, size_t> sliceByKey;
  for (size_t s = 0; s < mapping.partition.slices.size(); ++s)
    if (mapping.partition.slices[s].sends)
      sliceByKey[mapping.partition.slices[s].key] = s;
  SliceSinks sinks(mapping.partition.slices.size());
  for (unsigned target = 0; target < mapping.images.size(); ++target) {
    const CoreImage &image = mapping.images[target];
    for (size_t e = 0; e < image.tableEntries(); ++e) {
      std::vector<unsigned> &list =
          sinks[sliceByKey.at(image.table[e * tableEntryWords])];
      if (list.empty() || list.back() != target)
        list.push_back(target);
    }
  }
  for (unsigned s = 0; s < mapping.partition.slices.size(); ++s)
    if (const Slice &slice = mapping.partition.slices[s]; slice.isDelay())
      sinks[slice.extends].push_back(s);
  return sinks;
}

static Destinations coresOf(const SliceSinks &sinks,
                            const Placement &placement) {
  Destinations destinations(sinks.size());
  for (size_t s = 0; s < sinks.size(); ++s)
    for (unsigned sink : sinks[s])
      destinations[s].insert(placement[sink]);
  return destinations;
}

namespace {

/// What a mapping starts from, whatever its slices.
struct Task {
  const Network &network;
  const target::SpinMachine &machine;
  const SpinOptions &options;
  std::vector<Inputs> inputs;
  std::vector<unsigned> delayBits;
  std::vector<unsigned> longest; ///< delays, per node
};

} // namespace

/// Slices of `sizes` neurons, their keys, images and expected loads.
static Result<void> cut(const Task &task, const CoreLoads &loads,
                        const std::vector<uint32_t> &sizes,
                        const std::vector<uint32_t> &delaySizes,
                        SpinMapping &mapping) {
  const Network &network = task.network;
  const target::SpinMachine &machine = task.machine;
  mapping.partition = partition(network, sizes);
  if (auto done = addDelayCores(network, machine, task.longest, delaySizes,
                                mapping.partition);
      !done)
    return done;
  if (auto done = allocateKeys(network, mapping.partition); !done)
    return done;
  if (auto fine = verify(network, mapping.partition, machine); !fine)
    return fine;

  // Too many cores are reported before rows are made.
  const std::vector<uint64_t> none(mapping.partition.slices.size(), 0);
  if (auto fits = place(network, mapping.partition, machine, none); !fits)
    return fits.takeError();

  const size_t nodes = network.nodes.size();
  mapping.scales.assign(nodes, {});
  mapping.bias.assign(nodes, {});
  mapping.rounding.assign(nodes, {});
  mapping.rules.assign(nodes, {});
  mapping.images.assign(mapping.partition.slices.size(), {});
  for (unsigned n = 0; n < nodes; ++n)
    if (!network.nodes[n].isInput)
      if (auto built =
              buildPopulation(network, machine, task.options, n,
                              task.delayBits[n], task.inputs[n], mapping);
          !built)
        return built;
  mapping.loads = loads.of(mapping.partition, mapping.images);
  return {};
}

/// Cuts; where cycles limit slices, smaller and smaller until every core is
/// expected to be done in time.
static Result<void> cutToFit(const Task &task,
                             const std::vector<SynapseCounts> &counts,
                             SpinMapping &mapping) {
  const CoreLoads loads(task.network, task.machine, task.options.spikes);
  auto sizes = largestSlices(task.network, task.machine, task.delayBits);
  if (!sizes)
    return sizes.takeError();
  if (task.machine.partition == target::PartitionRule::Memory)
    return cut(task, loads, *sizes, {}, mapping);
  std::vector<unsigned> stages;
  for (unsigned delay : task.longest)
    stages.push_back(delayStages(delay, task.machine.delaySlots));
  const std::vector<uint32_t> delaySizes = loads.fitDelays(stages);
  sizes = loads.fit(mapping.retiming, mapping.spreads, counts, stages,
                    std::move(*sizes));
  for (bool changed = true; changed;) {
    if (auto done = cut(task, loads, *sizes, delaySizes, mapping); !done)
      return done.takeError().note("software.partition=cycles made slices that "
                                   "are expected to be done in time");
    changed = false;
    for (size_t s = 0; s < mapping.loads.size(); ++s) {
      const Slice &slice = mapping.partition.slices[s];
      uint32_t &size = (*sizes)[slice.node];
      const double part = loads.limit() / mapping.loads[s];
      if (part >= 1 || slice.isDelay() || slice.size() == 1 ||
          size < slice.size())
        continue;
      size = std::clamp(static_cast<uint32_t>(slice.size() * part), 1u,
                        slice.size() - 1);
      changed = true;
    }
  }
  return verify(task.network, mapping.partition, loads, mapping.loads);
}

Result<SpinMapping>
limen::mapping::mapToSpin(const Network &network,
                          const target::SpinMachine &machine,
                          const SpinOptions &options) {
  if (auto fine = checkTraffic(network, options); !fine)
    return fine.takeError();
  if (machine.cores == target::CoreSplit::Split)
    return Error("neurons and synapses cannot be on different cores yet")
        .note("software.cores=combined has both on each core");
  SpinMapping mapping;
  // Delays beyond the ring buffers are those of delay-extension cores.
  auto retiming = retime(network, std::numeric_limits<unsigned>::max());
  if (!retiming)
    return retiming.takeError();
  mapping.retiming = std::move(*retiming);
  std::vector<SynapseCounts> counts;
  const bool byCycles = machine.partition == target::PartitionRule::Cycles;
  std::vector<Inputs> inputs = findInputs(network, options, mapping.spreads,
                                          byCycles ? &counts : nullptr);
  const Task task = {network,
                     machine,
                     options,
                     std::move(inputs),
                     delayBits(network, mapping, machine.delaySlots),
                     longestDelays(network, mapping)};
  if (auto done = cutToFit(task, counts, mapping); !done)
    return done.takeError();

  std::vector<uint64_t> sdram;
  for (const CoreImage &image : mapping.images)
    sdram.push_back(image.sdramBytes());
  const SliceSinks sinks = findSinks(mapping);
  auto placement = place(network, mapping.partition, machine, sdram, sinks,
                         options.placer.value_or(machine.placer),
                         options.placerSeed, &mapping.hops);
  if (!placement)
    return placement.takeError();
  mapping.placement = std::move(*placement);
  if (auto fine = verify(mapping.placement, mapping.partition, machine, sdram);
      !fine)
    return fine.takeError();

  mapping.destinations = coresOf(sinks, mapping.placement);
  auto tables =
      makeTables(network, mapping.partition, machine, mapping.placement,
                 mapping.destinations, &mapping.tableSizes);
  if (!tables)
    return tables.takeError();
  mapping.tables = std::move(*tables);
  if (auto fine = verify(mapping.partition, machine, mapping.placement,
                         mapping.destinations, mapping.tables);
      !fine)
    return fine.takeError();
  return mapping;
}
