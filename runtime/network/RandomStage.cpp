// Random synapses. What a draw is keyed by:
//
//   pairwise, distances, 1:1 (source, target)
//   fixed out-degree         (source, k)
//   fixed in-degree          (target, k)
//   fixed total              (k)
//
// and by the attempt, where a value outside of its bounds is drawn again. One
// Philox block holds both ends of a synapse, another its weight (first half)
// and its delay (second half). Rows of sparse pairwise rules jump from one
// synapse to the next (the gaps are geometric), so that drawing costs as much
// as there are synapses. Batches run on from one row into the next: short rows
// fill them too.

#include "runtime/network/RandomStage.h"

#include "hw-models/base/RandomBatch.h"
#include "runtime/network/Wires.h"

#include <algorithm>
#include <cmath>
#include <utility>

using namespace limen;
using namespace limen::network;

namespace {

using Key = DrawKey;

double drawFrom(Distribution distribution, double a, double b,
                const RandomStream &stream, Key key, uint32_t attempt) {
  switch (distribution) {
  case Distribution::Constant:
    return a;
  case Distribution::Normal:
    return a + b * stream.normal(key.a, key.b, attempt);
  case Distribution::Uniform:
    return a + (b - a) * stream.uniform(key.a, key.b, attempt);
  case Distribution::LogNormal:
    return a * std::exp(b * stream.normal(key.a, key.b, attempt));
  case Distribution::FormedPair:
    break;
  }
  return 0;
}

} // namespace

double limen::network::drawWithin(Distribution distribution, double a, double b,
                                  double low, double high,
                                  const RandomStream &stream, DrawKey key) {
  double value = 0;
  for (uint32_t attempt = 0; attempt < maxAttempts; ++attempt) {
    value = drawFrom(distribution, a, b, stream, key, attempt);
    if (value >= low && value <= high)
      return value;
  }
  return std::clamp(value, low, high);
}

namespace {

/// The value of a distribution at a number of (0, 1).
double valueAt(Distribution distribution, double a, double b, double u) {
  switch (distribution) {
  case Distribution::Constant:
    return a;
  case Distribution::Normal:
    return a + b * normalQuantile(u);
  case Distribution::Uniform:
    return a + (b - a) * u;
  case Distribution::LogNormal:
    return a * std::exp(b * normalQuantile(u));
  case Distribution::FormedPair:
    break;
  }
  return 0;
}

/// valueAt for many; the same bits.
void valuesAt(Distribution distribution, double a, double b, const double *u,
              double *out, size_t count) {
  if (distribution != Distribution::Normal &&
      distribution != Distribution::LogNormal) {
    for (size_t i = 0; i < count; ++i)
      out[i] = valueAt(distribution, a, b, u[i]);
    return;
  }
  normalQuantiles(u, out, count);
  if (distribution == Distribution::Normal)
    for (size_t i = 0; i < count; ++i)
      out[i] = a + b * out[i];
  else
    for (size_t i = 0; i < count; ++i)
      out[i] = a * std::exp(b * out[i]);
}

class Drawer {
public:
  Drawer(const Random &random, const Stage &stage, Rows &out)
      : random(random), stage(stage), out(out),
        ends(random.seed, Purpose::Connection, random.identity),
        values(random.seed, Purpose::Weight, random.identity),
        endsBatch(random.seed, Purpose::Connection, random.identity),
        batch(random.seed, Purpose::Weight, random.identity),
        drawn(random.distribution != Distribution::Constant ||
              (random.delays &&
               random.delays->distribution != Distribution::Constant)) {}

  void rows(uint32_t first, uint32_t last) {
    for (uint32_t source = first; source < last; ++source) {
      row(source);
      // The row ends before the next synapse.
      rowEnds[endCount++] = static_cast<uint32_t>(waiting);
      // Formed pairs do not wait.
      if (endCount == rowEnds.size() ||
          random.distribution == Distribution::FormedPair)
        flush();
    }
    flush();
  }

private:
  void row(uint32_t source);
  void pairwise(uint32_t source);
  void byDistance(uint32_t source);

  bool isAutapse(uint32_t source, int64_t target) const {
    return !random.autapses && target == source;
  }

  float weightOf(double value, Key key) const {
    value *= random.gain;
    for (uint32_t attempt = 1; !(value >= random.low && value <= random.high);
         ++attempt) {
      if (attempt == maxAttempts)
        return static_cast<float>(std::clamp(value, random.low, random.high));
      const std::array<uint32_t, 4> w = values.words(key.a, key.b, attempt);
      value = random.gain * valueAt(random.distribution, random.a, random.b,
                                    openUnit(w[0], w[1]));
    }
    return static_cast<float>(value);
  }

  uint32_t delayOf(double value, Key key) const {
    // Rounded to the nearest step, halves up.
    const DelayDraw &rule = *random.delays;
    const double low = rule.from, high = static_cast<double>(rule.to) + 1;
    double steps = value + 0.5;
    for (uint32_t attempt = 1;
         !(steps >= low && steps < high) && attempt < maxAttempts; ++attempt) {
      const std::array<uint32_t, 4> w = values.words(key.a, key.b, attempt);
      steps = 0.5 +
              valueAt(rule.distribution, rule.a, rule.b, openUnit(w[2], w[3]));
    }
    steps = std::clamp<double>(steps, rule.from, rule.to + 0.5);
    return static_cast<uint32_t>(steps) - stage.shortestDelay;
  }

  /// A formed pair has its own weight; only its delay is drawn here.
  void addFormed(uint32_t target, float weight, Key key) {
    if (weight == 0)
      return;
    uint32_t delay = 0;
    if (random.delays) {
      const std::array<uint32_t, 4> w = values.words(key.a, key.b, 0);
      delay = delayOf(valueAt(random.delays->distribution, random.delays->a,
                              random.delays->b, openUnit(w[2], w[3])),
                      key);
    }
    out.synapses.push_back({target, weight, delay});
  }

  /// Adds a synapse whose target is drawn with its weight.
  void add(Key key) {
    block.a[waiting] = key.a;
    block.b[waiting] = key.b;
    if (++waiting == RandomBatch::size)
      flush();
  }

  void add(int64_t target, Key key) {
    targets[waiting] = static_cast<uint32_t>(target);
    add(key);
  }

  /// Targets that add() did not get.
  void drawTargets(size_t count) {
    if (random.wires) {
      random.wires->targets(block, count, targets.data());
    } else if (random.wiring == Wiring::FixedOutDegree) {
      endsBatch.fill(block);
      const auto outputs = static_cast<uint64_t>(stage.outputs);
      for (size_t i = 0; i < count; ++i) {
        const auto source = static_cast<uint32_t>(block.a[i]);
        targets[i] = static_cast<uint32_t>(
            scaledBelow(outputs, block.words[0][i], block.words[1][i]));
        for (uint32_t attempt = 1;
             isAutapse(source, targets[i]) && attempt < maxAttempts;
             ++attempt) {
          const std::array<uint32_t, 4> w =
              ends.words(source, block.b[i], attempt);
          targets[i] = static_cast<uint32_t>(scaledBelow(outputs, w[0], w[1]));
        }
      }
    }
  }

  void draw(Distribution distribution, double a, double b, unsigned word,
            size_t count, double *to) {
    double u[RandomBatch::size];
    if (drawn)
      openUnits(block.words[word], block.words[word + 1], u, count);
    else
      std::fill_n(u, count, 0.5);
    valuesAt(distribution, a, b, u, to, count);
  }

  /// Draws what waits and appends it; then no row end waits either.
  void flush() {
    const size_t count = std::exchange(waiting, 0);
    const size_t ending = std::exchange(endCount, 0);
    if (count == 0) {
      out.offsets.insert(out.offsets.end(), ending, out.synapses.size());
      return;
    }
    double weights[RandomBatch::size], delays[RandomBatch::size];
    for (size_t i = count; i < RandomBatch::size; ++i)
      block.a[i] = block.b[i] = 0;
    drawTargets(count);
    if (drawn)
      batch.fill(block);
    draw(random.distribution, random.a, random.b, 0, count, weights);
    if (random.delays)
      draw(random.delays->distribution, random.delays->a, random.delays->b, 2,
           count, delays);

    Synapse found[RandomBatch::size];
    size_t size = 0, end = 0;
    const uint64_t before = out.synapses.size();
    for (size_t i = 0; i < count; ++i) {
      for (; end < ending && rowEnds[end] == i; ++end)
        out.offsets.push_back(before + size);
      const Key key = {block.a[i], block.b[i]};
      found[size] = {targets[i], weightOf(weights[i], key),
                     random.delays ? delayOf(delays[i], key) : 0};
      size += found[size].weight != 0 || stage.keepsZeros;
    }
    out.synapses.insert(out.synapses.end(), found, found + size);
    out.offsets.insert(out.offsets.end(), ending - end, out.synapses.size());
  }

  const Random &random;
  const Stage &stage;
  Rows &out;
  RandomStream ends, values;
  RandomBatch endsBatch, batch;
  const bool drawn; ///< weights or delays
  /// What waits to be drawn: keys, and targets unless they are drawn too.
  RandomBatch::Block block;
  std::array<uint32_t, RandomBatch::size> targets;
  size_t waiting = 0;
  /// Row i of those that end here ends before the synapse that waits there.
  std::array<uint32_t, 4 * RandomBatch::size> rowEnds;
  size_t endCount = 0;
};

} // namespace

std::array<double, 2> limen::network::formedPair(const Random &random,
                                                 uint32_t source,
                                                 uint32_t target) {
  const RandomStream forming(random.seed, Purpose::CellForming,
                             random.identity);
  source += random.window[0];
  target += random.window[1];
  std::array<double, 2> conductance = {0, 0};
  for (uint32_t side = 0; side < 2; ++side) {
    if (forming.uniform(source, target, 2 * side) >= random.density)
      continue;
    conductance[side] =
        random.a *
        std::exp(random.b * forming.normal(source, target, 2 * side + 1));
  }
  return conductance;
}

double limen::network::gridDistance(const Shape &from, uint32_t source,
                                    const Shape &to, uint32_t target,
                                    bool periodic) {
  double squares = 0;
  for (size_t axis = from.size(); axis-- > 0;) {
    const double x = (static_cast<double>(source % from[axis]) + 0.5) /
                     static_cast<double>(from[axis]);
    const double y = (static_cast<double>(target % to[axis]) + 0.5) /
                     static_cast<double>(to[axis]);
    double apart = std::abs(x - y);
    if (periodic)
      apart = std::min(apart, 1 - apart);
    squares += apart * apart;
    source /= static_cast<uint32_t>(from[axis]);
    target /= static_cast<uint32_t>(to[axis]);
  }
  return std::sqrt(squares);
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

void Drawer::pairwise(uint32_t source) {
  const double density = random.density;
  if (random.distribution == Distribution::FormedPair) {
    for (int64_t target = 0; target < stage.outputs; ++target) {
      if (isAutapse(source, target))
        continue;
      const Key key = {source, static_cast<uint32_t>(target)};
      const std::array<double, 2> g = formedPair(random, source, key.b);
      addFormed(key.b, static_cast<float>(random.gain * (g[0] - g[1])), key);
    }
    return;
  }
  if (density <= 0)
    return;
  const double logMiss = std::log1p(-std::min(density, 1.0));
  int64_t target = -1;
  for (uint32_t k = 0;; ++k) {
    double gap = 0;
    if (density < 1)
      gap = std::floor(std::log1p(-ends.uniform(source, k)) / logMiss);
    if (gap >= static_cast<double>(stage.outputs - target - 1))
      return;
    target += 1 + static_cast<int64_t>(gap);
    if (!isAutapse(source, target))
      add(target, {source, static_cast<uint32_t>(target)});
  }
}

void Drawer::byDistance(uint32_t source) {
  for (int64_t target = 0; target < stage.outputs; ++target) {
    if (isAutapse(source, target))
      continue;
    const Key key = {source, static_cast<uint32_t>(target)};
    const double ratio =
        gridDistance(random.from, source, random.to, key.b, random.periodic) /
        random.scale;
    const double probability =
        random.density * (random.wiring == Wiring::Gaussian
                              ? std::exp(-ratio * ratio / 2)
                              : std::exp(-ratio));
    if (ends.uniform(source, key.b) < probability)
      add(target, key);
  }
}

void Drawer::row(uint32_t source) {
  switch (random.wiring) {
  case Wiring::Pairwise:
    pairwise(source);
    break;
  case Wiring::Gaussian:
  case Wiring::Exponential:
    byDistance(source);
    break;
  case Wiring::OneToOne:
    add(source, {source, source});
    break;
  case Wiring::FixedOutDegree:
    for (uint32_t k = 0; k < random.number; ++k)
      add({source, k});
    break;
  case Wiring::FixedInDegree:
  case Wiring::FixedTotal:
    const Wires &wires = *random.wires;
    const uint64_t end = wires.begin(source + 1);
    for (uint64_t place = wires.begin(source); place < end; ++place) {
      const auto [a, b] = wires.keyOf(wires.numberAt(place));
      add({a, b});
    }
    break;
  }
}

/// Stable, so that synapses of a pair keep the order in which they are drawn.
static void sortByTarget(std::span<Synapse> row,
                         std::vector<Synapse> &scratch) {
  const auto before = [](const Synapse &a, const Synapse &b) {
    return a.target < b.target;
  };
  if (row.size() < 128) {
    std::stable_sort(row.begin(), row.end(), before);
    return;
  }
  constexpr unsigned digitBits = 8;
  uint32_t largest = 0;
  for (const Synapse &synapse : row)
    largest = std::max(largest, synapse.target);
  scratch.resize(row.size());
  std::span<Synapse> from = row, to = scratch;
  for (unsigned shift = 0; shift < 32 && largest >> shift != 0;
       shift += digitBits) {
    std::array<uint32_t, (1u << digitBits) + 1> starts = {};
    const auto digit = [&](const Synapse &synapse) {
      return synapse.target >> shift & ((1u << digitBits) - 1);
    };
    for (const Synapse &synapse : from)
      ++starts[digit(synapse) + 1];
    for (size_t d = 1; d < starts.size(); ++d)
      starts[d] += starts[d - 1];
    for (const Synapse &synapse : from)
      to[starts[digit(synapse)]++] = synapse;
    std::swap(from, to);
  }
  if (from.data() != row.data())
    std::copy(from.begin(), from.end(), row.begin());
}

void limen::network::appendRandomRows(const Random &random, const Stage &stage,
                                      uint32_t first, uint32_t last,
                                      bool ascending, Rows &out) {
  if (random.wires)
    random.wires->draw(1);
  const size_t rows = out.offsets.size();
  if (out.offsets.empty())
    out.offsets.push_back(out.synapses.size());
  Drawer(random, stage, out).rows(first, last);
  if (!ascending || (random.wiring != Wiring::FixedTotal &&
                     random.wiring != Wiring::FixedOutDegree))
    return;
  std::vector<Synapse> scratch;
  for (size_t row = std::max<size_t>(rows, 1); row < out.offsets.size(); ++row)
    sortByTarget(std::span(out.synapses)
                     .subspan(out.offsets[row - 1],
                              out.offsets[row] - out.offsets[row - 1]),
                 scratch);
}

void limen::network::appendRandom(const Random &random, const Stage &stage,
                                  uint32_t source, std::vector<Synapse> &out) {
  Rows rows;
  rows.synapses.swap(out);
  appendRandomRows(random, stage, source, source + 1, true, rows);
  rows.synapses.swap(out);
}
