#include "runtime/network/Wires.h"

#include "hw-models/base/Parallel.h"

#include <algorithm>

using namespace limen;
using namespace limen::network;

Wires::Wires(const Random &random, int64_t inputs, int64_t outputs)
    : random(random), inDegree(random.wiring == Wiring::FixedInDegree),
      inputs(static_cast<uint64_t>(inputs)),
      outputs(static_cast<uint64_t>(outputs)),
      total(inDegree ? random.number * static_cast<uint64_t>(outputs)
                     : random.number),
      ends(random.seed, Purpose::Connection, random.identity),
      batch(random.seed, Purpose::Connection, random.identity) {}

void Wires::draw(unsigned threads) const {
  std::call_once(once, [&] { drawAll(threads); });
}

/// Both ends of the draw with key (a, b); `words` are those of its first
/// attempt.
std::pair<uint32_t, uint32_t>
Wires::endsOf(uint64_t a, uint32_t b, std::array<uint32_t, 4> words) const {
  // Without autapses a pair (i, i) is drawn again.
  for (uint32_t attempt = 0;;) {
    const auto source =
        static_cast<uint32_t>(scaledBelow(inputs, words[0], words[1]));
    const auto target = static_cast<uint32_t>(
        inDegree ? a : scaledBelow(outputs, words[2], words[3]));
    if (random.autapses || source != target || ++attempt == maxAttempts)
      return {source, target};
    words = ends.words(a, b, attempt);
  }
}

void Wires::targets(RandomBatch::Block &block, size_t count,
                    uint32_t *targets) const {
  if (inDegree) {
    for (size_t i = 0; i < count; ++i)
      targets[i] = static_cast<uint32_t>(block.a[i]);
    return;
  }
  batch.fill(block);
  if (random.autapses) {
    for (size_t i = 0; i < count; ++i)
      targets[i] = static_cast<uint32_t>(
          scaledBelow(outputs, block.words[2][i], block.words[3][i]));
    return;
  }
  for (size_t i = 0; i < count; ++i)
    targets[i] = endsOf(block.a[i], block.b[i],
                        {block.words[0][i], block.words[1][i],
                         block.words[2][i], block.words[3][i]})
                     .second;
}

/// Calls visit(number, source) for the draws [first, last).
template <typename Visit>
void Wires::forRange(uint64_t first, uint64_t last, Visit visit) const {
  if (first == last)
    return; // also a degree of 0, which gives no key
  RandomBatch::Block block;
  auto [a, b] = keyOf(first);
  for (; first < last; first += RandomBatch::size) {
    const auto size = static_cast<size_t>(
        std::min<uint64_t>(RandomBatch::size, last - first));
    for (size_t i = 0; i < RandomBatch::size; ++i) {
      block.a[i] = a;
      block.b[i] = b;
      // The key of the next number.
      if (!inDegree || ++b == random.number) {
        b = 0;
        ++a;
      }
    }
    batch.fill(block);
    if (random.autapses)
      for (size_t i = 0; i < size; ++i)
        visit(first + i, static_cast<uint32_t>(scaledBelow(
                             inputs, block.words[0][i], block.words[1][i])));
    else
      for (size_t i = 0; i < size; ++i)
        visit(first + i, endsOf(block.a[i], block.b[i],
                                {block.words[0][i], block.words[1][i],
                                 block.words[2][i], block.words[3][i]})
                             .first);
  }
}

/// A counting sort by source; each part of the draws has its own counts, so
/// that the order within a source is that of the numbers for any number of
/// threads.
void Wires::drawAll(unsigned threads) const {
  if (threads == 0)
    threads = processorCount();
  // Counts of a part should not outweigh its draws.
  const uint64_t parts = std::clamp<uint64_t>(
      total / (2 * inputs + (uint64_t(1) << 16)), 1, threads);
  const auto firstOf = [&](uint64_t part) {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(total) * part /
                                 parts);
  };
  std::vector<std::vector<uint64_t>> places(parts);
  parallelFor(parts, threads, [&](uint64_t part, unsigned) {
    std::vector<uint64_t> &counts = places[part];
    counts.assign(inputs, 0);
    forRange(firstOf(part), firstOf(part + 1),
             [&](uint64_t, uint32_t source) { ++counts[source]; });
  });
  offsets.assign(inputs + 1, 0);
  uint64_t sum = 0;
  for (uint64_t source = 0; source < inputs; ++source) {
    offsets[source] = sum;
    for (std::vector<uint64_t> &counts : places)
      sum += std::exchange(counts[source], sum);
  }
  offsets[inputs] = sum;
  blocks = std::vector<Block>((total + blockSize - 1) >> blockBits);
  for (size_t i = 0; i < blocks.size(); ++i) {
    const uint64_t size = std::min(blockSize, total - (i << blockBits));
    blocks[i].low = Pages(size * sizeof(uint32_t));
    if (total > uint64_t(1) << 32)
      blocks[i].high = Pages(size);
    blocks[i].left = size;
  }
  parallelFor(parts, threads, [&](uint64_t part, unsigned) {
    std::vector<uint64_t> &next = places[part];
    forRange(firstOf(part), firstOf(part + 1),
             [&](uint64_t number, uint32_t source) {
               const uint64_t place = next[source]++;
               const Block &block = blocks[place >> blockBits];
               const uint64_t at = place & (blockSize - 1);
               block.lows()[at] = static_cast<uint32_t>(number);
               if (block.highs())
                 block.highs()[at] = static_cast<uint8_t>(number >> 32);
             });
  });
}

void Wires::release(uint32_t first, uint32_t last) const {
  const uint64_t end = offsets[last];
  for (uint64_t place = offsets[first]; place < end;) {
    Block &block = blocks[place >> blockBits];
    const uint64_t next =
        std::min(end, ((place >> blockBits) + 1) << blockBits);
    const uint64_t size = next - place;
    if (block.left.fetch_sub(size) == size) {
      block.low.release();
      block.high.release();
    }
    place = next;
  }
}

std::shared_ptr<const Wires> limen::network::makeWires(const Random &random,
                                                       int64_t inputs,
                                                       int64_t outputs) {
  if (random.wiring != Wiring::FixedTotal &&
      random.wiring != Wiring::FixedInDegree)
    return nullptr;
  return std::make_shared<const Wires>(random, inputs, outputs);
}
