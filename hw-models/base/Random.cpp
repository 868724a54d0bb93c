#include "hw-models/base/Random.h"

#include <Random123/philox.h>
#include <cmath>
#include <numbers>

using namespace limen;

RandomStream::RandomStream(uint64_t seed, Purpose purpose, uint32_t identity)
    : key(seed),
      purposeWord(identity ^ (static_cast<uint32_t>(purpose) * 0x9E3779B9u)) {}

std::array<uint32_t, 4> RandomStream::words(uint64_t a, uint32_t b,
                                            uint32_t c) const {
  // `c` extends the counter by folding it into the purpose word: streams of
  // different `c` are as unrelated as streams of different identities.
  const r123::Philox4x32::ctr_type counter = {{static_cast<uint32_t>(a),
                                               static_cast<uint32_t>(a >> 32),
                                               b, purposeWord + c * draws}};
  const r123::Philox4x32::key_type keys = {
      {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)}};
  const r123::Philox4x32::ctr_type out = r123::Philox4x32()(counter, keys);
  return {out[0], out[1], out[2], out[3]};
}

static double toUnit(uint32_t high, uint32_t low) {
  const uint64_t bits = (static_cast<uint64_t>(high) << 32 | low) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

double RandomStream::uniform(uint64_t a, uint32_t b, uint32_t c) const {
  const std::array<uint32_t, 4> w = words(a, b, c);
  return toUnit(w[0], w[1]);
}

double RandomStream::normal(uint64_t a, uint32_t b, uint32_t c) const {
  const std::array<uint32_t, 4> w = words(a, b, c);
  // 1 - u is in (0, 1], so the logarithm is finite.
  const double radius = std::sqrt(-2.0 * std::log(1.0 - toUnit(w[0], w[1])));
  return radius * std::cos(2.0 * std::numbers::pi * toUnit(w[2], w[3]));
}
