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
// as there are synapses.

#include "runtime/network/RandomStage.h"

#include "hw-models/base/HugePages.h"
#include "hw-models/base/RandomBatch.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <utility>

using namespace limen;
using namespace limen::network;

namespace {

/// Draws outside of their bounds are repeated this often, then clamped: bounds
/// that hold less than about one draw in a hundred are not a truncation.
constexpr uint32_t maxAttempts = 1000;

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

/// A synapse before its weight and delay are drawn.
struct Pending {
  uint32_t target;
  Key key;
};

class Drawer {
public:
  Drawer(const Random &random, const Stage &stage, std::vector<Synapse> &out)
      : random(random), stage(stage), out(out),
        ends(random.seed, Purpose::Connection, random.identity),
        values(random.seed, Purpose::Weight, random.identity),
        batch(random.seed, Purpose::Weight, random.identity) {}

  void row(uint32_t source);

private:
  void pairwise(uint32_t source);
  void byDistance(uint32_t source);
  void fixedOutDegree(uint32_t source);

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
    out.push_back({target, weight, delay});
  }

  void add(int64_t target, Key key) {
    pending[waiting++] = {static_cast<uint32_t>(target), key};
    if (waiting == RandomBatch::size)
      flush();
  }

  /// Draws weights and delays of what waits.
  void flush() {
    const size_t count = std::exchange(waiting, 0);
    RandomBatch::Block block;
    double u[RandomBatch::size], weights[RandomBatch::size],
        delays[RandomBatch::size];
    const bool drawn = random.distribution != Distribution::Constant ||
                       (random.delays &&
                        random.delays->distribution != Distribution::Constant);
    if (drawn) {
      for (size_t i = 0; i < RandomBatch::size; ++i) {
        block.a[i] = i < count ? pending[i].key.a : 0;
        block.b[i] = i < count ? pending[i].key.b : 0;
      }
      batch.fill(block);
    }
    const auto draw = [&](Distribution distribution, double a, double b,
                          unsigned word, double *to) {
      if (drawn)
        for (size_t i = 0; i < count; ++i)
          u[i] = openUnit(block.words[word][i], block.words[word + 1][i]);
      else
        std::fill_n(u, count, 0.5);
      valuesAt(distribution, a, b, u, to, count);
    };
    draw(random.distribution, random.a, random.b, 0, weights);
    if (random.delays)
      draw(random.delays->distribution, random.delays->a, random.delays->b, 2,
           delays);
    for (size_t i = 0; i < count; ++i) {
      const Key key = pending[i].key;
      if (const float weight = weightOf(weights[i], key);
          weight != 0 || stage.keepsZeros)
        out.push_back({pending[i].target, weight,
                       random.delays ? delayOf(delays[i], key) : 0});
    }
  }

  const Random &random;
  const Stage &stage;
  std::vector<Synapse> &out;
  RandomStream ends, values;
  RandomBatch batch;
  std::array<Pending, RandomBatch::size> pending;
  size_t waiting = 0;
};

} // namespace

std::array<double, 2> limen::network::formedPair(const Random &random,
                                                 uint32_t source,
                                                 uint32_t target) {
  const RandomStream forming(random.seed, Purpose::CellForming,
                             random.identity);
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
// Rules that draw both ends at once
//===----------------------------------------------------------------------===//

namespace limen::network {

/// The draws of a rule by source: 4 bytes each, from which the rest is drawn
/// again.
class Wires {
public:
  struct Wire {
    uint32_t target;
    uint64_t number; ///< of the draw
  };

  Wires(const Random &random, int64_t inputs, int64_t outputs)
      : random(random), inputs(static_cast<uint64_t>(inputs)),
        outputs(static_cast<uint64_t>(outputs)),
        total(random.wiring == Wiring::FixedInDegree
                  ? random.number * static_cast<uint64_t>(outputs)
                  : random.number),
        ends(random.seed, Purpose::Connection, random.identity),
        batch(random.seed, Purpose::Connection, random.identity) {}

  /// Wires of `source` by target, then number.
  void row(uint32_t source, std::vector<Wire> &out) const {
    std::call_once(once, [this] { drawAll(); });
    out.clear();
    forBlocks(
        offsets[source + 1] - offsets[source],
        [&](uint64_t i) { return numberAt(offsets[source] + i); },
        [&](uint64_t number, uint32_t, uint32_t target) {
          out.push_back({target, number});
        });
    // In-degrees are drawn target by target; totals are not.
    if (random.wiring == Wiring::FixedTotal)
      sortByTarget(out);
  }

private:
  uint64_t numberAt(uint64_t place) const {
    const uint64_t high = highs.empty() ? 0 : highs[place];
    return high << 32 | lows[place];
  }

  /// Both ends of the draw `number`; `words` are those of its first attempt.
  std::pair<uint32_t, uint32_t> endsOf(uint64_t number,
                                       std::array<uint32_t, 4> words) const {
    const bool inDegree = random.wiring == Wiring::FixedInDegree;
    // Without autapses a pair (i, i) is drawn again.
    for (uint32_t attempt = 0;;) {
      const auto source =
          static_cast<uint32_t>(scaledBelow(inputs, words[0], words[1]));
      const auto target = static_cast<uint32_t>(
          inDegree ? number / random.number
                   : scaledBelow(outputs, words[2], words[3]));
      if (random.autapses || source != target || ++attempt == maxAttempts)
        return {source, target};
      const Key key = keyOf(number);
      words = ends.words(key.a, key.b, attempt);
    }
  }

  Key keyOf(uint64_t number) const {
    if (random.wiring == Wiring::FixedInDegree)
      return {number / random.number,
              static_cast<uint32_t>(number % random.number)};
    return {number, 0};
  }

  template <typename Number, typename Visit>
  void forBlocks(uint64_t count, Number numberOf, Visit visit) const {
    RandomBatch::Block block;
    std::array<uint64_t, RandomBatch::size> numbers;
    for (uint64_t first = 0; first < count; first += RandomBatch::size) {
      const auto size = static_cast<size_t>(
          std::min<uint64_t>(RandomBatch::size, count - first));
      for (size_t i = 0; i < RandomBatch::size; ++i) {
        numbers[i] = i < size ? numberOf(first + i) : 0;
        const Key key = keyOf(numbers[i]);
        block.a[i] = key.a;
        block.b[i] = key.b;
      }
      batch.fill(block);
      for (size_t i = 0; i < size; ++i) {
        const auto [source, target] =
            endsOf(numbers[i], {block.words[0][i], block.words[1][i],
                                block.words[2][i], block.words[3][i]});
        visit(numbers[i], source, target);
      }
    }
  }

  void drawAll() const;
  void sortByTarget(std::vector<Wire> &wires) const;

  const Random random;
  const uint64_t inputs, outputs, total;
  const RandomStream ends;
  const RandomBatch batch;
  mutable std::once_flag once;
  mutable std::vector<uint64_t> offsets;
  mutable std::vector<uint32_t> lows; ///< numbers of the draws
  mutable std::vector<uint8_t> highs; ///< where they need more than 32 bits
};

void Wires::drawAll() const {
  const auto same = [](uint64_t i) { return i; };
  offsets.assign(inputs + 1, 0);
  forBlocks(total, same, [&](uint64_t, uint32_t source, uint32_t) {
    ++offsets[source + 1];
  });
  for (size_t i = 1; i < offsets.size(); ++i)
    offsets[i] += offsets[i - 1];
  lows.reserve(total);
  adviseHugePages(lows.data(), total * sizeof(uint32_t));
  lows.resize(total);
  if (total > uint64_t(1) << 32)
    highs.resize(total);
  std::vector<uint64_t> next(offsets.begin(), offsets.end() - 1);
  forBlocks(total, same, [&](uint64_t number, uint32_t source, uint32_t) {
    const uint64_t place = next[source]++;
    lows[place] = static_cast<uint32_t>(number);
    if (!highs.empty())
      highs[place] = static_cast<uint8_t>(number >> 32);
  });
}

/// Numbers ascend already: a stable radix sort keeps them so.
void Wires::sortByTarget(std::vector<Wire> &wires) const {
  constexpr unsigned digitBits = 8;
  if (wires.size() < 128) {
    std::stable_sort(
        wires.begin(), wires.end(),
        [](const Wire &a, const Wire &b) { return a.target < b.target; });
    return;
  }
  std::vector<Wire> other(wires.size());
  for (unsigned shift = 0; (outputs - 1) >> shift != 0; shift += digitBits) {
    std::array<uint32_t, (1u << digitBits) + 1> starts = {};
    const auto digit = [&](const Wire &wire) {
      return wire.target >> shift & ((1u << digitBits) - 1);
    };
    for (const Wire &wire : wires)
      ++starts[digit(wire) + 1];
    for (size_t d = 1; d < starts.size(); ++d)
      starts[d] += starts[d - 1];
    for (const Wire &wire : wires)
      other[starts[digit(wire)]++] = wire;
    wires.swap(other);
  }
}

} // namespace limen::network

std::shared_ptr<const Wires> limen::network::makeWires(const Random &random,
                                                       int64_t inputs,
                                                       int64_t outputs) {
  if (random.wiring != Wiring::FixedTotal &&
      random.wiring != Wiring::FixedInDegree)
    return nullptr;
  return std::make_shared<const Wires>(random, inputs, outputs);
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

void Drawer::fixedOutDegree(uint32_t source) {
  std::vector<std::pair<uint32_t, uint32_t>> targets; // target, k
  for (uint32_t k = 0; k < random.number; ++k) {
    uint32_t target = source, attempt = 0;
    do {
      const std::array<uint32_t, 4> w = ends.words(source, k, attempt);
      target = static_cast<uint32_t>(
          scaledBelow(static_cast<uint64_t>(stage.outputs), w[0], w[1]));
    } while (isAutapse(source, target) && ++attempt < maxAttempts);
    targets.emplace_back(target, k);
  }
  std::sort(targets.begin(), targets.end());
  for (auto [target, k] : targets)
    add(target, {source, k});
}

void Drawer::row(uint32_t source) {
  std::vector<Wires::Wire> wires;
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
    fixedOutDegree(source);
    break;
  case Wiring::FixedInDegree:
    random.wires->row(source, wires);
    for (const Wires::Wire &wire : wires)
      add(wire.target,
          {wire.target, static_cast<uint32_t>(wire.number % random.number)});
    break;
  case Wiring::FixedTotal:
    random.wires->row(source, wires);
    for (const Wires::Wire &wire : wires)
      add(wire.target, {wire.number, 0});
    break;
  }
  flush();
}

void limen::network::appendRandom(const Random &random, const Stage &stage,
                                  uint32_t source, std::vector<Synapse> &out) {
  Drawer(random, stage, out).row(source);
}
