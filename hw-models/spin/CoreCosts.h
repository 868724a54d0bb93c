// What a core's work costs in cycles, and how full its ticks are.
#pragma once

#include "hw-models/target/SpinMachine.h"
#include "runtime/network/Network.h"

#include <algorithm>

namespace limen::spinhw {

/// Where cycle counts come from: a table, or compiled code run on a model of
/// the instruction set.
class CostProvider {
public:
  virtual ~CostProvider() = default;

  /// Timer interrupt and main loop, once per core and tick.
  virtual Cycles tick() const = 0;
  /// One update of `count` neurons of `model` from `buffers` ring buffers.
  virtual Cycles neurons(const network::Model &model, uint64_t count,
                         unsigned buffers) const = 0;
  /// One tick of a source core with `count` elements.
  virtual Cycles sources(uint64_t count) const = 0;
  /// One tick of a delay-extension core with `count` neurons.
  virtual Cycles delays(uint64_t count) const = 0;
  /// Receiving `rows` packets, fetching and processing their rows.
  virtual Cycles rows(uint64_t rows, uint64_t synapses) const = 0;
  /// Timer interrupt and main loop of a core with a rule, instead of tick().
  virtual Cycles plasticTick() const = 0;
  /// Receiving `rows` packets, fetching and processing the rows that a rule
  /// changes: `synapses`, which see `posts` spikes of their targets since
  /// their rows were processed last, summed over synapses.
  virtual Cycles plasticRows(uint64_t rows, uint64_t synapses,
                             uint64_t posts) const = 0;
  /// Receiving `packets` on a delay-extension core.
  virtual Cycles delayPackets(uint64_t packets) const = 0;
  /// Of a row's cycles: the interrupt that receives its packet, and look-up and
  /// start of its transfer. What is left is for its synapses.
  virtual Cycles receive() const = 0;
  virtual Cycles fetch() const = 0;
  virtual Cycles send(uint64_t packets) const = 0;
};

/// Costs from the machine's YAML.
class TableCosts final : public CostProvider {
public:
  /// A packet occupies a core for `portTime`, which is part of `row_fetch`.
  TableCosts(const target::SpinCosts &costs, Cycles portTime)
      : costs(costs), port(std::min(portTime, costs.rowFetch.value)) {}
  /// The costs of a machine.
  explicit TableCosts(const target::SpinMachine &machine);

  Cycles tick() const override { return costs.tickOverhead.value; }
  Cycles neurons(const network::Model &model, uint64_t count,
                 unsigned buffers) const override;
  Cycles sources(uint64_t count) const override;
  Cycles delays(uint64_t count) const override;
  Cycles rows(uint64_t rows, uint64_t synapses) const override;
  Cycles plasticTick() const override { return costs.plasticTick.value; }
  Cycles plasticRows(uint64_t rows, uint64_t synapses,
                     uint64_t posts) const override;
  Cycles delayPackets(uint64_t packets) const override {
    return costs.delayReceive.value * packets;
  }
  Cycles receive() const override { return port; }
  Cycles fetch() const override { return costs.rowFetch.value - port; }
  Cycles send(uint64_t packets) const override;

private:
  target::SpinCosts costs;
  Cycles port;
};

/// The load of one core over time: work is added to the current tick, and each
/// tick is closed against its budget.
class CoreLoad {
public:
  explicit CoreLoad(Cycles budget) : budget(budget) {}

  void work(Cycles cycles) { current += cycles; }

  /// Ends the tick; returns its busy cycles.
  Cycles endTick();

  Cycles busy() const { return total; }
  Cycles peak() const { return worst; }
  /// Ticks whose work exceeded the budget.
  uint64_t overruns() const { return late; }
  /// Cycles left in the fullest tick; negative after an overrun.
  int64_t margin() const {
    return static_cast<int64_t>(budget.value()) -
           static_cast<int64_t>(worst.value());
  }

private:
  Cycles budget;
  Cycles current, total, worst;
  uint64_t late = 0;
};

} // namespace limen::spinhw
