// Random numbers many at a time: the same words as RandomStream, several times
// faster, and normal deviates by inversion.
#pragma once

#include "hw-models/base/Random.h"

#include <cstddef>
#include <span>

namespace limen {

/// Draws of one stream in batches.
class RandomBatch {
public:
  static constexpr size_t size = 64;

  /// Counters and words of a batch, word by word.
  struct Block {
    uint64_t a[size];
    uint32_t b[size];
    uint32_t words[4][size];
  };

  RandomBatch(uint64_t seed, Purpose purpose, uint32_t identity);

  /// Fills `words` with RandomStream::words(a[i], b[i]) for all i. Lanes that
  /// the caller does not need may hold anything.
  void fill(Block &block) const;

private:
  uint64_t seed;
  uint32_t word;
};

/// A stream that also draws many at a time.
class BatchStream : public RandomStream {
public:
  BatchStream(uint64_t seed, Purpose purpose, uint32_t identity)
      : RandomStream(seed, purpose, identity), batch(seed, purpose, identity) {}

  /// out[k] = normal(a, k) for all k, with a logarithm and a cosine of our own:
  /// the same bits on every machine, within about 1e-15 of normal().
  void normals(uint64_t a, std::span<double> out) const;

private:
  RandomBatch batch;
};

/// The value that a standard normal exceeds with probability 1 - p, for p in
/// (0, 1), to about 1e-16 relative: M. J. Wichura, algorithm AS 241 (PPND16),
/// Applied Statistics 37 (1988).
double normalQuantile(double p);

/// normalQuantile of `count` numbers; the same bits as one by one.
void normalQuantiles(const double *p, double *out, size_t count);

/// The middle of one of 2^52 equal parts of (0, 1), from 64 random bits.
inline double openUnit(uint32_t high, uint32_t low) {
  const uint64_t bits = (static_cast<uint64_t>(high) << 32 | low) >> 12;
  return (static_cast<double>(bits) + 0.5) * 0x1p-52;
}

/// openUnit of `count` pairs of words; the same bits as one by one.
void openUnits(const uint32_t *high, const uint32_t *low, double *out,
               size_t count);

/// A number below `count`, 64 random bits scaled: each of `count` numbers has
/// a probability within 2^-64 of 1 / count.
inline uint64_t scaledBelow(uint64_t count, uint32_t high, uint32_t low) {
  const uint64_t bits = static_cast<uint64_t>(high) << 32 | low;
  return static_cast<uint64_t>((static_cast<unsigned __int128>(bits) * count) >>
                               64);
}

} // namespace limen
