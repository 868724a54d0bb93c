#include "runtime/program/SynapseExpander.h"

#include "hw-models/base/HugePages.h"
#include "hw-models/base/Parallel.h"
#include "runtime/network/Rows.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <map>

using namespace limen;
using namespace limen::program;

namespace {

constexpr uint32_t none = ~0u;

/// Memory of a core while its rows are written.
struct Memory {
  std::shared_ptr<Pages> pages;
  uint32_t *words = nullptr;
  std::vector<target::RowBlock> blocks; ///< one per address word
};

/// Writes the rows of one projection. Different sources have different rows, so
/// threads that take different sources do not meet.
class Writer {
public:
  Writer(const SpinProgram &program, const network::Projection &projection,
         unsigned index, std::vector<Memory> &memories)
      : program(program), projection(projection), memories(memories) {
    for (unsigned c = 0; c < program.cores.size(); ++c) {
      const SpinCore &core = program.cores[c];
      if (core.node == projection.target && core.hasNeurons())
        targets.push_back(c);
      if (core.node == projection.source && core.sends) {
        placeOf[core.key] = static_cast<unsigned>(senders.size());
        senders.push_back(c);
      }
    }
    first.assign(senders.size() * targets.size(), none);
    holders.resize(first.size());
    scales.resize(targets.size());
    for (size_t t = 0; t < targets.size(); ++t) {
      // Synapse cores have the rows of some senders each.
      const std::vector<unsigned> &parts = program.cores[targets[t]].fedBy;
      for (unsigned c : parts.empty() ? std::vector{targets[t]} : parts)
        addTarget(t, c, index);
    }
    // The cores that send for a neuron: its own, then those that send again.
    for (unsigned place = 0; place < senders.size(); ++place)
      (program.cores[senders[place]].isDelay() ? again : direct)
          .push_back(place);
  }

  /// The core whose blocks do not suffice, or none.
  uint32_t failed() const { return failure.load(); }

  /// Writes the rows of the sources [begin, ...).
  void write(uint32_t begin, const network::Rows &rows) {
    for (uint32_t i = 0; i < rows.sources(); ++i)
      write(begin + i, rows.row(i));
  }

private:
  struct Scale {
    double perUnit[2] = {0, 0}; ///< of positive and negative weights
    uint32_t delay = 0;
    bool wanted = false; ///< the core draws this projection
  };

  /// The blocks of core `c`, with rows for the neurons of target `t`.
  void addTarget(size_t t, unsigned c, unsigned index) {
    const SpinCore &core = program.cores[c];
    for (size_t k = 0; k < core.drawn.projections.size(); ++k) {
      if (core.drawn.projections[k] != index)
        continue;
      Scale &scale = scales[t];
      scale.wanted = true;
      scale.delay = core.drawn.delays[k];
      for (unsigned sign = 0; sign < 2; ++sign)
        scale.perUnit[sign] = std::ldexp(
            1.0,
            static_cast<int>(core.drawn.fractions[projection.receptor]) -
                static_cast<int>(core.shifts[2 * projection.receptor + sign]));
      const std::vector<target::RowBlock> &blocks = memories[c].blocks;
      for (size_t b = blocks.size(); b-- > 0;) {
        const auto sender = placeOf.find(blocks[b].key);
        if (core.drawn.blocks[b] != k || sender == placeOf.end())
          continue;
        const size_t at = sender->second * targets.size() + t;
        first[at] = static_cast<uint32_t>(b);
        holders[at] = c;
      }
    }
  }

  /// The sender, among `places`, that holds `neuron`; places ascend by neuron.
  unsigned holder(const std::vector<unsigned> &places, uint32_t neuron) const {
    const auto at = std::upper_bound(
        places.begin(), places.end(), neuron, [&](uint32_t n, unsigned place) {
          return n < program.cores[senders[place]].begin;
        });
    return at == places.begin() ? none : *(at - 1);
  }

  void write(uint32_t source, std::span<const network::Synapse> row) {
    const unsigned own = holder(direct, source);
    const unsigned repeating = again.empty() ? none : holder(again, source);
    size_t t = 0;
    for (const network::Synapse &synapse : row) {
      while (synapse.target >= program.cores[targets[t]].end)
        ++t;
      const Scale &scale = scales[t];
      if (!scale.wanted)
        continue;
      const SpinCore &core = program.cores[targets[t]];
      const uint32_t weight =
          target::ringWeight(synapse.weight, scale.perUnit[synapse.weight < 0]);
      if (weight == 0)
        continue;
      uint32_t delay = scale.delay + synapse.delay, stage = 0;
      unsigned sender = own;
      const uint32_t slots = 1u << core.format.delayBits;
      if (delay > slots && repeating != none) {
        const SpinCore &repeater = program.cores[senders[repeating]];
        stage = (delay - 1) / repeater.step;
        delay -= stage * repeater.step;
        if (stage > 0)
          sender = repeating;
      }
      if (sender == none || delay > slots) {
        failure = targets[t];
        return;
      }
      const SpinCore &from = program.cores[senders[sender]];
      const uint32_t place =
          source - from.begin + (stage > 0 ? (stage - 1) * from.size() : 0);
      const size_t at = sender * targets.size() + t;
      append(first[at] == none ? targets[t] : holders[at], first[at], place,
             core.format.encode(
                 weight, delay,
                 target::ringType(projection.receptor, synapse.weight),
                 synapse.target - core.begin));
    }
  }

  /// Appends a word to row `place` of block `b`, or of the next one with room.
  void append(unsigned c, uint32_t b, uint32_t place, uint32_t word) {
    const Memory &memory = memories[c];
    const SpinCore &core = program.cores[c];
    for (; b < memory.blocks.size(); ++b) {
      const target::RowBlock &block = memory.blocks[b];
      uint32_t *const row = memory.words + block.rowAt(place);
      if (row[1] < block.rowLength) {
        row[target::RowBlock::header + row[1]++] = word;
        return;
      }
      if (b + 1 == memory.blocks.size() ||
          memory.blocks[b + 1].key != block.key ||
          core.drawn.blocks[b + 1] != core.drawn.blocks[b])
        break;
    }
    failure = c;
  }

  const SpinProgram &program;
  const network::Projection &projection;
  std::vector<Memory> &memories;
  std::vector<unsigned> targets, senders; ///< cores
  std::map<uint32_t, unsigned> placeOf;   ///< of senders, by key
  std::vector<unsigned> direct, again;    ///< places in `senders`
  std::vector<uint32_t> first;   ///< block of [sender][target], or none
  std::vector<unsigned> holders; ///< the core that has the block
  std::vector<Scale> scales;     ///< per target
  std::atomic<uint32_t> failure = none;
};

} // namespace

/// Reads the tables of all cores with drawn rows and gives them empty memory.
static Result<std::vector<Memory>> allocate(const SpinProgram &program,
                                            unsigned threads) {
  std::vector<Memory> memories(program.cores.size());
  for (size_t c = 0; c < program.cores.size(); ++c) {
    const SpinCore &core = program.cores[c];
    if (core.drawn.projections.empty())
      continue;
    auto blocks = target::readBlocks(core.table.values, core.addresses.values,
                                     core.drawn.words);
    if (!blocks)
      return blocks.takeError().note("in the memory of core '" + core.name +
                                     "'");
    memories[c].blocks = std::move(*blocks);
  }
  parallelFor(memories.size(), threads, [&](uint64_t c, unsigned) {
    const size_t bytes = program.cores[c].drawn.words * sizeof(uint32_t);
    if (bytes == 0)
      return;
    memories[c].pages = std::make_shared<Pages>(bytes);
    memories[c].words = static_cast<uint32_t *>(memories[c].pages->data());
    std::memset(memories[c].words, 0, bytes);
  });
  return memories;
}

Result<void> program::expandSynapses(SpinProgram &program,
                                     const network::Network &network,
                                     unsigned threads) {
  if (threads == 0)
    threads = processorCount();
  std::vector<char> wanted(network.projections.size(), 0);
  for (const SpinCore &core : program.cores)
    for (unsigned p : core.drawn.projections)
      wanted[p] = 1;
  if (std::find(wanted.begin(), wanted.end(), 1) == wanted.end())
    return {};
  auto memories = allocate(program, threads);
  if (!memories)
    return memories.takeError();
  std::vector<network::Rows> rows(threads);
  for (unsigned p = 0; p < network.projections.size(); ++p) {
    if (!wanted[p])
      continue;
    const network::Projection &projection = network.projections[p];
    Writer writer(program, projection, p, *memories);
    const network::RowExpander expander(projection, threads);
    const uint32_t sources = expander.sources();
    const uint64_t step =
        network::sourcesAtATime(sources, expander.estimate(), threads);
    parallelFor((sources + step - 1) / step, threads,
                [&](uint64_t piece, unsigned thread) {
                  const auto first = static_cast<uint32_t>(piece * step);
                  const auto last = static_cast<uint32_t>(
                      std::min<uint64_t>(sources, first + step));
                  expander.expand(first, last, true, rows[thread]);
                  expander.release(first, last);
                  writer.write(first, rows[thread]);
                });
    if (writer.failed() != none)
      return Error(fmt::format("the rows that projection '{}' draws for core "
                               "'{}' do not fit their blocks",
                               projection.name,
                               program.cores[writer.failed()].name))
          .note("compile the network again");
  }
  for (size_t c = 0; c < program.cores.size(); ++c)
    if (Memory &memory = (*memories)[c]; memory.words)
      program.cores[c].rows = {
          std::span<const uint32_t>(memory.words, program.cores[c].drawn.words),
          memory.pages};
  return {};
}
