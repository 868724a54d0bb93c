#include "dialects/imc/Transforms/ImcPasses.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

namespace limen {
#define GEN_PASS_DEF_IMCVERIFYPROGRAM
#include "dialects/imc/Transforms/ImcPasses.h.inc"
} // namespace limen

using namespace mlir;
using namespace limen;
using namespace limen::imc;

namespace {

class ImcVerifyProgram
    : public limen::impl::ImcVerifyProgramBase<ImcVerifyProgram> {
public:
  using Base::Base;

  void runOnOperation() override {
    if (failed(verifyCover()) || failed(verifySchedule()) ||
        failed(verifyCells()))
      signalPassFailure();
  }

private:
  template <typename Region> void addArea(llvm::StringMap<int64_t> &area) {
    for (Region op : getOperation().getBody().front().getOps<Region>())
      area[op.getMatrix()] += op.rows() * op.getPart()[3];
  }

  /// Parts are inside their matrix (region_c2) and do not overlap (checked
  /// here pairwise), so equal areas mean an exact cover.
  LogicalResult verifyCover() {
    llvm::StringMap<int64_t> area;
    addArea<WriteOp>(area);
    addArea<FormOp>(area);
    SmallVector<std::pair<Operation *, ArrayRef<int64_t>>> parts;
    Block &body = getOperation().getBody().front();
    for (Operation &op : body)
      if (isa<WriteOp, FormOp>(op))
        parts.push_back(
            {&op, cast<DenseI64ArrayAttr>(op.getAttr("part")).asArrayRef()});
    for (size_t i = 0; i < parts.size(); ++i)
      for (size_t k = 0; k < i; ++k) {
        const auto [a, p] = parts[i];
        const auto [b, q] = parts[k];
        if (a->getAttr("matrix") != b->getAttr("matrix") ||
            p[0] >= q[0] + q[2] || q[0] >= p[0] + p[2] || p[1] >= q[1] + q[3] ||
            q[1] >= p[1] + p[3])
          continue;
        InFlightDiagnostic error =
            a->emitError() << "holds weights that another region holds too";
        error.attachNote(b->getLoc()) << "this one";
        return error;
      }
    for (MatrixOp matrix : body.getOps<MatrixOp>()) {
      const int64_t wanted = static_cast<int64_t>(matrix.getRows()) *
                             static_cast<int64_t>(matrix.getColumns());
      if (area[matrix.getSymName()] != wanted)
        return matrix.emitOpError()
               << "has " << wanted << " weights, its regions hold "
               << area[matrix.getSymName()];
    }
    return success();
  }

  LogicalResult verifySchedule() {
    Block &body = getOperation().getBody().front();
    llvm::StringMap<int> reads, accumulated, updated;
    llvm::StringMap<StringRef> matrixOf;
    for (Operation &op : body)
      if (isa<WriteOp, FormOp>(op))
        matrixOf[SymbolTable::getSymbolName(&op).getValue()] =
            cast<FlatSymbolRefAttr>(op.getAttr("matrix")).getValue();
    llvm::StringMap<unsigned> regionsOf, readInAll;
    for (const auto &entry : matrixOf)
      ++regionsOf[entry.getValue()];
    for (StepOp step : body.getOps<StepOp>()) {
      llvm::StringMap<unsigned> readHere; // by matrix
      for (Operation &op : step.getBody().front()) {
        if (auto read = dyn_cast<ReadOp>(op)) {
          ++readHere[matrixOf[read.getTile()]];
          ++readInAll[matrixOf[read.getTile()]];
          if (++reads[read.getTile()] > 1)
            return read.emitOpError() << "is the second read of its region";
          if (accumulated.count(matrixOf[read.getTile()]))
            return read.emitOpError()
                   << "comes after its matrix was accumulated";
        } else if (auto accumulate = dyn_cast<AccumulateOp>(op)) {
          auto matrix = cast<MatrixOp>(SymbolTable::lookupSymbolIn(
              getOperation(), accumulate.getMatrixAttr()));
          if (updated.count(matrix.getPopulation()))
            return accumulate.emitOpError() << "comes after the update of \""
                                            << matrix.getPopulation() << "\"";
          // step_c2
          const unsigned found = readHere.lookup(matrix.getSymName());
          if (found < readInAll.lookup(matrix.getSymName()))
            return accumulate.emitOpError()
                   << "follows " << found << " reads of its "
                   << regionsOf.lookup(matrix.getSymName())
                   << " regions; others are in an earlier step";
          ++accumulated[accumulate.getMatrix()];
        } else if (auto update = dyn_cast<UpdateOp>(op)) {
          if (++updated[update.getPopulation()] > 1)
            return update.emitOpError() << "is the second of its population";
        }
      }
    }
    for (const auto &entry : matrixOf)
      if (reads.lookup(entry.getKey()) == 0)
        return getOperation().emitOpError()
               << "never reads region @" << entry.getKey();
    for (MatrixOp matrix : body.getOps<MatrixOp>())
      if (accumulated.lookup(matrix.getSymName()) != 1)
        return matrix.emitOpError() << "is not accumulated once per step";
    return success();
  }

  /// step_c1: what every cell holds, through two samples of two steps. Regions
  /// of a macro that overlap are found by pairs: a region is whole until one
  /// that overlaps it is loaded.
  LogicalResult verifyCells() {
    Block &body = getOperation().getBody().front();
    SmallVector<WriteOp> written(body.getOps<WriteOp>());
    llvm::StringMap<SmallVector<StringRef>> over;
    for (WriteOp a : written)
      for (WriteOp b : written)
        if (a != b && overlap(a, b))
          over[a.getSymName()].push_back(b.getSymName());
    if (over.empty())
      return success();
    llvm::StringSet<> loaded;
    getOperation().walk([&](LoadOp op) { loaded.insert(op.getTile()); });
    llvm::StringMap<LoadOp> lost; // regions that are not whole, by what load
    for (WriteOp op : written)
      if (loaded.contains(op.getSymName()))
        lost[op.getSymName()] = LoadOp();
    const auto load = [&](LoadOp op) {
      lost.erase(op.getTile());
      for (StringRef other : over[op.getTile()])
        lost[other] = op;
    };
    for (int sample = 0; sample < 2; ++sample)
      for (Operation &op : body) {
        if (auto before = dyn_cast<LoadOp>(op))
          load(before);
        auto step = dyn_cast<StepOp>(op);
        for (int time = 0; step && time < 2; ++time)
          for (Operation &member : step.getBody().front()) {
            if (auto inside = dyn_cast<LoadOp>(member))
              load(inside);
            auto read = dyn_cast<ReadOp>(member);
            if (!read || !lost.contains(read.getTile()))
              continue;
            InFlightDiagnostic error = read.emitOpError()
                                       << "reads region @" << read.getTile()
                                       << ", which is not in its cells";
            if (LoadOp by = lost[read.getTile()])
              error.attachNote(by.getLoc()) << "this load wrote over it";
            return error;
          }
      }
    return success();
  }

  static bool overlap(WriteOp a, WriteOp b) {
    return a.getMacro() == b.getMacro() &&
           a.firstRow() < b.firstRow() + b.rows() &&
           b.firstRow() < a.firstRow() + a.rows() &&
           a.firstColumn() < b.firstColumn() + b.cellColumns() &&
           b.firstColumn() < a.firstColumn() + a.cellColumns();
  }
};

} // namespace
