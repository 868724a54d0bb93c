// How extractGraph works: one NIR node for each op, one Signals for each value.
// For the files of this folder only.
#pragma once

#include "compiler/Export/NIR/NIRExtract.h"
#include "compiler/Import/NIR/NIRKinds.h"
#include "dialects/support/Diagnostics.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

#include <map>
#include <set>

namespace limen::nir {

int64_t countOf(const Shape &shape);

/// Shape of a value of the snn dialect.
Shape shapeOf(mlir::Value value);

/// All elements of an f32 attribute; none of a null one.
std::vector<float> floatsOf(mlir::ElementsAttr attribute);

/// The leading dimensions that input and result of `op` share if its matrix
/// joins nothing across them; empty otherwise.
Shape leadingShape(snn::DenseOp op);

/// What a node gives, `delay` steps later.
struct Signal {
  unsigned node = 0;
  Shape shape;
  int64_t delay = 0;
};
/// Several signals add up.
using Signals = llvm::SmallVector<Signal, 1>;

class Extractor {
public:
  Extractor(snn::NetworkOp network, const std::set<unsigned> &written,
            std::vector<std::string> &remarks)
      : network(network), written(written), remarks(remarks) {
    graph.file = placeOf(network.getLoc()).file;
    graph.dt = network.getDt().convertToDouble();
  }

  Result<Graph> run();

  /// Per edge of the result: the connection that it is the last step of, if the
  /// connection takes one step.
  std::map<std::pair<unsigned, unsigned>, unsigned> lastSteps;
  unsigned connections = 0;

private:
  Result<Signals> signalsOf(mlir::Value value);
  Result<Signals> make(mlir::Operation *op);
  Result<Signals> makeDense(snn::DenseOp op);
  Result<Signals> makeSparse(snn::SparseOp op);
  Result<Signals> makeConv(snn::Conv2dOp op);
  Result<Signals> makeOneToOne(snn::OneToOneOp op);
  template <typename PoolOp> Result<Signals> makePool(PoolOp op, Kind kind);
  Result<Signals> makeMatrices(mlir::Operation *op, const Shape &in,
                               const Shape &out,
                               std::map<int64_t, std::vector<float>> matrices,
                               const std::vector<float> &bias);

  Result<Signal> adapt(Signal signal, const Shape &wanted,
                       mlir::Operation *user);
  Result<void> feed(mlir::Operation *op, unsigned target, const Shape &wanted,
                    int64_t delay);
  void connect(const Signal &signal, unsigned target, int64_t delay);
  unsigned addDelay(const Shape &shape, std::vector<uint32_t> steps,
                    const std::string &name);
  unsigned add(Kind kind, const std::string &name);
  std::string nameOf(mlir::Operation *op, Kind kind);
  void findFlat();
  Shape neuronShape(snn::NeuronOp neuron) {
    const Shape shape = shapeOf(neuron.getResult());
    return flat.contains(neuron) ? Shape{countOf(shape)} : shape;
  }

  Error fail(mlir::Operation *op, std::string message) {
    return Error(std::move(message), placeOf(op->getLoc()));
  }

  snn::NetworkOp network;
  const std::set<unsigned> &written;
  std::vector<std::string> &remarks;
  Graph graph;
  std::set<std::string> names;
  std::set<std::pair<unsigned, unsigned>> edges;
  llvm::DenseMap<mlir::Value, Signals> known;
  llvm::DenseSet<mlir::Value> open;
  llvm::DenseSet<mlir::Operation *> flat;
};

} // namespace limen::nir
