#include "test/benchmark/rram/SumOrder.h"

#include <algorithm>

using namespace limen::bench;

namespace {

/// Inputs whose products are added before a total is.
constexpr uint32_t inOneGo = 320;

/// A half-open range.
struct Span {
  uint32_t from, to;
  uint32_t size() const { return to - from; }
};

class Order {
public:
  Order(uint32_t lines, uint32_t columns)
      : columns(columns), lanes(size_t(lines) * columns, 1) {}

  /// A thread's product of its columns with lines that it brought in itself,
  /// in pieces of 12 lines, then of 4.
  void own(Span column, Span line) {
    while (line.size() > 0) {
      const uint32_t piece = line.size() >= 12 ? 12
                             : line.size() > 4 ? 4
                                               : line.size();
      kernel(column, {line.from, line.from + piece});
      line.from += piece;
    }
  }

  /// One call of the kernel: lines by 12, 8 and 4, columns by 8.
  void kernel(Span column, Span line) {
    for (; line.size() >= 12; line.from += 12)
      twelve(column, line.from);
    for (; line.size() >= 8; line.from += 8) {
    }
    for (; line.size() >= 4; line.from += 4)
      for (uint32_t c = column.from; c + 8 <= column.to; c += 8)
        apart({c, c + 8}, {line.from, line.from + 4});
  }

  std::vector<uint8_t> take() && { return std::move(lanes); }

private:
  /// 12 lines in two halves. 16 columns at a time go through one sum each; the
  /// halves are staggered by 8 columns, and the 8 that are left at either end
  /// are kept apart.
  void twelve(Span column, uint32_t line) {
    if (column.size() < 16)
      return;
    const Span left = {line, line + 6}, right = {line + 6, line + 12};
    const uint32_t eights = column.size() / 8;
    apart({column.from, column.from + 8}, left);
    const uint32_t last = column.from + 8 * (eights - 1);
    apart({last, last + 8}, eights % 2 == 0 ? left : right);
  }

  void apart(Span column, Span line) {
    for (uint32_t i = line.from; i < line.to; ++i)
      for (uint32_t c = column.from; c < column.to; ++c)
        lanes[size_t(i) * columns + c] = 2;
  }

  uint32_t columns;
  std::vector<uint8_t> lanes;
};

} // namespace

std::vector<uint8_t>
limen::bench::recordedLanes(uint32_t lines, uint32_t columns, uint32_t inputs) {
  constexpr uint32_t threads = 2, leastColumns = 8;
  constexpr uint64_t perThread = 65536 * 4;
  if (columns == 1) {
    if (inputs % 8 != 0 || inputs > inOneGo)
      return {};
    // A vector of 8 for each line; what becomes of lines that are not four is
    // not known.
    std::vector<uint8_t> lanes(lines, 8);
    std::fill(lanes.begin() + lines / 4 * 4, lanes.end(), uint8_t(0));
    return lanes;
  }
  Order order(lines, columns);
  const bool split =
      uint64_t(lines) * columns * inputs > perThread && columns >= leastColumns;
  if (!split) {
    order.own({0, columns}, {0, lines});
    return std::move(order).take();
  }
  const uint32_t column = (columns + 1) / 2, line = (lines + 1) / 2;
  const Span columnsOf[] = {{0, column}, {column, columns}},
             linesOf[] = {{0, line}, {line, lines}};
  for (unsigned owner = 0; owner < threads; ++owner) {
    // A thread brings in its lines in two buffers, multiplying as it goes; the
    // other thread then takes each buffer whole.
    const Span all = linesOf[owner];
    const uint32_t half = (all.size() + 1) / 2;
    for (const Span buffer :
         {Span{all.from, all.from + half}, Span{all.from + half, all.to}}) {
      order.own(columnsOf[owner], buffer);
      order.kernel(columnsOf[1 - owner], buffer);
    }
  }
  return std::move(order).take();
}

std::vector<uint32_t> limen::bench::recordedBlocks(uint32_t inputs) {
  std::vector<uint32_t> ends;
  for (uint32_t first = 0; first < inputs;) {
    uint32_t size = inputs - first;
    // The last two blocks are of one size.
    if (size >= 2 * inOneGo)
      size = inOneGo;
    else if (size > inOneGo)
      size = (size + 1) / 2;
    ends.push_back(first += size);
  }
  return ends;
}
