// Verifiers of single ops. The labels (core_c1, ...) are those of SpinOps.td.

#include "dialects/spin/IR/Spin.h"

#include "hw-models/target/FixedFormat.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/bit.h"

#include <map>
#include <set>

#include <cmath>

using namespace mlir;
using namespace limen::spin;

#define GET_OP_CLASSES
#include "dialects/spin/IR/SpinOps.cpp.inc"

static constexpr int64_t largestCore = limen::target::RouteWord::cores - 1;
static constexpr int64_t largestSlice = 256;

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

ArrayRef<uint32_t> limen::spin::wordsOf(ElementsAttr attribute,
                                        std::vector<uint32_t> &storage) {
  ArrayRef<char> bytes;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    bytes = resource.getData();
  } else if (auto dense = dyn_cast<DenseElementsAttr>(attribute)) {
    if (dense.isSplat()) {
      storage.assign(dense.getNumElements(),
                     static_cast<uint32_t>(dense.getSplatValue<int32_t>()));
      return storage;
    }
    bytes = dense.getRawData();
  }
  return ArrayRef(reinterpret_cast<const uint32_t *>(bytes.data()),
                  bytes.size() / sizeof(uint32_t));
}

/// That `attribute` holds i32 words, `columns` to a row (0: one dimension).
static LogicalResult verifyWords(Operation *op, StringRef name,
                                 ElementsAttr attribute, int64_t columns) {
  const ShapedType type = attribute.getShapedType();
  const bool shape = columns == 0
                         ? type.getRank() == 1
                         : type.getRank() == 2 && type.getDimSize(1) == columns;
  if (!type.getElementType().isInteger(32) || !shape)
    return op->emitOpError()
           << name << " must be a tensor of i32 with "
           << (columns == 0 ? std::string("one dimension")
                            : std::to_string(columns) + " columns")
           << ", got " << type;
  std::vector<uint32_t> storage;
  if (static_cast<int64_t>(wordsOf(attribute, storage).size()) !=
      type.getNumElements())
    return op->emitOpError()
           << name << " has no data: its resource is missing or elided";
  return success();
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

namespace {
/// What core and source ops have in common.
struct Placed {
  Operation *op;
  ArrayRef<int64_t> place, slice;
  std::optional<ArrayRef<int64_t>> key;
};
} // namespace

static std::vector<Placed> placedOps(ProgramOp program) {
  std::vector<Placed> out;
  for (Operation &op : program.getBody().front()) {
    if (auto core = dyn_cast<CoreOp>(op))
      out.push_back({&op, core.getPlace(), core.getSlice(), core.getKey()});
    if (auto source = dyn_cast<SourceOp>(op))
      out.push_back(
          {&op, source.getPlace(), source.getSlice(), source.getKey()});
    if (auto delay = dyn_cast<DelayOp>(op))
      out.push_back({&op, delay.getPlace(), delay.getSlice(), delay.getKey()});
    if (auto synapses = dyn_cast<SynapsesOp>(op))
      out.push_back(
          {&op, synapses.getPlace(), synapses.getSlice(), std::nullopt});
  }
  return out;
}

LogicalResult ProgramOp::verifyRegions() {
  std::map<std::vector<int64_t>, Operation *> places;
  std::map<int64_t, std::pair<int64_t, Operation *>> blocks; // key -> end
  for (const Placed &placed : placedOps(*this)) {
    // program_c1
    auto [it, fresh] = places.try_emplace(placed.place.vec(), placed.op);
    if (!fresh) {
      InFlightDiagnostic error = placed.op->emitOpError()
                                 << "has the place of another core";
      error.attachNote(it->second->getLoc()) << "the other core";
      return error;
    }
    // program_c2
    if (!placed.key)
      continue;
    const int64_t key = (*placed.key)[0];
    const int64_t end = key + (int64_t(1) << 32) - (*placed.key)[1];
    auto next = blocks.lower_bound(key);
    Operation *other = nullptr;
    if (next != blocks.end() && next->first < end)
      other = next->second.second;
    if (next != blocks.begin() && std::prev(next)->second.first > key)
      other = std::prev(next)->second.second;
    if (other) {
      InFlightDiagnostic error = placed.op->emitOpError()
                                 << "has keys of another core";
      error.attachNote(other->getLoc()) << "the other core";
      return error;
    }
    blocks[key] = {end, placed.op};
  }
  // program_c3
  std::set<std::vector<int64_t>> chips;
  for (TableOp table : getBody().front().getOps<TableOp>())
    if (!chips.insert(table.getChip().vec()).second)
      return table.emitOpError() << "is the second table of its chip";
  return success();
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

bool KernelOp::isSpiking() {
  return getBody()
      .front()
      .getTerminator()
      ->getOperands()
      .back()
      .getType()
      .isInteger(1);
}

LogicalResult KernelOp::verifyRegions() {
  Block &block = getBody().front();
  if (block.empty() || !isa<YieldOp>(block.back()))
    return emitOpError() << "must end with spin.yield";
  // kernel_c1
  const size_t wanted = getUniform().size() + getStates() + getReceptors();
  if (block.getNumArguments() != wanted)
    return emitOpError() << "takes " << block.getNumArguments()
                         << " arguments; " << getUniform().size()
                         << " coefficients, " << getStates() << " states and "
                         << getReceptors() << " receptors were wanted";
  for (Type type : block.getArgumentTypes())
    if (!type.isInteger(32))
      return emitOpError() << "works on i32, got " << type;
  // kernel_c2
  const auto results = block.getTerminator()->getOperandTypes();
  if (results.size() != static_cast<size_t>(getStates()) + 1)
    return emitOpError() << "yields " << results.size() << " values; "
                         << getStates() << " states and an output were wanted";
  for (Type type : llvm::drop_end(results))
    if (!type.isInteger(32))
      return emitOpError() << "a state must be i32, got " << type;
  // kernel_c3
  for (Operation &op : block.without_terminator()) {
    if (isa<DrawOp>(op))
      continue;
    bool integers = op.getName().getDialectNamespace() == "arith";
    for (Type type : op.getOperandTypes())
      integers &= type.isSignlessInteger();
    for (Type type : op.getResultTypes())
      integers &= type.isSignlessInteger();
    if (!integers)
      return op.emitOpError() << "is not allowed in a kernel; only arith on "
                                 "integers is";
  }
  // kernel_c4
  if (const auto formats = getFormats()) {
    if (formats->size() != wanted)
      return emitOpError() << "has " << formats->size() << " formats for "
                           << wanted << " arguments";
    for (StringRef text : formats->getAsValueRange<StringAttr>())
      if (auto format = limen::target::parseFormat(text.str()); !format)
        return emitOpError() << format.error().message;
  }
  // kernel_c5
  if (const auto functions = getFunctions())
    for (NamedAttribute entry : *functions) {
      auto count = dyn_cast<IntegerAttr>(entry.getValue());
      if (!count || !count.getType().isSignlessInteger(64) ||
          count.getInt() <= 0)
        return emitOpError()
               << "counts " << entry.getValue() << " of " << entry.getName()
               << "; a positive i64 was wanted";
    }
  return success();
}

//===----------------------------------------------------------------------===//
// Cores and sources
//===----------------------------------------------------------------------===//

/// core_c1, core_c2, source_c1, source_c2, delay_c1 and delay_c2. It sends
/// `each` keys for every element.
static LogicalResult verifyPlaced(const Placed &placed, int64_t most,
                                  int64_t each = 1) {
  if (placed.place.size() != 3 || placed.place[0] < 0 || placed.place[1] < 0 ||
      placed.place[2] < 1 || placed.place[2] > largestCore)
    return placed.op->emitOpError()
           << "needs a chip x, y of 0 or more and a core from 1 to "
           << largestCore;
  if (placed.slice.size() != 2 || placed.slice[0] < 0 ||
      placed.slice[1] <= placed.slice[0] ||
      placed.slice[1] - placed.slice[0] > most)
    return placed.op->emitOpError()
           << "needs a slice [begin, end) of 1 to " << most << " elements";
  if (!placed.key)
    return success();
  if (placed.key->size() != 2)
    return placed.op->emitOpError() << "needs a key and a mask";
  const int64_t key = (*placed.key)[0], mask = (*placed.key)[1];
  const int64_t block = (int64_t(1) << 32) - mask;
  if (key < 0 || mask < 0 || key >> 32 || mask >> 32 ||
      !llvm::has_single_bit(static_cast<uint64_t>(block)) || key % block != 0 ||
      block / each < placed.slice[1] - placed.slice[0])
    return placed.op->emitOpError()
           << "key " << key << " with mask " << mask
           << " is not an aligned block of keys for "
           << each * (placed.slice[1] - placed.slice[0]) << " elements";
  return success();
}

LogicalResult SourceOp::verify() {
  return verifyPlaced({*this, getPlace(), getSlice(), getKey()}, 65536);
}

LogicalResult DelayOp::verify() {
  return verifyPlaced({*this, getPlace(), getSlice(), getKey()}, 65536,
                      getStages());
}

LogicalResult DelayOp::verifySymbolUses(SymbolTableCollection &tables) {
  // delay_c3
  const auto holds = [&](auto op) {
    return op.getNode() == getNode() && op.getKey() &&
           op.getSlice()[0] <= getSlice()[0] &&
           op.getSlice()[1] >= getSlice()[1];
  };
  Operation *sender = tables.lookupNearestSymbolFrom(*this, getExtendsAttr());
  bool fits = false;
  if (auto source = dyn_cast_or_null<SourceOp>(sender))
    fits = holds(source);
  else if (auto core = dyn_cast_or_null<CoreOp>(sender))
    fits = holds(core);
  if (!fits)
    return emitOpError() << "extends " << getExtendsAttr()
                         << ", which does not send the spikes of its slice";
  return success();
}

LogicalResult CoreOp::verify() {
  if (failed(verifyPlaced({*this, getPlace(), getSlice(), getKey()},
                          largestSlice)))
    return failure();
  // core_c6
  if (llvm::any_of(getShifts(), [](int64_t s) { return s < 0 || s > 15; }))
    return emitOpError() << "shifts must be 0 to 15";
  // core_c7
  const ArrayRef<int64_t> layout = getLayout();
  if (layout.size() != 3 ||
      llvm::any_of(layout, [](int64_t bits) { return bits < 0; }) ||
      layout[0] + layout[1] + layout[2] > 16)
    return emitOpError() << "layout needs widths of index, type and delay that "
                            "make at most 16 bits";
  if (sliceSize() > int64_t(1) << layout[0] ||
      static_cast<int64_t>(getShifts().size()) > int64_t(1) << layout[1])
    return emitOpError() << layout[0] << " index bits and " << layout[1]
                         << " type bits do not hold " << sliceSize()
                         << " neurons and " << getShifts().size()
                         << " ring buffers";
  return success();
}

/// That every array has one number or one per neuron.
static LogicalResult verifyArrays(CoreOp core, StringRef name, ArrayAttr arrays,
                                  size_t wanted) {
  if (arrays.size() != wanted)
    return core.emitOpError() << "has " << arrays.size() << ' ' << name
                              << " arrays; its kernel needs " << wanted;
  for (auto array : arrays.getAsRange<DenseI32ArrayAttr>())
    if (array.size() != 1 && array.size() != core.sliceSize())
      return core.emitOpError()
             << "has " << array.size() << " numbers in a " << name
             << " array; 1 or " << core.sliceSize() << " were wanted";
  return success();
}

LogicalResult CoreOp::verifySymbolUses(SymbolTableCollection &tables) {
  // core_c3
  auto kernel =
      tables.lookupNearestSymbolFrom<KernelOp>(*this, getKernelAttr());
  if (!kernel)
    return emitOpError() << "kernel " << getKernelAttr() << " does not exist";
  // core_c4
  const ArrayRef<bool> uniform = kernel.getUniform();
  if (failed(verifyArrays(*this, "coefficient", getCoefficients(),
                          uniform.size())))
    return failure();
  for (auto [index, array] :
       llvm::enumerate(getCoefficients().getAsRange<DenseI32ArrayAttr>()))
    if (array.size() != (uniform[index] ? 1 : sliceSize()))
      return emitOpError() << "coefficient " << index << " has " << array.size()
                           << " numbers; kernel " << getKernelAttr()
                           << " reads "
                           << (uniform[index] ? "one" : "one per neuron");
  // core_c5
  if (failed(
          verifyArrays(*this, "initial", getInitial(), kernel.getStates())) ||
      failed(verifyArrays(*this, "bias", getBias(), kernel.getReceptors())))
    return failure();
  // core_c6
  if (getShifts().size() != 2 * kernel.getReceptors())
    return emitOpError() << "has " << getShifts().size() << " shifts; two for "
                         << "each of " << kernel.getReceptors()
                         << " receptors were wanted";
  return success();
}

//===----------------------------------------------------------------------===//
// Split cores
//===----------------------------------------------------------------------===//

/// synapses_c3 and writes_c3.
static LogicalResult verifyTypes(Operation *op, ArrayRef<int64_t> types,
                                 CoreOp fed) {
  const auto count = static_cast<int64_t>(fed.getShifts().size());
  bool fine = !types.empty() && types.front() >= 0 && types.back() < count;
  for (size_t i = 1; i < types.size(); ++i)
    fine &= types[i] > types[i - 1];
  if (fine)
    return success();
  return op->emitOpError() << "needs ascending types of ring buffers, 0 to "
                           << count - 1;
}

/// Whether two cores have neurons of the same numbers and share a chip.
static bool sameSlice(ArrayRef<int64_t> slice, ArrayRef<int64_t> place,
                      CoreOp fed) {
  return slice == fed.getSlice() && place.size() == 3 &&
         fed.getPlace().size() == 3 &&
         place.take_front(2) == fed.getPlace().take_front(2);
}

LogicalResult SynapsesOp::verify() {
  return verifyPlaced({*this, getPlace(), getSlice(), std::nullopt},
                      largestSlice);
}

LogicalResult SynapsesOp::verifySymbolUses(SymbolTableCollection &tables) {
  // synapses_c2
  auto fed = tables.lookupNearestSymbolFrom<CoreOp>(*this, getFeedsAttr());
  if (!fed || fed.getNode() != getNode() ||
      !sameSlice(getSlice(), getPlace(), fed))
    return emitOpError() << "feeds " << getFeedsAttr()
                         << ", which is no spin.core of the same neurons on "
                            "the same chip";
  return verifyTypes(*this, getTypes(), fed);
}

LogicalResult WritesOp::verifySymbolUses(SymbolTableCollection &tables) {
  // writes_c1
  auto core = tables.lookupNearestSymbolFrom<CoreOp>(*this, getCoreAttr());
  auto fed = tables.lookupNearestSymbolFrom<CoreOp>(*this, getFeedsAttr());
  if (!core || !fed || core.getKey() ||
      !sameSlice(core.getSlice(), core.getPlace(), fed))
    return emitOpError() << getCoreAttr() << " and " << getFeedsAttr()
                         << " must be spin.cores of the same slice on one "
                            "chip, the first without a key";
  if (failed(verifyTypes(*this, getTypes(), fed)))
    return failure();
  // writes_c2
  const ArrayRef<int32_t> words = getWords();
  if (static_cast<int64_t>(words.size()) != fed.sliceSize())
    return emitOpError() << "has " << words.size() << " words for "
                         << fed.sliceSize() << " neurons";
  const ArrayRef<int64_t> layout = fed.getLayout();
  for (auto [i, signedWord] : llvm::enumerate(words)) {
    const auto word = static_cast<uint32_t>(signedWord);
    if (word == 0)
      continue;
    const uint32_t low = word & 0xffff;
    const int64_t type = low >> layout[0] & ((1u << layout[1]) - 1);
    if ((low & ((1u << layout[0]) - 1)) != i ||
        !llvm::is_contained(getTypes(), type))
      return emitOpError() << "word " << i << " leads to another neuron or "
                           << "ring buffer";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Rows and tables
//===----------------------------------------------------------------------===//

CoreOp limen::spin::coreWithShifts(RowsOp rows) {
  Operation *found =
      SymbolTable::lookupNearestSymbolFrom(rows, rows.getCoreAttr());
  if (auto synapses = dyn_cast_or_null<SynapsesOp>(found))
    found = SymbolTable::lookupNearestSymbolFrom(rows, synapses.getFeedsAttr());
  return dyn_cast_or_null<CoreOp>(found);
}

LogicalResult RowsOp::verifySymbolUses(SymbolTableCollection &tables) {
  // rows_c1
  CoreOp core = coreWithShifts(*this);
  if (!core)
    return emitOpError() << "there is no spin.core or spin.synapses "
                         << getCoreAttr();
  // rows_c2, rows_c3
  if (failed(verifyWords(*this, "table", getTable(), 5)) ||
      failed(verifyWords(*this, "addresses", getAddresses(), 0)) ||
      (getWords() && failed(verifyWords(*this, "words", *getWords(), 0))))
    return failure();
  // rows_c4
  const unsigned given = getDraws().has_value() + getDelays().has_value() +
                         getFractions().has_value() + getBlocks().has_value() +
                         getSize().has_value();
  if (given != (getWords() ? 0 : 5))
    return emitOpError() << "has "
                         << (getWords() ? "words and " : "no words and ")
                         << given << " of draws, delays, fractions, blocks and "
                         << "size; words or all five were wanted";
  if (getWords())
    return success();
  if (getDelays()->size() != getDraws()->size())
    return emitOpError() << "has " << getDelays()->size() << " delays for "
                         << getDraws()->size() << " projections";
  if (getFractions()->size() * 2 != core.getShifts().size())
    return emitOpError() << "has " << getFractions()->size()
                         << " fractions; its core has "
                         << core.getShifts().size() / 2 << " receptors";
  if (failed(verifyWords(*this, "blocks", *getBlocks(), 0)))
    return failure();
  std::vector<uint32_t> storage;
  const ArrayRef<uint32_t> blocks = wordsOf(*getBlocks(), storage);
  if (static_cast<int64_t>(blocks.size()) != getAddresses().getNumElements())
    return emitOpError() << "has blocks of " << blocks.size() << " of its "
                         << getAddresses().getNumElements() << " address words";
  for (uint32_t draw : blocks)
    if (draw >= getDraws()->size())
      return emitOpError() << "has a block of projection " << draw << "; there "
                           << "are " << getDraws()->size();
  return success();
}

LogicalResult StdpOp::verifySymbolUses(SymbolTableCollection &tables) {
  // stdp_c2
  if (!tables.lookupNearestSymbolFrom<CoreOp>(*this, getCoreAttr()))
    return emitOpError() << "there is no spin.core " << getCoreAttr();
  return success();
}

LogicalResult StdpOp::verify() {
  // stdp_c1
  for (auto [name, numbers] :
       {std::pair("tau", getTau()), std::pair("amplitude", getAmplitude()),
        std::pair("bounds", getBounds())})
    if (numbers.size() != 2 ||
        !llvm::all_of(numbers, [](double x) { return std::isfinite(x); }))
      return emitOpError() << name << " must be two finite numbers";
  if (!(getTau()[0] > 0 && getTau()[1] > 0))
    return emitOpError() << "time constants are above 0, got " << getTau()[0]
                         << " and " << getTau()[1];
  if (getBounds()[0] < 0 || getBounds()[1] < getBounds()[0])
    return emitOpError() << "weights lie between two numbers from 0 up, got "
                         << getBounds()[0] << " and " << getBounds()[1];
  return success();
}

LogicalResult TableOp::verify() {
  if (getChip().size() != 2)
    return emitOpError() << "needs chip x and y";
  // table_c1
  const ShapedType type = getEntries().getShapedType();
  const int64_t columns = type.getRank() == 2 ? type.getDimSize(1) : 0;
  if (columns < 3 || columns > 2 + int64_t(limen::target::RouteWord::parts))
    return emitOpError() << "entries must be a tensor of i32 with 3 to "
                         << 2 + limen::target::RouteWord::parts
                         << " columns, got " << type;
  if (failed(verifyWords(*this, "entries", getEntries(), columns)))
    return failure();
  // table_c2
  for (const auto &[i, entry] : llvm::enumerate(routesOf(*this)))
    if ((entry.key & ~entry.mask) != 0 || entry.route.empty())
      return emitOpError() << "entry " << i
                           << " can match no packet or leads nowhere";
  return success();
}

std::vector<limen::target::RoutingEntry> limen::spin::routesOf(TableOp table) {
  std::vector<uint32_t> storage;
  const ArrayRef<uint32_t> words = wordsOf(table.getEntries(), storage);
  const auto columns =
      static_cast<size_t>(table.getEntries().getShapedType().getDimSize(1));
  std::vector<target::RoutingEntry> entries;
  for (size_t i = 0; i + columns <= words.size(); i += columns) {
    target::RoutingEntry &entry =
        entries.emplace_back(target::RoutingEntry{words[i], words[i + 1], {}});
    for (unsigned k = 0; k + 2 < columns; ++k)
      entry.route.setPart(k, words[i + 2 + k]);
  }
  return entries;
}
