// The network of a circuit: edges that share their ends and a receptor become
// one op.

#include "compiler/Import/Sonata/SonataImporter.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

using namespace mlir;
using namespace limen;
using namespace limen::sonata;

Result<void> Importer::connect(const EdgePopulation &edges) {
  if (Result<void> done = checkSynapses(edges); !done)
    return done;
  Result<std::vector<int32_t>> delays = delaysOf(edges);
  if (!delays)
    return delays.takeError();
  Result<std::vector<double>> weights = weightsOf(edges);
  if (!weights)
    return weights.takeError();
  Result<std::vector<uint8_t>> receptors = receptorsOf(edges, *weights);
  if (!receptors)
    return receptors.takeError();

  std::map<std::tuple<int32_t, int32_t, unsigned>, Bundle> bundles;
  for (size_t edge = 0; edge < edges.sources.size(); ++edge) {
    const Seat source = seats[edges.source][edges.sources[edge]];
    const Seat target = seats[edges.target][edges.targets[edge]];
    const double scale =
        parts[static_cast<size_t>(target.part)].neuron->weightScale;
    const auto weight = static_cast<float>((*weights)[edge] * scale);
    if (!std::isfinite(weight))
      return Error(fmt::format("edge {} of '{}' has a weight that float32 "
                               "cannot hold",
                               edge, edges.name),
                   edges.table.place());
    Bundle &bundle = bundles[{source.part, target.part, (*receptors)[edge]}];
    bundle.sources.push_back(source.index);
    bundle.targets.push_back(target.index);
    bundle.delays.push_back(
        (*delays)[edge] +
        parts[static_cast<size_t>(target.part)].neuron->arrival);
    bundle.weights.push_back(weight);
  }
  for (const auto &[key, bundle] : bundles)
    emit(edges.name, edges.table.place(), std::get<0>(key), std::get<1>(key),
         std::get<2>(key), bundle);
  return {};
}

/// Small arrays in the text, large ones as resources.
template <typename T>
ElementsAttr Importer::array(const std::string &name,
                             const std::vector<T> &values) {
  Type element = builder.getF32Type();
  if constexpr (std::is_integral_v<T>)
    element = builder.getIntegerType(8 * sizeof(T));
  const auto type =
      RankedTensorType::get({static_cast<int64_t>(values.size())}, element);
  if (values.size() <= 64)
    return DenseElementsAttr::get(type, ArrayRef<T>(values));
  return DenseResourceElementsAttr::get(
      type, name,
      HeapAsmResourceBlob::allocateAndCopyInferAlign(ArrayRef<T>(values)));
}

void Importer::emit(const std::string &population, const Place &place,
                    int32_t sourcePart, int32_t targetPart, unsigned receptor,
                    const Bundle &bundle) {
  Part &target = parts[static_cast<size_t>(targetPart)];
  const Value source =
      sourcePart < 0 ? input
                     : parts[static_cast<size_t>(sourcePart)].op.getResult();
  const size_t count = bundle.sources.size();
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  // Several synapses of a pair keep the order of the file.
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(bundle.sources[a], bundle.targets[a]) <
           std::pair(bundle.sources[b], bundle.targets[b]);
  });
  const auto size = snn::sizeOf(cast<snn::SpikesType>(source.getType()));
  std::vector<int64_t> offsets(static_cast<size_t>(size) + 1, 0);
  std::vector<int32_t> targets, delays;
  std::vector<float> weights;
  for (uint32_t edge : order) {
    ++offsets[static_cast<size_t>(bundle.sources[edge]) + 1];
    targets.push_back(bundle.targets[edge]);
    delays.push_back(bundle.delays[edge]);
    weights.push_back(bundle.weights[edge]);
  }
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  // What all synapses share is the delay of the op.
  int64_t common = *std::min_element(delays.begin(), delays.end());
  for (int32_t &delay : delays)
    delay -= static_cast<int32_t>(common);
  const bool uniform = llvm::all_equal(delays);
  if (llvm::all_equal(weights))
    weights.resize(1);

  const std::string name =
      fmt::format("{}_{}_{}_{}", population, sourcePart, targetPart, receptor);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(target.op);
  const Value current = snn::SparseOp::create(
      builder, at(place),
      snn::CurrentType::get(builder.getContext(),
                            {static_cast<int64_t>(target.rows.size())}),
      source, array(name + "_offsets", offsets),
      array(name + "_targets", targets), array(name + "_weights", weights),
      uniform ? ElementsAttr() : array(name + "_delays", delays),
      builder.getI64IntegerAttr(common));
  SmallVector<int32_t> receptors(target.op.getCurrents().size(), 0);
  if (auto given = target.op.getReceptors())
    receptors.assign(given->begin(), given->end());
  receptors.push_back(static_cast<int32_t>(receptor));
  target.op.getCurrentsMutable().append(current);
  if (llvm::any_of(receptors, [](int32_t r) { return r != 0; }))
    target.op.setReceptors(receptors);
}

Result<void> Importer::run() {
  builder.setInsertionPointToEnd(module.getBody());
  auto network = snn::NetworkOp::create(
      builder, at(Place{config.file, 0, 0, {}}),
      builder.getStringAttr("network"), builder.getF64FloatAttr(dt * 1e-3));
  builder.createBlock(&network.getBody());
  if (Result<void> done = sortNodes(); !done)
    return done;
  if (parts.empty())
    return Error("has no simulated nodes, only virtual ones",
                 Place{config.file, 0, 0, "/networks/nodes"});
  if (Result<void> done = makeInput(); !done)
    return done;
  for (const EdgePopulation &edges : circuit.edges)
    if (Result<void> done = connect(edges); !done)
      return done;
  // An input that nothing reads would be removed.
  if (virtuals.empty())
    emit("silent", Place{config.file, 0, 0, "/networks/nodes"}, -1, 0, 0,
         Bundle{{0}, {0}, {1}, {0.0f}});
  builder.setInsertionPointToEnd(&network.getBody().front());
  for (Part &part : parts)
    snn::OutputOp::create(builder, part.op.getLoc(),
                          builder.getStringAttr(part.name),
                          part.op.getResult());
  assume("membranes start at rest: SONATA does not hold initial values");
  return {};
}
