// One cycle of a serial link between boards.

#include "hw-models/spin/noc/NetworkModel.h"

using namespace limen;
using namespace limen::spin::noc;
using namespace limen::spin::noc::model;

void Network::Model::stepTrunk(uint32_t index) {
  Trunk &trunk = trunks[index];
  constexpr uint32_t all = (1u << trunkChannels) - 1;
  const uint32_t credit = trunk.credit; // at the start of the cycle
  const auto timeOf = [&](uint32_t packet) {
    return routes.data()[packet] & longBit ? p.channelLong : p.channelShort;
  };
  uint32_t due = 0;
  for (unsigned c = 0; c < trunkChannels; ++c)
    due |= uint32_t(trunk.ready[c] <= now) << c;
  forEachBit(due & trunk.room, [&](unsigned c) {
    Channel &channel = trunk.channels[c];
    if (arrive(channel.chip, channel.input, channel.flight.pop()))
      trunk.room &= ~(1u << c);
    trunk.credit |= 1u << c;
    trunk.ready[c] = channel.flight.count == 0
                         ? never
                         : std::max(now, channel.arrives[channel.flight.head]) +
                               timeOf(channel.flight.front());
  });
  const uint32_t willing =
      p.sharedCredit && credit != all ? 0 : trunk.waiting & credit;
  if (willing && trunk.freeAt <= now) {
    // A frame: one packet of every channel that has one.
    Time length = p.frameCycles;
    forEachBit(willing, [&](unsigned c) {
      Channel &channel = trunk.channels[c];
      const uint32_t packet = channel.tx.pop();
      freed[freedCount++] = channel.sender;
      if (channel.tx.count == 0)
        trunk.waiting &= ~(1u << c);
      length += routes.data()[packet] & longBit ? p.trunkLong : p.trunkShort;
      channel.flight.push(packet);
      if (channel.flight.count >= p.channelCredit)
        trunk.credit &= ~(1u << c);
      ++trunk.packets;
    });
    trunk.freeAt = now + length;
    const Time arrives = trunk.freeAt + p.trunkLatency;
    forEachBit(willing, [&](unsigned c) {
      Channel &channel = trunk.channels[c];
      channel.arrives[(channel.flight.head + channel.flight.count - 1) %
                      maxChannelBuffer] = arrives;
      if (channel.flight.count == 1)
        trunk.ready[c] = arrives + timeOf(channel.flight.front());
    });
  }
  // Room in a chip and packets in tx are visits of their own.
  Time next = never;
  forEachBit(trunk.room, [&](unsigned c) {
    next = std::min(next, std::max(trunk.ready[c], now + 1));
  });
  if (p.sharedCredit ? trunk.waiting && trunk.credit == all
                     : (trunk.waiting & trunk.credit) != 0)
    next = std::min(next, std::max(trunk.freeAt, now + 1));
  if (next != never)
    visit(chips + index, next);
}
