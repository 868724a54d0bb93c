// Signed weights as conductances.
//
// Conductances here are relative to the largest, Gmax = 1; Gmin is the inverse
// of the on/off ratio (0 for an infinite one), Gr = 1 - Gmin. Weights are in
// [-1, 1].
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace limen::target {

enum class EncodingStyle : uint8_t {
  OneSided,     ///< pair: one cell holds |w|, the other Gmin
  TwoSided,     ///< pair: both cells change, their sum is constant
  Offset,       ///< one cell; the middle of the range is 0
  SlicedPairs,  ///< a pair per group of bits of |w|, one-sided
  SlicedOffset, ///< a cell per group of bits of w + 2^(b-1)
};

/// How the middle of the range leaves the sum of an Offset encoding.
enum class OffsetStyle : uint8_t {
  Digital,    ///< what all inputs together would add is subtracted as numbers
  UnitColumn, ///< a column of zeros is read and converted like the others
};

struct Encoding {
  EncodingStyle style = EncodingStyle::OneSided;
  OffsetStyle offset = OffsetStyle::Digital;
  double gMin = 0;         ///< relative to Gmax
  unsigned cellBits = 0;   ///< levels of a cell are 2^cellBits; 0: any level
  unsigned slices = 1;     ///< of Sliced styles, the lowest bits first
  unsigned weightBits = 0; ///< of Sliced styles, with sign

  double range() const { return 1 - gMin; }
  bool pairs() const {
    return style == EncodingStyle::OneSided ||
           style == EncodingStyle::TwoSided ||
           style == EncodingStyle::SlicedPairs;
  }
  bool sliced() const {
    return style == EncodingStyle::SlicedPairs ||
           style == EncodingStyle::SlicedOffset;
  }
  /// Bits of a weight that one slice holds.
  unsigned bitsPerSlice() const;
  /// Cells of a weight: arrays that encode() makes.
  unsigned cells() const { return slices * (pairs() ? 2 : 1); }
  /// Output lines of an array: one more with a unit column.
  uint32_t lines(uint32_t outputs) const {
    return outputs + (hasUnitColumn() ? 1 : 0);
  }
  bool hasUnitColumn() const {
    return !pairs() && offset == OffsetStyle::UnitColumn;
  }
  /// Of Offset: the conductance span that weights use, one level less than the
  /// cell has, so that 0 is a level.
  double offsetSpan() const;
  /// Of Offset: the conductance of weight 0.
  double offsetMiddle() const { return 1 - offsetSpan() / 2; }
};

/// The nearest of the 2^bits levels of a cell between gMin and 1; the cell
/// itself for 0 bits.
template <typename Number>
Number cellLevel(Number conductance, unsigned bits, double gMin);

/// Conductances [array][line][input] of `weights` [output][input], row-major.
/// Arrays are G+, G- of each slice, or G of each slice. `Number` (float or
/// double) is the precision of the arithmetic.
template <typename Number>
std::vector<std::vector<double>> encode(const Encoding &encoding,
                                        std::span<const Number> weights,
                                        uint32_t outputs, uint32_t inputs);

/// Weighted sums from what the digital side has of each array.
///
/// `sums` [array][line] are converted sums of conductance x drive (pairs that
/// are subtracted in the array have theirs in the even arrays and nothing in
/// the odd ones); `driven` is the sum of all drives, for a digital offset.
/// Writes [output].
///
/// `asPublished` keeps the gain error of CrossSim's offset core, which maps to
/// offsetSpan() but scales by Gr; it is for comparisons only.
void decode(const Encoding &encoding, std::span<const std::vector<double>> sums,
            double driven, bool asPublished, std::span<double> out);

extern template float cellLevel(float, unsigned, double);
extern template double cellLevel(double, unsigned, double);
extern template std::vector<std::vector<double>>
encode(const Encoding &, std::span<const float>, uint32_t, uint32_t);
extern template std::vector<std::vector<double>>
encode(const Encoding &, std::span<const double>, uint32_t, uint32_t);

} // namespace limen::target
