// Learning rules and what may have one. The labels are those of SnnOps.td and
// SnnAttrs.td.

#include "dialects/snn/IR/Snn.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace limen::snn;

static bool hasName(ArrayAttr names, StringRef name) {
  return llvm::is_contained(names.getAsValueRange<StringAttr>(), name);
}

unsigned RuleOp::getCoefficientCount() {
  return getPrepare().front().getTerminator()->getNumOperands() -
         getPre().size() - getPost().size() - 2;
}

StringRef RuleOp::unitOf(StringRef name) {
  const DictionaryAttr units = getUnitsAttr();
  const auto unit = units ? units.getAs<StringAttr>(name) : StringAttr();
  return unit ? unit.getValue() : StringRef();
}

/// rule_c4: that `value` needs no argument of `forbidden`.
static LogicalResult verifyTrace(RuleOp rule, StringRef region, StringRef trace,
                                 Value value,
                                 const llvm::DenseSet<Value> &forbidden) {
  SmallVector<Value> waiting = {value};
  llvm::DenseSet<Value> seen;
  while (!waiting.empty()) {
    const Value next = waiting.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    if (forbidden.contains(next))
      return rule.emitOpError()
             << region << ": the new trace '" << trace
             << "' depends on the weight or on a trace of the other side; a "
                "neuron has one for all its synapses";
    if (Operation *op = next.getDefiningOp())
      waiting.append(op->operand_begin(), op->operand_end());
  }
  return success();
}

static LogicalResult verifyEvent(RuleOp rule, StringRef name, Block &block,
                                 ArrayAttr own, unsigned ownBegin) {
  const unsigned coefficients = rule.getCoefficientCount();
  const unsigned traces = rule.getPre().size() + rule.getPost().size();
  // rule_c2
  if (block.getNumArguments() != coefficients + traces + 1)
    return rule.emitOpError()
           << name << " takes " << block.getNumArguments() << " arguments; "
           << coefficients << " coefficients, " << traces
           << " traces and the weight were wanted";
  for (Type type : block.getArgumentTypes())
    if (!type.isF32())
      return rule.emitOpError() << name << " works in f32, got " << type;
  // rule_c3
  Operation *yield = block.getTerminator();
  if (yield->getNumOperands() != own.size() + 1)
    return rule.emitOpError()
           << name << " yields " << yield->getNumOperands()
           << " values; the traces " << own << " and the weight were wanted";
  for (Type type : yield->getOperandTypes())
    if (!type.isF32())
      return rule.emitOpError() << name << " yields f32, got " << type;
  // rule_c4
  llvm::DenseSet<Value> forbidden;
  for (unsigned i = coefficients; i < block.getNumArguments(); ++i)
    if (i < coefficients + ownBegin ||
        i >= coefficients + ownBegin + own.size())
      forbidden.insert(block.getArgument(i));
  for (auto [trace, value] : llvm::zip(own.getAsValueRange<StringAttr>(),
                                       yield->getOperands().drop_back()))
    if (failed(verifyTrace(rule, name, trace, value, forbidden)))
      return failure();
  return success();
}

LogicalResult RuleOp::verifyRegions() {
  // rule_c8
  llvm::StringSet<> names;
  for (ArrayAttr side : {getPre(), getPost()})
    for (StringRef name : side.getAsValueRange<StringAttr>())
      if (!names.insert(name).second)
        return emitOpError() << "has two traces '" << name << "'";
  Block &prepare = getPrepare().front();
  Block &onPre = getOnPre().front();
  Block &onPost = getOnPost().front();
  for (Block *block : {&prepare, &onPre, &onPost})
    if (block->empty() || !isa<YieldOp>(block->back()))
      return emitOpError() << "each region must end with snn.yield";
  // rule_c1
  if (prepare.getNumArguments() != getParameters().size() + 1)
    return emitOpError() << "prepare takes " << prepare.getNumArguments()
                         << " arguments; dt and " << getParameters().size()
                         << " parameters were wanted";
  for (Type type : prepare.getArgumentTypes())
    if (!type.isF64())
      return emitOpError() << "prepare works in f64, got " << type;
  Operation *prepared = prepare.getTerminator();
  for (Type type : prepared->getOperandTypes())
    if (!type.isF64())
      return emitOpError() << "prepare yields f64, got " << type;
  if (prepared->getNumOperands() < names.size() + 2)
    return emitOpError() << "prepare yields " << prepared->getNumOperands()
                         << " values; decays of " << names.size()
                         << " traces and two bounds of the weight were wanted";
  if (failed(verifyEvent(*this, "on_pre", onPre, getPre(), 0)) ||
      failed(verifyEvent(*this, "on_post", onPost, getPost(), getPre().size())))
    return failure();
  // rule_c5
  if (const DictionaryAttr defaults = getDefaultsAttr())
    for (NamedAttribute entry : defaults) {
      if (!hasName(getParameters(), entry.getName().strref()))
        return emitOpError() << "default '" << entry.getName().strref()
                             << "' is not a parameter";
      if (!isa<FloatAttr>(entry.getValue()))
        return emitOpError() << "default '" << entry.getName().strref()
                             << "' must be a number";
    }
  // rule_c6
  for (Block *block : {&prepare, &onPre, &onPost})
    for (Operation &op : block->without_terminator()) {
      if (StringRef dialect = op.getName().getDialectNamespace();
          dialect != "arith" && dialect != "math")
        return op.emitOpError() << "is not allowed in a rule; only arith and "
                                   "math are";
      for (Type type : op.getResultTypes())
        if (!type.isIntOrFloat())
          return op.emitOpError()
                 << "yields " << type << "; a rule works on scalars";
    }
  // rule_c7
  if (const DictionaryAttr units = getUnitsAttr())
    for (NamedAttribute entry : units) {
      if (!hasName(getParameters(), entry.getName().strref()))
        return emitOpError() << "unit of '" << entry.getName().strref()
                             << "', which is no parameter";
      const auto unit = dyn_cast<StringAttr>(entry.getValue());
      if (!unit ||
          !llvm::is_contained(
              {"s", "Hz", "mV", "nA", "nF", "uS", "MOhm", "weight"}, unit))
        return emitOpError()
               << "'" << entry.getName().strref() << "' has the unit "
               << entry.getValue()
               << "; s, Hz, mV, nA, nF, uS, MOhm or weight was wanted";
    }
  return success();
}

//===----------------------------------------------------------------------===//
// Synapses with a rule
//===----------------------------------------------------------------------===//

static LogicalResult verifyParameters(Operation *op, PlasticityAttr attribute,
                                      RuleOp rule) {
  const DictionaryAttr defaults = rule.getDefaultsAttr();
  const DictionaryAttr given = attribute.getParameters();
  for (StringRef name : rule.getParameters().getAsValueRange<StringAttr>())
    if (!given.get(name) && !(defaults && defaults.get(name)))
      return op->emitOpError() << "lacks the parameter '" << name
                               << "' of rule " << attribute.getRule();
  for (NamedAttribute entry : given) {
    const StringRef name = entry.getName().strref();
    if (!hasName(rule.getParameters(), name))
      return op->emitOpError()
             << "parameter '" << name << "' is not one of rule "
             << attribute.getRule() << "; its parameters are "
             << rule.getParameters();
    const auto number = dyn_cast<FloatAttr>(entry.getValue());
    if (!number || !number.getValue().isFinite())
      return op->emitOpError()
             << "parameter '" << name << "' of rule " << attribute.getRule()
             << " is " << entry.getValue() << "; a finite number was wanted";
  }
  return success();
}

LogicalResult limen::snn::verifyPlasticity(Operation *op) {
  const auto attribute = op->getAttrOfType<PlasticityAttr>(plasticityName);
  if (!attribute)
    return op->emitOpError() << "plasticity must be a #snn.plasticity, got "
                             << op->getAttr(plasticityName);
  // plasticity_c1
  if (!isa<DenseOp, SparseOp, OneToOneOp, RandomOp>(op))
    return op->emitOpError()
           << "cannot have plasticity; snn.dense, snn.sparse, "
              "snn.one_to_one and snn.random can";
  if (auto random = dyn_cast<RandomOp>(op);
      random && random.getDistribution() == DistributionKind::FormedPair)
    return op->emitOpError()
           << "a formed_pair is never written, so it has no plasticity";
  // plasticity_c4
  const auto spikes = dyn_cast<SpikesType>(op->getOperand(0).getType());
  Operation *source = op->getOperand(0).getDefiningOp();
  llvm::DenseSet<Operation *> seen;
  while (isa_and_nonnull<ReshapeOp>(source) && seen.insert(source).second)
    source = source->getOperand(0).getDefiningOp();
  if (!spikes || spikes.getBits() != 1 || !source ||
      !isa<InputOp, NeuronOp>(source))
    return op->emitOpError() << "a rule needs spikes of 1 bit from an "
                                "snn.input or snn.neuron, got "
                             << op->getOperand(0).getType();
  // plasticity_c5
  Value result = op->getResult(0);
  while (result.hasOneUse() && isa<ReshapeOp>(*result.user_begin()))
    result = result.user_begin()->getResult(0);
  if (!result.hasOneUse() || !isa<NeuronOp>(*result.user_begin()))
    return op->emitOpError()
           << "synapses with a rule drive one receptor of one snn.neuron; this "
              "result has "
           << std::distance(result.use_begin(), result.use_end()) << " uses";
  // plasticity_c6
  if (auto dense = dyn_cast<DenseOp>(op); dense && dense.getBias())
    return op->emitOpError() << "synapses with a rule have no bias";
  // plasticity_c2. A rule may be verified after the network.
  auto module = op->getParentOfType<ModuleOp>();
  auto rule =
      module ? module.lookupSymbol<RuleOp>(attribute.getRule()) : RuleOp();
  if (!rule) {
    InFlightDiagnostic error = op->emitOpError()
                               << "rule " << attribute.getRule()
                               << " does not exist";
    if (module)
      for (RuleOp known : module.getOps<RuleOp>())
        error.attachNote(known.getLoc())
            << "known rule @" << known.getSymName();
    return error;
  }
  for (ArrayAttr names :
       {rule.getParametersAttr(), rule.getPreAttr(), rule.getPostAttr()})
    if (!names || !llvm::all_of(names, llvm::IsaPred<StringAttr>))
      return success(); // the rule reports it
  // plasticity_c3
  return verifyParameters(op, attribute, rule);
}
