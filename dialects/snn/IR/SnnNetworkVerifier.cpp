// Verification of whole networks (network_c1 to network_c4).

#include "dialects/snn/IR/Snn.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace limen::snn;

/// Steps; sums along any chain stay far from the end of 64 bits.
static constexpr int64_t maxDelay = 4294967295;

namespace {

/// Finds a cycle of total delay 0 by depth-first search over zero-delay edges.
class ZeroDelaySearch {
public:
  /// The ops of a zero-delay cycle in the order of the signal, empty if none.
  SmallVector<Operation *> find(NetworkOp network) {
    for (Operation &op : network.getBody().front())
      if (state.lookup(&op) == Unseen && visit(&op))
        return cycle;
    return {};
  }

private:
  enum State { Unseen, Open, Done };

  // Iterative: chains may be many thousand ops long.
  bool visit(Operation *root) {
    SmallVector<std::pair<Operation *, unsigned>> stack;
    state[root] = Open;
    stack.emplace_back(root, 0);
    while (!stack.empty()) {
      auto &[op, next] = stack.back();
      if (next == op->getNumOperands() || delayOf(op) > 0) {
        state[op] = Done;
        stack.pop_back();
        continue;
      }
      Operation *source = op->getOperand(next++).getDefiningOp();
      if (!source)
        continue;
      const State seen = state.lookup(source);
      if (seen == Open) {
        // The stack leads against the signal; reverse it from `source` on.
        auto start = llvm::find_if(
            stack, [&](const auto &entry) { return entry.first == source; });
        for (auto it = stack.end(); it != start;)
          cycle.push_back((--it)->first);
        return true;
      }
      if (seen == Unseen) {
        state[source] = Open;
        stack.emplace_back(source, 0);
      }
    }
    return false;
  }

  llvm::DenseMap<Operation *, State> state;
  SmallVector<Operation *> cycle;
};

} // namespace

static StringAttr nameOf(Operation *op) {
  if (isa<InputOp, NeuronOp, ReadoutOp>(op))
    return op->getAttrOfType<StringAttr>("name");
  return {};
}

static std::string describe(Operation *op) {
  std::string text = op->getName().getStringRef().str();
  if (auto name = op->getAttrOfType<StringAttr>("name"))
    text += " \"" + name.str() + "\"";
  return text;
}

LogicalResult NetworkOp::verifyRegions() {
  // network_c1
  const double dt = getDt().convertToDouble();
  if (!(dt > 0) || !getDt().isFinite())
    return emitOpError() << "dt must be a positive number of seconds, got "
                         << dt;
  if (getBody().front().getNumArguments() != 0)
    return emitOpError() << "has block arguments; what drives a network is an "
                            "snn.input";
  // network_c2
  llvm::StringMap<Operation *> names;
  unsigned outputs = 0;
  for (Operation &op : getBody().front()) {
    if (op.getNumRegions() != 0 || op.getName().getDialectNamespace() != "snn")
      return op.emitOpError() << "is not allowed in an snn.network";
    if (auto delay = op.getAttrOfType<IntegerAttr>("delay");
        delay && delay.getInt() > maxDelay)
      return op.emitOpError() << "a delay is at most " << maxDelay
                              << " steps, got " << delay.getInt();
    outputs += isa<OutputOp>(op);
    if (op.hasAttr(plasticityName) && failed(verifyPlasticity(&op)))
      return failure();
    if (StringAttr name = nameOf(&op)) {
      auto [it, inserted] = names.try_emplace(name.getValue(), &op);
      if (!inserted) {
        InFlightDiagnostic error = op.emitOpError()
                                   << "the name \"" << name.getValue()
                                   << "\" is taken";
        error.attachNote(it->second->getLoc()) << "by this op";
        return error;
      }
    }
  }
  // network_c4
  if (outputs == 0)
    return emitOpError() << "needs an snn.output";
  // network_c3
  const SmallVector<Operation *> cycle = ZeroDelaySearch().find(*this);
  if (!cycle.empty()) {
    InFlightDiagnostic error = cycle.front()->emitOpError()
                               << "is on a cycle whose total delay is 0: ";
    for (Operation *op : cycle)
      error << describe(op) << " -> ";
    error << describe(cycle.front());
    error.attachNote(getLoc())
        << "give one synapse op on the cycle a delay of at least one step";
    return error;
  }
  return success();
}
