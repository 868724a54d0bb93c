// Verifiers. The labels (write_c1, ...) are those of ImcOps.td.

#include "dialects/imc/IR/Imc.h"

#include "hw-models/target/ImcMacro.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/APInt.h"
#include "llvm/ADT/StringExtras.h"

#include "llvm/ADT/StringSet.h"

#include <bit>
#include <cmath>

using namespace mlir;
using namespace limen;
using namespace limen::imc;

#define GET_OP_CLASSES
#include "dialects/imc/IR/ImcOps.cpp.inc"

LogicalResult MacroOp::verify() {
  // macro_c1
  const int64_t rows = getRows();
  const int64_t cols = getCols();
  if (rows < 1 || cols < 2 || cols % 2 != 0)
    return emitOpError() << "has " << rows << " x " << cols
                         << " cells; positive rows and an even number of "
                            "columns were wanted";
  // macro_c2
  if (allowedRows() < 1 || allowedRows() > rows)
    return emitOpError() << "allows " << allowedRows() << " active rows; 1 to "
                         << rows << " were wanted";
  return success();
}

LogicalResult MatrixOp::verify() {
  // matrix_c1
  const int64_t rows = getRows();
  if (rows < 1 || static_cast<int64_t>(getColumns()) < 1 ||
      static_cast<int64_t>(getPositions()) < 1)
    return emitOpError() << "rows, columns and positions must be positive";
  // matrix_c2
  int64_t next = 0;
  for (Attribute entry : getBlocks()) {
    auto block = dyn_cast<ArrayAttr>(entry);
    if (!block || block.size() != 4 ||
        !llvm::all_of(block, [](Attribute a) { return isa<IntegerAttr>(a); }))
      return emitOpError()
             << "a block is [projection, matrix, first row, rows]";
    const int64_t first = cast<IntegerAttr>(block[2]).getInt();
    const int64_t count = cast<IntegerAttr>(block[3]).getInt();
    if (first != next || count < 1)
      return emitOpError() << "a block starts at row " << first << "; row "
                           << next << " was wanted";
    next += count;
  }
  if (next != rows)
    return emitOpError() << "blocks have " << next << " rows, the matrix has "
                         << rows;
  // matrix_c3
  const double scale = getScale().convertToDouble();
  const double factor = getFactor().convertToDouble();
  if (!(scale > 0) || !std::isfinite(scale) || !(factor > 0))
    return emitOpError() << "scale and factor must be positive, got " << scale
                         << " and " << factor;
  // matrix_c4
  if (getUnrolled() && getPositions() != 1)
    return emitOpError() << "is unrolled and has " << getPositions()
                         << " positions; 1 was wanted";
  return success();
}

limen::target::Encoding MatrixOp::encoding() {
  target::Encoding out;
  if (CellsAttr cells = getCellsAttr()) {
    out.style = static_cast<target::EncodingStyle>(cells.getStyle());
    out.offset = cells.getUnitColumn() ? target::OffsetStyle::UnitColumn
                                       : target::OffsetStyle::Digital;
    out.slices = cells.getSlices();
    out.weightBits = cells.getWeightBits();
    out.cellBits = cells.getCellBits();
  }
  return out;
}

limen::target::Dac limen::imc::dacOf(DriveAttr drive) {
  target::ImcDrive out;
  if (!isPulsed(drive)) {
    out.kind = static_cast<target::DriveKind>(drive.getKind());
    out.bits = drive.getBits();
    out.sliceBits = drive.getSliceBits();
    out.isSigned = drive.getSign();
  }
  return out.dac();
}

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

/// Width of `columns` outputs of `matrix`; of pairs if there is no such matrix,
/// which is an error elsewhere.
static int64_t widthOf(Operation *op, FlatSymbolRefAttr matrix,
                       int64_t columns) {
  auto found = SymbolTable::lookupNearestSymbolFrom<MatrixOp>(op, matrix);
  return found ? found.cellColumns(columns) : 2 * columns;
}

int64_t WriteOp::cellColumns() {
  return widthOf(*this, getMatrixAttr(), getPart()[3]);
}
int64_t FormOp::cellColumns() {
  return widthOf(*this, getMatrixAttr(), getPart()[3]);
}

template <typename Region>
static LogicalResult verifyRegion(Region op, SymbolTableCollection &tables) {
  // region_c1
  auto program = op->template getParentOfType<ProgramOp>();
  auto macro = tables.lookupSymbolIn<MacroOp>(program, op.getMacroAttr());
  if (!macro)
    return op.emitOpError()
           << "macro " << op.getMacroAttr() << " does not exist";
  auto matrix = tables.lookupSymbolIn<MatrixOp>(program, op.getMatrixAttr());
  if (!matrix)
    return op.emitOpError()
           << "matrix " << op.getMatrixAttr() << " does not exist";
  // region_c2
  const ArrayRef<int64_t> part = op.getPart();
  if (op.getPlace().size() != 2 || part.size() != 4)
    return op.emitOpError() << "a place has two numbers, a part four";
  if (part[0] < 0 || part[1] < 0 || part[2] < 1 || part[3] < 1 ||
      part[0] + part[2] > static_cast<int64_t>(matrix.getRows()) ||
      part[1] + part[3] > static_cast<int64_t>(matrix.getColumns()))
    return op.emitOpError()
           << "the part " << op.getPartAttr() << " is outside of matrix "
           << op.getMatrixAttr() << " (" << matrix.getRows() << " x "
           << matrix.getColumns() << ")";
  if (op.firstRow() < 0 || op.firstColumn() < 0 ||
      op.firstRow() + op.rows() > static_cast<int64_t>(macro.getRows()) ||
      op.firstColumn() + op.cellColumns() >
          static_cast<int64_t>(macro.getCols())) {
    InFlightDiagnostic error = op.emitOpError()
                               << op.rows() << " x " << op.cellColumns()
                               << " cells at " << op.getPlaceAttr()
                               << " are outside of macro " << op.getMacroAttr();
    error.attachNote(macro.getLoc())
        << "which has " << macro.getRows() << " x " << macro.getCols();
    return error;
  }
  return success();
}

/// One conductance per cell of `op`, none negative (write_c1, write_c2,
/// form_c2); `verdict` ends the message about one that is.
template <typename Region>
static LogicalResult verifyConductances(Region op, ElementsAttr values,
                                        StringRef verdict) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(values);
      resource && !resource.getRawHandle().getBlob())
    return op.emitOpError()
           << "the resource '" << resource.getRawHandle().getKey()
           << "' of conductances is missing";
  if (!values.getElementType().isF64() ||
      values.getNumElements() != op.rows() * op.cellColumns())
    return op.emitOpError()
           << "has " << values.getNumElements() << " conductances of "
           << values.getElementType() << "; " << op.rows() * op.cellColumns()
           << " of f64 were wanted";
  int64_t index = 0;
  auto check = [&](double g) -> LogicalResult {
    const int64_t cell = index++;
    if (g >= 0 && std::isfinite(g))
      return success();
    return op.emitOpError()
           << "a conductance of " << g << " S " << verdict << " (row "
           << cell / op.cellColumns() << ", cell column "
           << cell % op.cellColumns() << " of the region)";
  };
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(values)) {
    const ArrayRef<char> bytes = resource.getData();
    const auto *first = reinterpret_cast<const double *>(bytes.data());
    for (size_t i = 0; i < bytes.size() / sizeof(double); ++i)
      if (failed(check(first[i])))
        return failure();
    return success();
  }
  for (double g : values.template getValues<double>())
    if (failed(check(g)))
      return failure();
  return success();
}

LogicalResult WriteOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (failed(verifyRegion(*this, tables)))
    return failure();
  return verifyConductances(*this, getConductances(), "cannot be written");
}

LogicalResult FormOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (failed(verifyRegion(*this, tables)))
    return failure();
  // form_c3
  auto matrix = tables.lookupSymbolIn<MatrixOp>(
      (*this)->getParentOfType<ProgramOp>(), getMatrixAttr());
  if (CellsAttr cells = matrix.getCellsAttr();
      cells && cells != CellsAttr::get(getContext(), EncodingStyle::OneSided, 1,
                                       0, 0, false))
    return emitOpError() << "is formed, but its matrix wants " << cells
                         << "; what forming makes of cells is a pair of any "
                            "conductance";
  // form_c4
  if (FlatSymbolRefAttr name = getSharesAttr()) {
    auto program = (*this)->getParentOfType<ProgramOp>();
    auto other = tables.lookupSymbolIn<FormOp>(program, name);
    if (!other)
      return emitOpError() << "shares " << name
                           << ", which is no formed region";
    InFlightDiagnostic error = emitOpError();
    error.attachNote(other.getLoc()) << "this one";
    if (other.getShares())
      return error << "shares " << name << ", which shares another region";
    if (other.getMacroAttr() != getMacroAttr() ||
        firstRow() < other.firstRow() || firstColumn() < other.firstColumn() ||
        firstRow() + rows() > other.firstRow() + other.rows() ||
        firstColumn() + cellColumns() >
            other.firstColumn() + other.cellColumns())
      return error << "shares " << name
                   << ", but some of its cells are outside";
    // form_c5
    if (getMap())
      return error << "shares " << name << " and has a map of its own";
    error.abandon();
  }
  // form_c2
  return getMap() ? verifyConductances(*this, *getMap(), "cannot be measured")
                  : success();
}

LogicalResult LoadOp::verifySymbolUses(SymbolTableCollection &tables) {
  // load_c1
  auto program = (*this)->getParentOfType<ProgramOp>();
  Operation *tile = tables.lookupSymbolIn(program, getTileAttr());
  if (isa_and_nonnull<FormOp>(tile)) {
    InFlightDiagnostic error = emitOpError() << "writes " << getTileAttr()
                                             << ", which is formed";
    error.attachNote(tile->getLoc()) << "this region is never written";
    return error;
  }
  if (!isa_and_nonnull<WriteOp>(tile))
    return emitOpError() << "region " << getTileAttr() << " does not exist";
  // load_c2
  Operation *step = (*this)->getParentOp();
  if (isa<ProgramOp>(step)) {
    do
      step = step == (*this)->getParentOp() ? (*this)->getNextNode()
                                            : step->getNextNode();
    while (step && !isa<StepOp>(step));
  }
  if (step)
    for (ReadOp read : cast<StepOp>(step).getBody().front().getOps<ReadOp>())
      if (read.getTileAttr() == getTileAttr())
        return success();
  return emitOpError() << "region " << getTileAttr()
                       << " is not read by the imc.step that it is loaded for";
}

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

LogicalResult ReadOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto program = (*this)->getParentOfType<ProgramOp>();
  // read_c1
  Operation *tile = tables.lookupSymbolIn(program, getTileAttr());
  if (!isa_and_nonnull<WriteOp, FormOp>(tile))
    return emitOpError() << "region " << getTileAttr() << " does not exist";
  // read_c2
  const auto nameIn = [&](StringRef attribute) {
    return tile->getAttrOfType<FlatSymbolRefAttr>(attribute);
  };
  FlatSymbolRefAttr name = nameIn("macro");
  auto macro = tables.lookupSymbolIn<MacroOp>(program, name);
  const auto active = static_cast<int64_t>(getActiveRows());
  if (macro && (active < 1 || active > macro.allowedRows())) {
    InFlightDiagnostic error =
        emitOpError() << "drives " << active << " rows at once; macro " << name
                      << " allows 1 to " << macro.allowedRows();
    if (macro.getActiveRows())
      error.attachNote(macro.getLoc()) << "the limit is set here";
    return error;
  }
  // read_c3
  auto matrix = tables.lookupSymbolIn<MatrixOp>(program, nameIn("matrix"));
  const bool sign = getDrive() && getDrive()->getSign();
  if (matrix && !sign && !matrix.encoding().pairs() && getAdc().getBits() > 0 &&
      getAdc().getConverter() == ConverterKind::SignMagnitude)
    return emitOpError() << "converts sums of cells without a partner, which "
                            "have no sign; a sign_magnitude converter of "
                         << getAdc().getBits()
                         << " bits would leave half of its codes unused";
  return success();
}

/// The largest sum that codes of at most `code` make in the slices of weights
/// and of numbers of one read: each shifted by the bits below it.
static llvm::APInt shiftedCodes(const limen::target::Encoding &cells,
                                DriveAttr drive, uint64_t code,
                                unsigned width) {
  llvm::APInt sum(width, 0);
  const limen::target::Dac dac = dacOf(drive);
  const bool turns = dac.sliceBits > 0 && !drive.getOnce();
  for (unsigned turn = 0; turn < (turns ? dac.turns() : 1); ++turn)
    for (unsigned slice = 0; slice < cells.slices; ++slice)
      sum += llvm::APInt(width, code)
                 .shl(turn * dac.sliceBits +
                      (cells.sliced() ? slice * cells.bitsPerSlice() : 0));
  return sum;
}

LogicalResult AccumulateOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto program = (*this)->getParentOfType<ProgramOp>();
  // accumulate_c1
  auto matrix = tables.lookupSymbolIn<MatrixOp>(program, getMatrixAttr());
  if (!matrix)
    return emitOpError() << "matrix " << getMatrixAttr() << " does not exist";
  // accumulate_c2: every row tile adds its largest code once per conversion.
  constexpr unsigned width = 192; // above any sum that reads can make
  const limen::target::Encoding cells = matrix.encoding();
  uint64_t conversions = 0;
  llvm::APInt sum(width, 0);
  unsigned bits = 0;
  ReadOp first;
  for (ReadOp read : (*this)->getBlock()->getOps<ReadOp>()) {
    Operation *tile = tables.lookupSymbolIn(program, read.getTileAttr());
    if (!tile || tile->getAttr("matrix") != getMatrixAttr())
      continue;
    // accumulate_c3
    if (first && first.getDriveAttr() != read.getDriveAttr()) {
      InFlightDiagnostic error =
          emitOpError() << "adds codes of rows that are driven in two ways";
      error.attachNote(first.getLoc()) << "by this read";
      error.attachNote(read.getLoc()) << "and by this one";
      return error;
    }
    first = first ? first : read;
    const AdcAttr adc = read.getAdc();
    const int64_t rows = tile->getAttrOfType<DenseI64ArrayAttr>("part")[2];
    const auto active = static_cast<int64_t>(read.getActiveRows());
    const auto groups =
        static_cast<uint64_t>(active < 1 ? 1 : (rows + active - 1) / active);
    // Codes of a converter without a sign go up to 2^b - 1.
    const uint64_t code =
        adc.getBits() == 0
            ? 0
            : (adc.getConverter() == ConverterKind::SignMagnitude
                   ? static_cast<uint64_t>(largestCode(adc.getBits()))
                   : (uint64_t(1) << adc.getBits()) - 1);
    const DriveAttr drive = read.getDriveAttr();
    const bool turns =
        drive && drive.getKind() == DriveKind::BitSerial && !drive.getOnce();
    conversions += groups * cells.slices * (turns ? dacOf(drive).turns() : 1);
    sum += shiftedCodes(cells, drive, code, width) * groups;
    bits = std::max(bits, adc.getBits());
  }
  if (bits == 0)
    return success();
  const int64_t wanted = static_cast<int64_t>(sum.getActiveBits()) + 1;
  if (static_cast<int64_t>(getBits()) < wanted) {
    InFlightDiagnostic error = emitOpError();
    error << "has " << getBits() << " bits; " << conversions
          << " conversions by " << bits << "-bit converters add up to "
          << llvm::toString(sum, 10, /*Signed=*/false) << " and need "
          << wanted;
    return error;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

namespace {
struct Rectangle {
  Operation *op;
  StringRef macro;
  int64_t row, column, rows, columns;
};
} // namespace

template <typename Region>
static void collect(ProgramOp program, std::vector<Rectangle> &out) {
  for (Region op : program.getBody().front().getOps<Region>())
    if (op.getPlace().size() == 2 && op.getPart().size() == 4)
      out.push_back({op, op.getMacro(), op.firstRow(), op.firstColumn(),
                     op.rows(), op.cellColumns()});
}

/// Windows of the same formed cells, or written regions of which one is loaded.
static bool mayOverlap(Operation *a, Operation *b,
                       const llvm::StringSet<> &loaded) {
  if (auto first = dyn_cast<FormOp>(a)) {
    auto second = cast<FormOp>(b);
    const auto root = [](FormOp op) {
      return op.getShares() ? *op.getShares() : op.getSymName();
    };
    return root(first) == root(second);
  }
  return loaded.contains(cast<WriteOp>(a).getSymName()) ||
         loaded.contains(cast<WriteOp>(b).getSymName());
}

LogicalResult ProgramOp::verifyRegions() {
  // program_c2
  if (getBody().front().getOps<StepOp>().empty())
    return emitOpError() << "needs an imc.step";
  // program_c1, form_c1
  std::vector<Rectangle> regions;
  collect<WriteOp>(*this, regions);
  collect<FormOp>(*this, regions);
  llvm::StringSet<> loaded;
  walk([&](LoadOp load) { loaded.insert(load.getTile()); });
  for (size_t i = 0; i < regions.size(); ++i)
    for (size_t k = 0; k < i; ++k) {
      const Rectangle &a = regions[i];
      const Rectangle &b = regions[k];
      if (a.macro != b.macro || a.row >= b.row + b.rows ||
          b.row >= a.row + a.rows || a.column >= b.column + b.columns ||
          b.column >= a.column + a.columns)
        continue;
      const bool mixed = isa<FormOp>(a.op) != isa<FormOp>(b.op);
      if (!mixed && mayOverlap(a.op, b.op, loaded))
        continue;
      InFlightDiagnostic error =
          a.op->emitOpError()
          << (mixed ? "is formed, but some of its cells are written"
                    : "overlaps another region of its macro");
      error.attachNote(b.op->getLoc()) << "by this region";
      return error;
    }
  return success();
}
