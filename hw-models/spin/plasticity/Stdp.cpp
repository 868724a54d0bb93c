#include "hw-models/spin/plasticity/Stdp.h"

#include "hw-models/base/Quantity.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::spinhw;

static constexpr unsigned traceBits = 11;
static constexpr unsigned weightBits = 15;

/// Additions of a core wrap.
static int32_t add(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) +
                              static_cast<uint32_t>(b));
}

static int32_t product(int32_t a, int32_t b) {
  return static_cast<int32_t>((int64_t(a) * b) >> weightBits);
}

/// s16.15 times s4.11.
static int32_t times(int32_t a, int32_t trace) {
  return product(a, trace * (1 << (weightBits - traceBits)));
}

/// s4.11 times s4.11, of which the processor multiplies the low halves.
static int32_t decayed(int32_t trace, int32_t decay) {
  return (int32_t(int16_t(trace)) * int32_t(int16_t(decay))) >> traceBits;
}

DecayTable::DecayTable(double tau) {
  const double reach = tau * std::log(double(Stdp::one));
  const auto size = static_cast<size_t>(2 * std::ceil(reach / 2));
  values.reserve(size);
  for (size_t t = 0; t < size; ++t)
    values.push_back(static_cast<int16_t>(
        std::floor(std::exp(-double(t) / tau) * Stdp::one)));
}

void PostHistory::add(uint32_t time, int16_t trace) {
  if (count == capacity) {
    std::copy(times.begin() + 2, times.end(), times.begin() + 1);
    std::copy(traces.begin() + 2, traces.end(), traces.begin() + 1);
    --count;
  }
  times[count] = time;
  traces[count] = trace;
  ++count;
}

Result<Stdp> Stdp::make(const StdpRule &rule) {
  // The runtime's table counts its entries in 16 bits.
  constexpr double longest = 65534 / 7.625; // ln 2^11 = 7.6246
  for (const auto &[name, tau] : {std::pair("tau_plus", rule.tauPlus),
                                  std::pair("tau_minus", rule.tauMinus)})
    if (!(tau > 0 && tau <= longest))
      return Error(fmt::format("{} is {} steps; more than 0 and at most {} was "
                               "wanted",
                               name, formatNumber(tau), std::floor(longest)));
  Stdp out;
  out.given = rule;
  out.plus = DecayTable(rule.tauPlus);
  out.minus = DecayTable(rule.tauMinus);
  const auto convert = [](const char *name, double x,
                          int32_t &to) -> Result<void> {
    const double units = std::nearbyint(std::ldexp(x, weightBits));
    if (!(units >= -2147483648.0 && units <= 2147483647.0))
      return Error(fmt::format("{} is {}; s16.15 holds -65536 to 65536", name,
                               formatNumber(x)));
    to = static_cast<int32_t>(units);
    return {};
  };
  for (auto done : {convert("a_plus", rule.aPlus, out.aPlus),
                    convert("a_minus", rule.aMinus, out.aMinus),
                    convert("w_min", rule.lowest, out.lowest),
                    convert("w_max", rule.highest, out.highest)})
    if (!done)
      return done.takeError();
  if (rule.lowest < 0 || rule.highest < rule.lowest)
    return Error(fmt::format("weights from {} to {}: a row holds weights from "
                             "0 up; the sign is that of the receptor",
                             formatNumber(rule.lowest),
                             formatNumber(rule.highest)));
  return out;
}

PreHistory Stdp::fired(const PreHistory &last, uint32_t now) const {
  if (given.pairing == Pairing::Nearest)
    return {now, 0};
  return {now, static_cast<int16_t>(
                   decayed(last.trace, plus.at(now - last.time)) + one)};
}

void Stdp::fired(PostHistory &posts, uint32_t now) const {
  if (given.pairing == Pairing::Nearest)
    return posts.add(now, 0);
  const uint32_t last = posts.size() - 1;
  posts.add(
      now,
      static_cast<int16_t>(
          decayed(posts.trace(last), minus.at(now - posts.time(last))) + one));
}

// Each change is bounded on the side to which it moves a weight when A is
// positive, and on no other: with a negative A- weights can pass `highest`
// until they are next potentiated. So does the runtime.
int32_t Stdp::potentiate(int32_t weight, int32_t trace) const {
  if (given.dependence == Dependence::Multiplicative)
    return add(weight, times(product(add(highest, -weight), aPlus), trace));
  return std::min(add(weight, times(aPlus, trace)), highest);
}

int32_t Stdp::depress(int32_t weight, int32_t trace) const {
  if (given.dependence == Dependence::Multiplicative)
    return add(weight, -times(product(add(weight, -lowest), aMinus), trace));
  return std::max(add(weight, -times(aMinus, trace)), lowest);
}

Stdp::Window Stdp::window(const PreHistory &last, uint32_t now, uint32_t delay,
                          const PostHistory &posts) {
  const uint32_t begin = last.time >= delay ? last.time - delay : 0;
  const uint32_t end = now >= delay ? now - delay : 0;
  Window out;
  out.first = posts.size();
  while (out.first > 1 && posts.time(out.first - 1) > begin)
    --out.first;
  for (out.end = out.first;
       out.end < posts.size() && posts.time(out.end) <= end; ++out.end)
    continue;
  return out;
}

int32_t Stdp::update(int32_t weight, const PreHistory &last, uint32_t now,
                     uint32_t delay, const PostHistory &posts) const {
  const bool nearest = given.pairing == Pairing::Nearest;
  const Window spikes = window(last, now, delay, posts);
  uint32_t next = spikes.first;
  for (; next < spikes.end; ++next) {
    const uint32_t arrives = posts.time(next) + delay;
    const uint32_t elapsed = arrives - last.time;
    if (elapsed == 0)
      continue;
    int32_t trace = plus.at(elapsed);
    if (!nearest)
      trace = decayed(last.trace, trace);
    else if (arrives - posts.time(next - 1) < elapsed)
      trace = 0; // not the first after the source's spike
    weight = potentiate(weight, trace);
  }
  if (next == 1) // no target spike ever
    return weight;
  const uint32_t elapsed = now - (posts.time(next - 1) + delay);
  if (elapsed == 0)
    return weight;
  const int32_t trace = minus.at(elapsed);
  return depress(weight,
                 nearest ? trace : decayed(posts.trace(next - 1), trace));
}
