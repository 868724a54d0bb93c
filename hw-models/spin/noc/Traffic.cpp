#include "hw-models/spin/noc/Traffic.h"

#include "hw-models/base/Random.h"

#include <cmath>

using namespace limen;
using namespace limen::spin::noc;

std::optional<Pattern> limen::spin::noc::parsePattern(std::string_view name) {
  if (name == "cyclic")
    return Pattern::Cyclic;
  if (name == "complement")
    return Pattern::Complement;
  if (name == "tornado")
    return Pattern::Tornado;
  if (name == "transpose")
    return Pattern::Transpose;
  return std::nullopt;
}

int32_t limen::spin::noc::targetOf(Pattern pattern, const Topology &topology,
                                   uint32_t from, uint64_t count) {
  const auto [x, y] = topology.chips[from];
  switch (pattern) {
  case Pattern::Cyclic: {
    const uint64_t others = topology.chips.size() - 1;
    if (others == 0)
      return -1;
    return static_cast<int32_t>((from + 1 + count % others) %
                                topology.chips.size());
  }
  case Pattern::Complement:
    return topology.at({topology.width - 1 - x, topology.height - 1 - y});
  case Pattern::Tornado:
    return topology.at({(x + topology.width / 2) % topology.width, y});
  case Pattern::Transpose:
    return topology.at({y, x});
  }
  return -1;
}

namespace {

class Senders : public Client {
public:
  Senders(const Topology &topology, const Parameters &parameters,
          const PathRouting &routing, const TrafficPlan &plan)
      : topology(topology), routing(routing), plan(plan),
        network(topology, parameters, routing, *this),
        senders(topology.chips.size()), interval(plan.unit / plan.load) {
    const RandomStream random(plan.seed, Purpose::InitialState,
                              identityOf("noc"));
    for (uint32_t chip = 0; chip < senders.size(); ++chip) {
      senders[chip].due = interval - 1;
      if (plan.spread)
        senders[chip].due += random.uniform(chip) * double(plan.spread);
      offer(chip);
    }
  }

  void accepted(uint32_t chip, const Packet &, Time now) override {
    Sender &sender = senders[chip];
    ++entered;
    ++offered;
    const auto due = static_cast<Time>(sender.due);
    if (due == now) {
      sender.due += interval;
    } else if (plan.giveUp) {
      // Turns missed while the packet could not enter.
      const double missed = std::floor((double(now) - sender.due) / interval);
      offered += static_cast<uint64_t>(missed);
      sender.due += (missed + 1) * interval;
    } else {
      sender.due = double(now) + interval;
    }
    offer(chip);
  }
  void delivered(uint32_t, unsigned, const Packet &, Time) override {
    ++arrived;
  }
  void dropped(uint32_t, const Packet &, Time) override { ++lost; }

  TrafficResult run() {
    network.advance(plan.warmUp);
    const uint64_t offered0 = offered, entered0 = entered, arrived0 = arrived,
                   lost0 = lost, hops0 = hops();
    network.advance(plan.warmUp + plan.sample);
    const double scale =
        plan.unit / (double(plan.sample) * double(senders.size()));
    TrafficResult result;
    result.offered = double(offered - offered0) * scale;
    result.entered = double(entered - entered0) * scale;
    result.accepted = double(arrived - arrived0) * scale;
    if (entered > entered0)
      result.dropped = double(lost - lost0) / double(entered - entered0);
    result.hops = hops() - hops0;
    return result;
  }

private:
  struct Sender {
    uint64_t count = 0;
    double due = 0;
  };

  void offer(uint32_t chip) {
    Sender &sender = senders[chip];
    int32_t to = targetOf(plan.pattern, topology, chip, sender.count++);
    if (to < 0)
      return;
    Packet packet;
    packet.key = routing.key(chip, static_cast<uint32_t>(to));
    network.inject(chip, packet, static_cast<Time>(sender.due));
  }
  uint64_t hops() const {
    uint64_t sum = 0;
    for (uint32_t chip = 0; chip < senders.size(); ++chip)
      sum += network.counters(chip).routed;
    return sum;
  }

  const Topology &topology;
  const PathRouting &routing;
  const TrafficPlan &plan;
  Network network;
  std::vector<Sender> senders;
  const double interval;
  uint64_t offered = 0, entered = 0, arrived = 0, lost = 0;
};

} // namespace

TrafficResult limen::spin::noc::runTraffic(const Topology &topology,
                                           const Parameters &parameters,
                                           const PathRouting &routing,
                                           const TrafficPlan &plan) {
  return Senders(topology, parameters, routing, plan).run();
}
