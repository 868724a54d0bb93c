#include "dialects/spin/Transforms/SpinPasses.h"
#include "hw-models/target/SpinMemory.h"
#include "hw-models/target/SpinRouter.h"
#include "hw-models/target/Target.h"

#include <algorithm>
#include <map>
#include <set>

namespace limen {
#define GEN_PASS_DEF_SPINVERIFYPROGRAM
#include "dialects/spin/Transforms/SpinPasses.h.inc"
} // namespace limen

using namespace mlir;
using namespace limen;

namespace {

/// A core that sends.
struct Sender {
  Operation *op;
  target::CoreId place;
  uint32_t key;
  int64_t size;
  std::set<target::CoreId> wanted;
};

class Checker {
public:
  explicit Checker(spin::ProgramOp program) : program(program) {}

  LogicalResult run() {
    auto target = target::parseTarget(program.getDocument().str(),
                                      program.getMachine().str());
    if (!target)
      return fail(program, target.error());
    auto parsed = target::SpinMachine::parse(target->document);
    if (!parsed)
      return fail(program, parsed.error());
    machine = std::move(*parsed);
    Block &body = program.getBody().front();
    for (spin::SourceOp op : body.getOps<spin::SourceOp>())
      if (failed(addCore(op, machine.sourcesPerCore)))
        return failure();
    for (spin::CoreOp op : body.getOps<spin::CoreOp>())
      if (failed(addCore(op, machine.neuronsPerCore)) || failed(checkRing(op)))
        return failure();
    for (spin::SynapsesOp op : body.getOps<spin::SynapsesOp>())
      if (failed(addCore(op, machine.neuronsPerCore)) ||
          failed(addMember(op, op.getFeeds())))
        return failure();
    for (spin::WritesOp op : body.getOps<spin::WritesOp>())
      if (failed(addMember(op, op.getFeeds())))
        return failure();
    for (spin::DelayOp op : body.getOps<spin::DelayOp>())
      if (failed(addCore(
              op, std::max(machine.neuronsPerCore, machine.sourcesPerCore),
              op.getStages())))
        return failure();
    for (spin::DelayOp op : body.getOps<spin::DelayOp>())
      addListener(op);
    for (spin::RowsOp op : body.getOps<spin::RowsOp>())
      if (failed(addRows(op)))
        return failure();
    for (spin::TableOp op : body.getOps<spin::TableOp>())
      if (failed(addTable(op)))
        return failure();
    for (auto &[key, sender] : senders)
      if (failed(followPackets(sender)))
        return failure();
    return success();
  }

private:
  static LogicalResult fail(Operation *op, const limen::Error &error) {
    return op->emitError() << error.message;
  }

  /// Packets of the core that a delay-extension core listens to reach it.
  void addListener(spin::DelayOp op) {
    const ArrayRef<int64_t> place = op.getPlace();
    for (auto &[key, sender] : senders)
      if (SymbolTable::getSymbolName(sender.op) == op.getExtends())
        sender.wanted.insert(
            {{static_cast<int>(place[0]), static_cast<int>(place[1])},
             op.coreId()});
  }

  template <typename Op>
  LogicalResult addCore(Op op, int64_t limit, int64_t keys = 1) {
    const ArrayRef<int64_t> place = op.getPlace();
    const target::CoreId at = {
        {static_cast<int>(place[0]), static_cast<int>(place[1])}, op.coreId()};
    if (!machine.hasCore(at.chip, at.core))
      return op.emitError()
             << "core " << at.core << " of chip (" << at.chip.x << ", "
             << at.chip.y << ") does not exist or is dead on " << machine.name;
    if (op.sliceSize() > limit)
      return op.emitError() << "holds " << op.sliceSize() << " elements; "
                            << machine.name << " allows " << limit;
    if constexpr (requires { op.getKey(); })
      if (op.getKey()) {
        const auto key = static_cast<uint32_t>((*op.getKey())[0]);
        senders[key] = {op, at, key, keys * op.sliceSize(), {}};
      }
    return success();
  }

  /// One more core that hands ring buffers over to the core `feeds`.
  LogicalResult addMember(Operation *op, StringRef feeds) {
    if (++members[feeds.str()] < machine.groupCores)
      return success();
    return op->emitError() << "is one of more than " << machine.groupCores
                           << " cores that work together with '" << feeds
                           << "'; " << machine.name << " allows "
                           << machine.groupCores;
  }

  LogicalResult checkRing(spin::CoreOp op) {
    const ArrayRef<int64_t> layout = op.getLayout();
    if ((int64_t(1) << layout[2]) > machine.delaySlots)
      return op.emitError()
             << "has " << (int64_t(1) << layout[2]) << " delay slots; "
             << machine.name << " allows " << machine.delaySlots;
    if (layout[0] + layout[1] + layout[2] > machine.ringBufferBits)
      return op.emitError()
             << "has ring buffers of " << layout[0] + layout[1] + layout[2]
             << " bits; " << machine.name << " allows "
             << machine.ringBufferBits;
    return success();
  }

  LogicalResult addRows(spin::RowsOp op) {
    std::vector<uint32_t> table, addresses, words;
    const ArrayRef<uint32_t> entries = spin::wordsOf(op.getTable(), table);
    const ArrayRef<uint32_t> list = spin::wordsOf(op.getAddresses(), addresses);
    const std::span table5(entries.data(), entries.size());
    const std::span addressList(list.data(), list.size());
    const ArrayRef<uint32_t> rows = op.getWords()
                                        ? spin::wordsOf(*op.getWords(), words)
                                        : ArrayRef<uint32_t>();
    auto blocks =
        op.getWords()
            ? target::readBlocks(table5, addressList,
                                 std::span(rows.data(), rows.size()))
            : target::readBlocks(table5, addressList, uint64_t(*op.getSize()));
    if (!blocks)
      return fail(op, blocks.error());
    Operation *core =
        SymbolTable::lookupNearestSymbolFrom(op, op.getCoreAttr());
    auto synapses = dyn_cast<spin::SynapsesOp>(core);
    if (!synapses && members.contains(op.getCore().str()))
      return op.emitError() << "gives rows to a core that others feed";
    const ArrayRef<int64_t> place =
        synapses ? synapses.getPlace() : cast<spin::CoreOp>(core).getPlace();
    for (const target::RowBlock &block : *blocks) {
      auto sender = senders.find(block.key);
      if (sender == senders.end() || sender->second.size > block.neurons)
        return op.emitError() << "has rows for key " << block.key
                              << ", which no core of that size sends";
      sender->second.wanted.insert(
          {{static_cast<int>(place[0]), static_cast<int>(place[1])},
           static_cast<unsigned>(place[2])});
    }
    return success();
  }

  LogicalResult addTable(spin::TableOp op) {
    std::vector<target::RoutingEntry> table = spin::routesOf(op);
    if (table.size() > machine.routerEntries)
      return op.emitError()
             << "has " << table.size() << " entries; " << machine.name
             << " allows " << machine.routerEntries;
    tables[{static_cast<int>(op.getChip()[0]),
            static_cast<int>(op.getChip()[1])}] = std::move(table);
    return success();
  }

  LogicalResult followPackets(const Sender &sender) {
    if (sender.wanted.empty())
      return success();
    auto journey =
        target::follow(machine, tables, sender.place.chip, sender.key);
    if (!journey)
      return fail(sender.op, journey.error());
    const std::set<target::CoreId> reached(journey->cores.begin(),
                                           journey->cores.end());
    if (reached != sender.wanted)
      return sender.op->emitError()
             << "its packets reach " << reached.size() << " cores; "
             << sender.wanted.size() << " have rows for them";
    return success();
  }

  spin::ProgramOp program;
  target::SpinMachine machine;
  std::map<uint32_t, Sender> senders;
  target::RoutingTables tables;
  std::map<std::string, unsigned> members; ///< by the core that they feed
};

class SpinVerifyProgram
    : public limen::impl::SpinVerifyProgramBase<SpinVerifyProgram> {
public:
  using Base::Base;

  void runOnOperation() override {
    if (failed(Checker(getOperation()).run()))
      signalPassFailure();
  }
};

} // namespace
