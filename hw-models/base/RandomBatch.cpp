#include "hw-models/base/RandomBatch.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

using namespace limen;

// One binary for all x86-64, the fast loops for what it runs on. Contraction is
// off in the whole project, so all give the same bits. Sanitizers do
// not get along with the resolvers.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&         \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define LIMEN_VECTOR_CLONES                                                    \
  __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define LIMEN_VECTOR_CLONES
#endif

RandomBatch::RandomBatch(uint64_t seed, Purpose purpose, uint32_t identity)
    : seed(seed),
      word(identity ^ (static_cast<uint32_t>(purpose) * 0x9E3779B9u)) {}

/// Philox4x32-10 (Salmon et al., SC 2011) on lanes.
LIMEN_VECTOR_CLONES
static void philox(uint32_t *__restrict c0, uint32_t *__restrict c1,
                   uint32_t *__restrict c2, uint32_t *__restrict c3,
                   uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    for (size_t i = 0; i < RandomBatch::size; ++i) {
      const uint64_t p0 = static_cast<uint64_t>(c0[i]) * 0xD2511F53u;
      const uint64_t p1 = static_cast<uint64_t>(c2[i]) * 0xCD9E8D57u;
      c0[i] = static_cast<uint32_t>(p1 >> 32) ^ c1[i] ^ key0;
      c1[i] = static_cast<uint32_t>(p1);
      c2[i] = static_cast<uint32_t>(p0 >> 32) ^ c3[i] ^ key1;
      c3[i] = static_cast<uint32_t>(p0);
    }
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

void RandomBatch::fill(Block &block) const {
  for (size_t i = 0; i < size; ++i) {
    block.words[0][i] = static_cast<uint32_t>(block.a[i]);
    block.words[1][i] = static_cast<uint32_t>(block.a[i] >> 32);
    block.words[2][i] = block.b[i];
    block.words[3][i] = word;
  }
  philox(block.words[0], block.words[1], block.words[2], block.words[3],
         static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32));
}

//===----------------------------------------------------------------------===//
// Normal quantile
//===----------------------------------------------------------------------===//

/// |p - 1/2| up to which the first approximation holds.
static constexpr double centre = 0.425;

static inline double central(double p) {
  const double q = p - 0.5;
  const double r = centre * centre - q * q;
  const double numerator =
      ((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r +
           6.7265770927008700853e4) *
              r +
          4.5921953931549871457e4) *
             r +
         1.3731693765509461125e4) *
            r +
        1.9715909503065514427e3) *
           r +
       1.3314166789178437745e2) *
          r +
      3.3871328727963666080e0;
  const double denominator =
      ((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r +
           3.9307895800092710610e4) *
              r +
          2.1213794301586595867e4) *
             r +
         5.3941960214247511077e3) *
            r +
        6.8718700749205790830e2) *
           r +
       4.2313330701600911252e1) *
          r +
      1.0;
  return q * numerator / denominator;
}

/// log x of a normal number above 0, to about an ulp, without calls or
/// branches: vectors of it have the same bits as single ones.
static inline double logOf(double x) {
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  // 2^52 + the exponent, as a double.
  const double biased =
      std::bit_cast<double>(uint64_t(0x433) << 52 | bits >> 52);
  double exponent = biased - (0x1p52 + 1023);
  double m = std::bit_cast<double>((bits & ((uint64_t(1) << 52) - 1)) |
                                   uint64_t(0x3FF) << 52);
  const bool large = m > std::numbers::sqrt2;
  m = large ? m / 2 : m;
  exponent = large ? exponent + 1 : exponent;
  // log m = 2 artanh s; s^2 < 0.0295, so 11 terms do.
  const double s = (m - 1) / (m + 1);
  const double z = s * s;
  double series = 1.0 / 23;
  for (int k = 21; k >= 3; k -= 2)
    series = series * z + 1.0 / k;
  // ln 2 in two parts, the first with zeros to multiply exactly.
  return exponent * 6.93147180369123816490e-01 +
         (2 * s + (2 * s * z * series + exponent * 1.90821492927058770002e-10));
}

/// The quantile of a tail, of r = sqrt(-log of the tail's probability) up to 5.
static inline double nearTail(double r) {
  r -= 1.6;
  return (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r +
               2.41780725177450611770e-1) *
                  r +
              1.27045825245236838258e0) *
                 r +
             3.64784832476320460504e0) *
                r +
            5.76949722146069140550e0) *
               r +
           4.63033784615654529590e0) *
              r +
          1.42343711074968357734e0) /
         (((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r +
               1.51986665636164571966e-2) *
                  r +
              1.48103976427480074590e-1) *
                 r +
             6.89767334985100004550e-1) *
                r +
            1.67638483018380384940e0) *
               r +
           2.05319162663775882187e0) *
              r +
          1.0);
}

/// The same of r above 5.
static double farTail(double r) {
  r -= 5;
  return (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r +
               1.24266094738807843860e-3) *
                  r +
              2.65321895265761230930e-2) *
                 r +
             2.96560571828504891230e-1) *
                r +
            1.78482653991729133580e0) *
               r +
           5.46378491116411436990e0) *
              r +
          6.65790464350110377720e0) /
         (((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) *
                   r +
               1.84631831751005468180e-5) *
                  r +
              7.86869131145613259100e-4) *
                 r +
             1.48753612908506148525e-2) *
                r +
            1.36929880922735805310e-1) *
               r +
           5.99832206555887937690e-1) *
              r +
          1.0);
}

/// r of both, for p on either side.
static inline double radius(double p) {
  return std::sqrt(-logOf(p < 0.5 ? p : 1 - p));
}

static double tail(double p) {
  const double r = radius(p);
  const double value = r <= 5 ? nearTail(r) : farTail(r);
  return p < 0.5 ? -value : value;
}

LIMEN_VECTOR_CLONES
static void centralAll(const double *__restrict p, double *__restrict out,
                       size_t count) {
  for (size_t i = 0; i < count; ++i)
    out[i] = central(p[i]);
}

/// tail() for p with r up to 5; `r` gets r.
LIMEN_VECTOR_CLONES
static void nearTails(const double *__restrict p, double *__restrict r,
                      double *__restrict out, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    r[i] = radius(p[i]);
    const double value = nearTail(r[i]);
    out[i] = p[i] < 0.5 ? -value : value;
  }
}

double limen::normalQuantile(double p) {
  return std::abs(p - 0.5) <= centre ? central(p) : tail(p);
}

void limen::normalQuantiles(const double *p, double *out, size_t count) {
  // About one in seven lies in a tail.
  constexpr size_t block = 64;
  double tails[block], r[block], values[block];
  uint8_t places[block];
  for (size_t first = 0; first < count; first += block) {
    const size_t size = std::min(block, count - first);
    const double *in = p + first;
    double *to = out + first;
    centralAll(in, to, size);
    size_t found = 0;
    for (size_t i = 0; i < size; ++i) {
      places[found] = static_cast<uint8_t>(i);
      tails[found] = in[i];
      found += std::abs(in[i] - 0.5) > centre;
    }
    nearTails(tails, r, values, found);
    for (size_t k = 0; k < found; ++k)
      to[places[k]] = r[k] <= 5 ? values[k] : tail(tails[k]);
  }
}

LIMEN_VECTOR_CLONES
static void toUnits(const uint32_t *__restrict high,
                    const uint32_t *__restrict low, double *__restrict out,
                    size_t count) {
  // The 52 bits as those of a number in [1, 2); all steps are exact.
  for (size_t i = 0; i < count; ++i) {
    const uint64_t bits = static_cast<uint64_t>(high[i]) << 20 | low[i] >> 12;
    out[i] =
        (std::bit_cast<double>(bits | uint64_t(0x3FF) << 52) - 1.0) + 0x1p-53;
  }
}

void limen::openUnits(const uint32_t *high, const uint32_t *low, double *out,
                      size_t count) {
  toUnits(high, low, out, count);
}

//===----------------------------------------------------------------------===//
// Box-Muller
//===----------------------------------------------------------------------===//

/// Two words as a number in [0, 1), 53 bits, by signed conversions, which
/// vectors have; all steps are exact.
static inline double unit53(uint32_t high, uint32_t low) {
  const double upper =
      static_cast<double>(static_cast<int32_t>(high ^ 0x80000000u)) + 0x1p31;
  return upper * 0x1p-32 +
         static_cast<double>(static_cast<int32_t>(low >> 11)) * 0x1p-53;
}

/// cos(2 pi u) for u in [0, 1), to about 1e-16: the nearest quarter turn is
/// taken off exactly, Taylor's series do the rest of at most pi / 4.
static inline double cosOfTurn(double u) {
  const double shifted = 4 * u + 0x1.8p52; // its last bits count the quarters
  const uint64_t quarter = std::bit_cast<uint64_t>(shifted) & 3;
  const double x = (4 * u - (shifted - 0x1.8p52)) * (std::numbers::pi / 2);
  const double z = x * x;
  double cosine = 1.0, sine = 1.0;
  for (int k = 16; k >= 2; k -= 2) {
    cosine = 1 - z * cosine * (1.0 / (k * (k - 1)));
    sine = 1 - z * sine * (1.0 / (k * (k + 1)));
  }
  const double value = quarter & 1 ? x * sine : cosine;
  return quarter == 1 || quarter == 2 ? -value : value;
}

LIMEN_VECTOR_CLONES
static void boxMuller(const uint32_t *__restrict w0,
                      const uint32_t *__restrict w1,
                      const uint32_t *__restrict w2,
                      const uint32_t *__restrict w3, double *__restrict out) {
  for (size_t i = 0; i < RandomBatch::size; ++i) {
    // 1 - u is in (0, 1], so the logarithm is finite.
    const double radius = std::sqrt(-2 * logOf(1 - unit53(w0[i], w1[i])));
    out[i] = radius * cosOfTurn(unit53(w2[i], w3[i]));
  }
}

void BatchStream::normals(uint64_t a, std::span<double> out) const {
  RandomBatch::Block block;
  double values[RandomBatch::size];
  for (size_t first = 0; first < out.size(); first += RandomBatch::size) {
    for (size_t i = 0; i < RandomBatch::size; ++i) {
      block.a[i] = a;
      block.b[i] = static_cast<uint32_t>(first + i);
    }
    batch.fill(block);
    boxMuller(block.words[0], block.words[1], block.words[2], block.words[3],
              values);
    const size_t count = std::min(RandomBatch::size, out.size() - first);
    std::copy_n(values, count, out.begin() + static_cast<ptrdiff_t>(first));
  }
}
