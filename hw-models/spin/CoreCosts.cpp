#include "hw-models/spin/CoreCosts.h"

#include <cmath>

using namespace limen;
using namespace limen::spinhw;

TableCosts::TableCosts(const target::SpinMachine &machine)
    : TableCosts(machine.costs, Cycles(static_cast<uint64_t>(std::llround(
                                    machine.network.coreTime.value.value() *
                                    machine.cpuClock.value())))) {}

Cycles TableCosts::neurons(const network::Model &model, uint64_t count,
                           unsigned buffers) const {
  Cycles each = costs.inputBuffer.value * buffers;
  if (auto known = costs.models.find(model.name); known != costs.models.end())
    return (each + known->second.value) * count;
  const network::StepOps &ops = model.ops;
  each += costs.neuronBase.value;
  each += costs.add.value * ops.add;
  each += costs.multiply.value * ops.multiply;
  each += costs.compare.value * ops.compare;
  each += costs.select.value * ops.select;
  uint64_t others = ops.other;
  if (const auto step = costs.functionsOf.find(model.name);
      step != costs.functionsOf.end())
    for (const auto &[name, times] : step->second)
      if (const auto price = costs.functions.find(name);
          price != costs.functions.end()) {
        each += price->second.value * times;
        others -= std::min(others, times);
      }
  each += costs.other.value * others;
  return each * count;
}

Cycles TableCosts::sources(uint64_t count) const {
  return costs.sourceNeuron.value * count;
}

Cycles TableCosts::delays(uint64_t count) const {
  return costs.delayNeuron.value * count;
}

Cycles TableCosts::rows(uint64_t rows, uint64_t synapses) const {
  return (costs.rowFetch.value + costs.rowOverhead.value) * rows +
         costs.synapse.value * synapses;
}

Cycles TableCosts::plasticRows(uint64_t rows, uint64_t synapses,
                               uint64_t posts) const {
  return (costs.plasticFetch.value + costs.plasticOverhead.value) * rows +
         costs.plasticSynapse.value * synapses +
         costs.plasticPost.value * posts;
}

Cycles TableCosts::send(uint64_t packets) const {
  return costs.sendPacket.value * packets;
}

Cycles CoreLoad::endTick() {
  const Cycles done = current;
  total += done;
  worst = std::max(worst, done);
  late += done > budget;
  current = Cycles(0);
  return done;
}
