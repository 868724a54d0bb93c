#include "hw-models/target/ImcEncoding.h"

#include <cmath>

using namespace limen::target;

unsigned Encoding::bitsPerSlice() const {
  if (weightBits % slices == 0)
    return weightBits / slices;
  const unsigned held = pairs() ? weightBits - 1 : weightBits;
  return (held + slices - 1) / slices;
}

double Encoding::offsetSpan() const {
  if (cellBits == 0)
    return range();
  const double steps = std::exp2(cellBits) - 1;
  return range() * (steps - 1) / steps;
}

template <typename Number>
Number limen::target::cellLevel(Number conductance, unsigned bits,
                                double gMin) {
  if (bits == 0)
    return conductance;
  const auto steps = static_cast<Number>((std::exp2(bits) - 1) / (1 - gMin));
  const auto floor = static_cast<Number>(gMin);
  return std::nearbyint((conductance - floor) * steps) / steps + floor;
}

namespace {

/// Puts weights into arrays of cells.
template <typename Number> class Encoder {
public:
  Encoder(const Encoding &e, std::span<const Number> weights, uint32_t outputs,
          uint32_t inputs)
      : e(e), weights(weights), outputs(outputs), inputs(inputs),
        made(e.cells()) {
    for (std::vector<double> &array : made)
      array.reserve(size_t(e.lines(outputs)) * inputs);
  }

  std::vector<std::vector<double>> run() {
    if (e.hasUnitColumn())
      for (uint32_t i = 0; i < inputs; ++i)
        unit();
    for (Number w : weights)
      put(w);
    return std::move(made);
  }

private:
  void store(unsigned array, Number g) {
    made[array].push_back(
        static_cast<double>(cellLevel(g, e.cellBits, e.gMin)));
  }

  void put(Number w) {
    const auto floor = static_cast<Number>(e.gMin);
    const auto range = static_cast<Number>(e.range());
    switch (e.style) {
    case EncodingStyle::OneSided: {
      // Weights below half a level are not written to either cell.
      const auto least = static_cast<Number>(
          e.cellBits == 0 ? 0 : std::exp2(-1.0 - e.cellBits));
      store(0, w >= least ? floor + range * w : floor);
      store(1, w < -least ? floor - range * w : floor);
      return;
    }
    case EncodingStyle::TwoSided:
      store(0, floor + range * (1 + w) / 2);
      store(1, floor + range * (1 - w) / 2);
      return;
    case EncodingStyle::Offset: {
      const auto span = static_cast<Number>(e.offsetSpan());
      store(0, span * (w / 2 + static_cast<Number>(0.5)) +
                   static_cast<Number>(1 - e.offsetSpan()));
      return;
    }
    case EncodingStyle::SlicedPairs:
    case EncodingStyle::SlicedOffset:
      slice(w);
    }
  }

  void slice(Number w) {
    const unsigned bits = e.bitsPerSlice();
    // w x (2^(b-1) - 1), in the order in which single precision is published.
    const double half = std::exp2(e.weightBits - 1);
    const Number scaled =
        w * static_cast<Number>(half) * static_cast<Number>((half - 1) / half);
    const Number level =
        std::nearbyint(scaled + static_cast<Number>(e.pairs() ? 0 : half));
    const bool positive = level >= 0;
    auto rest = static_cast<uint64_t>(std::abs(level));
    const auto full = static_cast<Number>(std::exp2(bits) - 1);
    const auto floor = static_cast<Number>(e.gMin);
    const auto range = static_cast<Number>(e.range());
    for (unsigned s = 0; s < e.slices; ++s) {
      // The last slice takes what is left.
      const uint64_t part =
          s + 1 < e.slices ? rest & ((uint64_t(1) << bits) - 1) : rest;
      rest >>= bits;
      const Number g = floor + static_cast<Number>(part) / full * range;
      if (e.pairs()) {
        store(2 * s, positive ? g : floor);
        store(2 * s + 1, positive ? floor : g);
      } else
        store(s, g);
    }
  }

  /// A cell of the column that holds weight 0.
  void unit() {
    if (e.style == EncodingStyle::Offset)
      return put(0);
    const unsigned bits = e.bitsPerSlice();
    for (unsigned s = 0; s < e.slices; ++s)
      store(s,
            static_cast<Number>(
                e.gMin + (s + 1 < e.slices ? 0
                                           : e.range() * std::exp2(bits - 1) /
                                                 (std::exp2(bits) - 1))));
  }

  const Encoding &e;
  std::span<const Number> weights;
  uint32_t outputs, inputs;
  std::vector<std::vector<double>> made;
};

} // namespace

template <typename Number>
std::vector<std::vector<double>>
limen::target::encode(const Encoding &encoding, std::span<const Number> weights,
                      uint32_t outputs, uint32_t inputs) {
  return Encoder<Number>(encoding, weights, outputs, inputs).run();
}

void limen::target::decode(const Encoding &e,
                           std::span<const std::vector<double>> sums,
                           double driven, bool asPublished,
                           std::span<double> out) {
  const auto value = [&](unsigned array, size_t line) {
    return sums[array].empty() ? 0 : sums[array][line];
  };
  if (e.style == EncodingStyle::OneSided ||
      e.style == EncodingStyle::TwoSided) {
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = (value(0, i) - value(1, i)) / e.range();
    return;
  }
  const size_t first = e.hasUnitColumn() ? 1 : 0;
  if (e.style == EncodingStyle::Offset) {
    const double scale = 2 / (asPublished ? e.range() : e.offsetSpan());
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = (value(0, i + first) -
                (first ? value(0, 0) : e.offsetMiddle() * driven)) *
               scale;
    return;
  }
  const unsigned bits = e.bitsPerSlice();
  const double full = std::exp2(bits) - 1;
  const double largest = std::exp2(e.weightBits - 1) - 1;
  for (size_t i = 0; i < out.size(); ++i) {
    double sum = 0;
    for (unsigned s = 0; s < e.slices; ++s) {
      double part;
      if (e.pairs())
        part = value(2 * s, i) - value(2 * s + 1, i);
      else if (first)
        part = value(s, i + 1) - value(s, 0);
      else
        part = value(s, i) - e.gMin * driven;
      sum += std::exp2(s * bits) * part / e.range();
    }
    sum *= full;
    if (!e.pairs() && !first)
      sum -= std::exp2(e.weightBits - 1) * driven;
    out[i] = sum / largest;
  }
}

template float limen::target::cellLevel(float, unsigned, double);
template double limen::target::cellLevel(double, unsigned, double);
template std::vector<std::vector<double>>
limen::target::encode(const Encoding &, std::span<const float>, uint32_t,
                      uint32_t);
template std::vector<std::vector<double>>
limen::target::encode(const Encoding &, std::span<const double>, uint32_t,
                      uint32_t);
