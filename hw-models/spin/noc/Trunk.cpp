// One cycle of a serial link between boards.

#include "hw-models/spin/noc/NetworkModel.h"

#include <bit>

using namespace limen;
using namespace limen::spin::noc;
using namespace limen::spin::noc::model;

void Network::Model::stepTrunk(uint32_t index) {
  Trunk &trunk = trunks[index];
  constexpr uint32_t all = (1u << trunkChannels) - 1;
  const uint32_t credit = trunk.credit; // at the start of the cycle
  bool again = false;
  uint32_t due = 0;
  for (unsigned c = 0; c < trunkChannels; ++c)
    due |= uint32_t(trunk.ready[c] <= now) << c;
  for (; due; due &= due - 1) {
    const unsigned c = static_cast<unsigned>(std::countr_zero(due));
    Channel &channel = trunk.channels[c];
    Inlet<maxBuffer> &inlet = nodes.data()[channel.chip].in[channel.input];
    if (inlet.before(now) >= p.linkInput) {
      if (inlet.queue.count < p.linkInput) {
        again = true;
      } else {
        inlet.senderWaits = true;
        trunk.ready[c] = never;
      }
      continue;
    }
    arrive(channel.chip, channel.input, channel.flight.pop());
    trunk.credit |= 1u << c;
    trunk.ready[c] = channel.flight.count == 0
                         ? never
                         : std::max(now, channel.arrives[channel.flight.head]) +
                               channelTime(channel.flight.front());
  }
  uint32_t willing = trunk.waiting;
  for (unsigned c = 0; c < trunkChannels; ++c)
    willing &= ~(uint32_t(trunk.channels[c].filledAt == now) << c);
  willing = p.sharedCredit && credit != all ? 0 : willing & credit;
  if (willing && trunk.freeAt <= now) {
    // A frame: one packet of every channel that has one.
    Time length = p.frameCycles;
    for (uint32_t left = willing; left; left &= left - 1) {
      const unsigned c = static_cast<unsigned>(std::countr_zero(left));
      Channel &channel = trunk.channels[c];
      const uint32_t packet = take(channel.tx);
      if (channel.tx.queue.count == 0)
        trunk.waiting &= ~(1u << c);
      length += pool.data()[packet].hasPayload ? p.trunkLong : p.trunkShort;
      channel.flight.push(packet);
      if (channel.flight.count >= p.channelCredit)
        trunk.credit &= ~(1u << c);
      ++trunk.packets;
    }
    trunk.freeAt = now + length;
    const Time arrives = trunk.freeAt + p.trunkLatency;
    for (uint32_t left = willing; left; left &= left - 1) {
      const unsigned c = static_cast<unsigned>(std::countr_zero(left));
      Channel &channel = trunk.channels[c];
      channel.arrives[(channel.flight.head + channel.flight.count - 1) %
                      maxChannelBuffer] = arrives;
      if (channel.flight.count == 1)
        trunk.ready[c] = arrives + channelTime(channel.flight.front());
    }
  }
  Time next = again ? now + 1 : never;
  for (const Time ready : trunk.ready)
    next = std::min(next, std::max(ready, now + 1));
  // A frame that lacks credit waits for a packet to reach its chip, which is
  // a visit of its own.
  if (p.sharedCredit ? trunk.waiting && trunk.credit == all
                     : (trunk.waiting & trunk.credit) != 0)
    next = std::min(next, std::max(trunk.freeAt, now + 1));
  if (next != never)
    visit(nodes.size() + index, next);
}
