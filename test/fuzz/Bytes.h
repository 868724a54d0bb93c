// Fuzz bytes as a stream of decisions. Past the end every decision is 0, so a
// short input describes the plainest case and every byte departs from it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace limen::fuzz {

class Bytes {
public:
  Bytes(const uint8_t *data, size_t size) : next(data), end(data + size) {}

  uint8_t byte() { return next == end ? 0 : *next++; }
  /// Below `bound`, which is 1 to 256.
  unsigned below(unsigned bound) { return byte() % bound; }
  /// True for one byte in `rarity`, never for 0.
  bool rarely(unsigned rarity) { return byte() % rarity == rarity - 1; }

private:
  const uint8_t *next;
  const uint8_t *end;
};

} // namespace limen::fuzz
