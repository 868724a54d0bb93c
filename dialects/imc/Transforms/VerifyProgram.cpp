#include "dialects/imc/Transforms/ImcPasses.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
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
    if (failed(verifyCover()) || failed(verifySchedule()))
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
    StepOp step = *body.getOps<StepOp>().begin();
    for (Operation &op : step.getBody().front()) {
      if (auto read = dyn_cast<ReadOp>(op)) {
        if (++reads[read.getTile()] > 1)
          return read.emitOpError() << "is the second read of its region";
        if (accumulated.count(matrixOf[read.getTile()]))
          return read.emitOpError() << "comes after its matrix was accumulated";
      } else if (auto accumulate = dyn_cast<AccumulateOp>(op)) {
        auto matrix = cast<MatrixOp>(SymbolTable::lookupSymbolIn(
            getOperation(), accumulate.getMatrixAttr()));
        if (updated.count(matrix.getPopulation()))
          return accumulate.emitOpError() << "comes after the update of \""
                                          << matrix.getPopulation() << "\"";
        ++accumulated[accumulate.getMatrix()];
      } else if (auto update = dyn_cast<UpdateOp>(op)) {
        if (++updated[update.getPopulation()] > 1)
          return update.emitOpError() << "is the second of its population";
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
};

} // namespace
