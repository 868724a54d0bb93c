// Random synapses. What a draw is keyed by:
//
//   pairwise, distances, 1:1 (source, target)
//   fixed out-degree         (source, k)
//   fixed in-degree          (target, k)
//   fixed total              (k)
//
// and by the attempt, where a value outside of its bounds is drawn again. Rows
// of sparse pairwise rules jump from one synapse to the next (the gaps are
// geometric), so that drawing costs as much as there are synapses.

#include "runtime/network/RandomStage.h"

#include "hw-models/base/Random.h"

#include <algorithm>
#include <cmath>
#include <mutex>

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

class Drawer {
public:
  Drawer(const Random &random, const Stage &stage, std::vector<Synapse> &out)
      : random(random), stage(stage), out(out),
        ends(random.seed, Purpose::Connection, random.identity),
        weights(random.seed, Purpose::Weight, random.identity),
        delays(random.seed, Purpose::Delay, random.identity) {}

  void row(uint32_t source);

private:
  void pairwise(uint32_t source);
  void byDistance(uint32_t source);
  void fixedOutDegree(uint32_t source);

  bool isAutapse(uint32_t source, int64_t target) const {
    return !random.autapses && target == source;
  }

  float weight(Key key) const {
    double value = 0;
    for (uint32_t attempt = 0; attempt < maxAttempts; ++attempt) {
      value = random.gain * drawFrom(random.distribution, random.a, random.b,
                                     weights, key, attempt);
      if (value >= random.low && value <= random.high)
        return static_cast<float>(value);
    }
    return static_cast<float>(std::clamp(value, random.low, random.high));
  }

  uint32_t delay(Key key) const {
    if (!random.delays)
      return 0;
    const DelayDraw &rule = *random.delays;
    double steps = 0;
    for (uint32_t attempt = 0; attempt < maxAttempts; ++attempt) {
      steps = std::round(
          drawFrom(rule.distribution, rule.a, rule.b, delays, key, attempt));
      if (steps >= rule.from && steps <= rule.to)
        break;
    }
    steps = std::clamp<double>(steps, rule.from, rule.to);
    return static_cast<uint32_t>(steps) - stage.shortestDelay;
  }

  void add(int64_t target, Key key) {
    if (const float value = weight(key); value != 0)
      out.push_back({static_cast<uint32_t>(target), value, delay(key)});
  }

  const Random &random;
  const Stage &stage;
  std::vector<Synapse> &out;
  RandomStream ends, weights, delays;
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

/// Ends sorted by source.
class Wires {
public:
  struct Wire {
    uint32_t target;
    uint32_t number; ///< k of the draw
  };

  Wires(const Random &random, int64_t inputs, int64_t outputs)
      : random(random), inputs(inputs), outputs(outputs) {}

  std::span<const Wire> row(uint32_t source) const {
    std::call_once(once, [this] { drawAll(); });
    return std::span(wires).subspan(offsets[source],
                                    offsets[source + 1] - offsets[source]);
  }

private:
  void drawAll() const;
  template <typename Visit> void forAll(Visit visit) const;

  const Random random;
  const int64_t inputs, outputs;
  mutable std::once_flag once;
  mutable std::vector<uint64_t> offsets;
  mutable std::vector<Wire> wires;
};

template <typename Visit> void Wires::forAll(Visit visit) const {
  const RandomStream ends(random.seed, Purpose::Connection, random.identity);
  const auto pick = [](double uniform, int64_t count) {
    return static_cast<uint32_t>(uniform * static_cast<double>(count));
  };
  // Without autapses a pair (i, i) is drawn again.
  if (random.wiring == Wiring::FixedInDegree) {
    for (uint32_t target = 0; target < outputs; ++target)
      for (uint32_t k = 0; k < random.number; ++k) {
        uint32_t source = target, attempt = 0;
        do
          source = pick(ends.uniform(target, k, attempt), inputs);
        while (!random.autapses && source == target && ++attempt < maxAttempts);
        visit(source, Wire{target, k});
      }
    return;
  }
  for (uint32_t k = 0; k < random.number; ++k) {
    uint32_t source = 0, target = 0, attempt = 0;
    do {
      source = pick(ends.uniform(k, 0, attempt), inputs);
      target = pick(ends.uniform(k, 1, attempt), outputs);
    } while (!random.autapses && source == target && ++attempt < maxAttempts);
    visit(source, Wire{target, k});
  }
}

void Wires::drawAll() const {
  offsets.assign(static_cast<size_t>(inputs) + 1, 0);
  forAll([&](uint32_t source, Wire) { ++offsets[source + 1]; });
  for (size_t i = 1; i < offsets.size(); ++i)
    offsets[i] += offsets[i - 1];
  wires.resize(offsets.back());
  std::vector<uint64_t> next(offsets.begin(), offsets.end() - 1);
  forAll([&](uint32_t source, Wire wire) { wires[next[source]++] = wire; });
  for (int64_t source = 0; source < inputs; ++source)
    std::sort(wires.begin() + static_cast<int64_t>(offsets[source]),
              wires.begin() + static_cast<int64_t>(offsets[source + 1]),
              [](const Wire &a, const Wire &b) {
                return a.target != b.target ? a.target < b.target
                                            : a.number < b.number;
              });
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
      const auto value = static_cast<float>(random.gain * (g[0] - g[1]));
      if (value != 0)
        out.push_back({key.b, value, delay(key)});
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
    do
      target = static_cast<uint32_t>(ends.uniform(source, k, attempt) *
                                     static_cast<double>(stage.outputs));
    while (isAutapse(source, target) && ++attempt < maxAttempts);
    targets.emplace_back(target, k);
  }
  std::sort(targets.begin(), targets.end());
  for (auto [target, k] : targets)
    add(target, {source, k});
}

void Drawer::row(uint32_t source) {
  switch (random.wiring) {
  case Wiring::Pairwise:
    return pairwise(source);
  case Wiring::Gaussian:
  case Wiring::Exponential:
    return byDistance(source);
  case Wiring::OneToOne:
    return add(source, {source, source});
  case Wiring::FixedOutDegree:
    return fixedOutDegree(source);
  case Wiring::FixedInDegree:
    for (const Wires::Wire &wire : random.wires->row(source))
      add(wire.target, {wire.target, wire.number});
    return;
  case Wiring::FixedTotal:
    for (const Wires::Wire &wire : random.wires->row(source))
      add(wire.target, {wire.number, 0});
    return;
  }
}

void limen::network::appendRandom(const Random &random, const Stage &stage,
                                  uint32_t source, std::vector<Synapse> &out) {
  Drawer(random, stage, out).row(source);
}
