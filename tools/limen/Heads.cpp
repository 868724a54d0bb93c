#include "tools/limen/Heads.h"

#include "dialects/snn/IR/NetworkView.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

/// The output of a head, and its last layer.
struct Returned {
  snn::OutputOp output;
  snn::ReadoutOp last;
};

static std::vector<Returned> returnedHeads(mlir::Block &body) {
  std::vector<Returned> out;
  for (snn::OutputOp output : body.getOps<snn::OutputOp>()) {
    auto last = output.getValue().getDefiningOp<snn::ReadoutOp>();
    // One that is returned twice is one head.
    if (last && std::ranges::find(out, last, &Returned::last) == out.end())
      out.push_back({output, last});
  }
  return out;
}

static Head describe(snn::ReadoutOp last) {
  Head head{last.getName().str(), {}, {}, {}};
  mlir::Operation *input = last.getInput().getDefiningOp();
  while (auto layer = llvm::dyn_cast<snn::ReadoutOp>(input)) {
    head.hidden.insert(head.hidden.begin(),
                       static_cast<size_t>(snn::sizeOf(layer.getType())));
    head.activations.insert(
        head.activations.begin(),
        static_cast<network::Activation>(
            layer.getActivation().value_or(snn::ActivationKind::None)));
    input = layer.getInput().getDefiningOp();
  }
  head.population = llvm::cast<snn::NeuronOp>(input).getName().str();
  return head;
}

Result<std::vector<Head>> cli::headsOf(mlir::ModuleOp module,
                                       const std::string &readout,
                                       const std::string &population) {
  snn::NetworkOp network = snn::theNetwork(module);
  if (!network)
    return Error("the file holds no network");
  mlir::Block &body = network.getBody().front();
  std::vector<Head> heads;
  std::string names;
  for (const Returned &returned : returnedHeads(body)) {
    heads.push_back(describe(returned.last));
    names += (names.empty() ? "" : ", ") + heads.back().name;
  }
  if (!readout.empty()) {
    std::erase_if(heads,
                  [&](const Head &head) { return head.name != readout; });
    if (heads.empty())
      return Error("--readout " + readout + ": no such readout")
          .note(names.empty() ? "the network has none" : "readouts: " + names);
  }
  std::vector<std::string> populations;
  std::string known;
  for (snn::NeuronOp neuron : body.getOps<snn::NeuronOp>()) {
    populations.push_back(neuron.getName().str());
    known += (known.empty() ? "" : ", ") + populations.back();
  }
  if (!population.empty()) {
    if (std::ranges::find(populations, population) == populations.end())
      return Error("--from " + population + ": no such population")
          .note("populations: " + known);
    if (heads.size() > 1)
      return Error(fmt::format("--from {}: the network has {} readouts; which "
                               "one is to read it?",
                               population, heads.size()))
          .note("say it with --readout: " + names);
    if (heads.empty())
      heads.push_back({"readout", {}, {}, {}});
    heads.front().population = population;
  }
  if (!heads.empty())
    return heads;
  if (populations.size() != 1)
    return Error("the network has no readout and several populations; say "
                 "which one to read with --from")
        .note("populations: " + known);
  return std::vector<Head>{{"readout", populations.front(), {}, {}}};
}

/// Erases a readout that nothing reads, and the layers before it.
static void eraseChain(snn::ReadoutOp last) {
  while (last && last->use_empty()) {
    auto before = last.getInput().getDefiningOp<snn::ReadoutOp>();
    last->erase();
    last = before;
  }
}

Result<void> cli::setHead(mlir::ModuleOp module, const Head &head,
                          std::span<const network::Readout> layers) {
  mlir::Block &body = snn::theNetwork(module).getBody().front();
  snn::NeuronOp source;
  for (snn::NeuronOp neuron : body.getOps<snn::NeuronOp>())
    if (neuron.getName() == head.population)
      source = neuron;
  snn::ReadoutOp old;
  for (Returned returned : returnedHeads(body))
    if (returned.last.getName() == head.name)
      old = returned.last;

  auto outputs = body.getOps<snn::OutputOp>();
  mlir::OpBuilder builder(module.getContext());
  if (old)
    builder.setInsertionPoint(old);
  else if (outputs.begin() != outputs.end())
    builder.setInsertionPoint(*outputs.begin());
  else
    builder.setInsertionPointToEnd(&body);
  const mlir::Type f32 = builder.getF32Type();
  const auto dense = [&](llvm::ArrayRef<int64_t> shape,
                         const network::Array<float> &values) {
    return mlir::DenseElementsAttr::get(
        mlir::RankedTensorType::get(shape, f32),
        llvm::ArrayRef(values.values.data(), values.size()));
  };
  mlir::Value input = source.getResult();
  for (size_t k = 0; k < layers.size(); ++k) {
    const network::Readout &layer = layers[k];
    snn::ActivationKindAttr activation;
    if (layer.activation != network::Activation::None)
      activation = snn::ActivationKindAttr::get(
          builder.getContext(),
          static_cast<snn::ActivationKind>(layer.activation));
    input = snn::ReadoutOp::create(
        builder, source.getLoc(),
        snn::ScoresType::get(builder.getContext(), {layer.classes}),
        k + 1 == layers.size() ? head.name
                               : head.name + "_hidden" + std::to_string(k),
        input, dense({layer.classes, layer.inputs()}, layer.weights),
        dense({layer.classes}, layer.bias), activation);
  }
  if (old) {
    for (snn::OutputOp output : outputs)
      if (output.getValue() == old.getResult())
        output.getValueMutable().assign(input);
    eraseChain(old);
  } else {
    snn::OutputOp::create(builder, source.getLoc(), "scores", input);
  }
  // Scores come first: the first output decides the class.
  const std::vector<Returned> returned = returnedHeads(body);
  mlir::Operation *first = *body.getOps<snn::OutputOp>().begin();
  for (auto it = returned.rbegin(); it != returned.rend(); ++it) {
    if (it->output != first)
      it->output->moveBefore(first);
    first = it->output;
  }
  if (mlir::failed(mlir::verify(module)))
    return Error("the network with its readout does not verify");
  return {};
}
