#include "hw-models/spin/TickWork.h"

using namespace limen;
using namespace limen::spinhw;

Cycles TickWork::neurons(const network::Model &model, uint64_t count,
                         unsigned indexBits, std::span<const size_t> types,
                         unsigned readers) const {
  std::vector<BufferSlice> slices;
  Cycles applied(0);
  for (size_t each : types) {
    slices.push_back(
        {BufferTransfer::bytes(indexBits, each), inputBuffer * (each * count)});
    applied += slices.back().apply;
  }
  return neuronTick + transfer.wait(slices, readers) + applied +
         costs.neurons(model, count, 0);
}
