// What turns a SONATA circuit into an snn.network: shared by the files that
// define it.
#pragma once

#include "compiler/Import/Sonata/PointNeurons.h"
#include "dialects/snn/IR/Snn.h"
#include "hw-models/base/Quantity.h"
#include "runtime/sonata/Circuit.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

#include <fmt/format.h>
#include <string>
#include <vector>

namespace limen::sonata {

/// Nodes that become one population: they share a population and a template.
struct Part {
  std::string name;
  const PointNeuron *neuron = nullptr;
  std::vector<size_t> rows; ///< of the node population
  snn::NeuronOp op;
};

/// Where a node of the circuit sits in the network.
struct Seat {
  int32_t part = -1; ///< into `parts`; -1 for the input
  int32_t index = 0;
};

/// Synapses between two nodes of the network that share a receptor.
struct Bundle {
  std::vector<int32_t> sources, targets, delays;
  std::vector<float> weights;
};

class Importer {
public:
  /// Writes into `module`; `dtMs` is the step.
  Importer(const Config &config, Circuit &circuit, double dtMs,
           mlir::ModuleOp module, std::vector<std::string> &assumptions)
      : config(config), circuit(circuit), dt(dtMs), module(module),
        builder(module.getContext()), assumptions(assumptions) {}

  Result<void> run();

private:
  template <typename... Args>
  void assume(fmt::format_string<Args...> text, Args &&...args) {
    assumptions.push_back(fmt::format(text, std::forward<Args>(args)...));
  }
  mlir::Location at(const Place &place) {
    return mlir::NameLoc::get(builder.getStringAttr(place.text()));
  }

  // SonataNodes.cpp
  Result<void> sortNodes();
  Result<void> makeInput();
  Result<void> makePart(Part &part, const NodePopulation &population);
  Result<mlir::DictionaryAttr> parametersOf(const Part &part,
                                            const NodePopulation &population);

  // SonataSynapses.cpp
  Result<std::vector<int32_t>> delaysOf(const EdgePopulation &edges);
  Result<std::vector<double>> weightsOf(const EdgePopulation &edges);
  Result<std::vector<uint8_t>> receptorsOf(const EdgePopulation &edges,
                                           const std::vector<double> &weights);
  Result<void> checkSynapses(const EdgePopulation &edges);

  // SonataImporter.cpp
  Result<void> connect(const EdgePopulation &edges);
  void emit(const std::string &name, const Place &place, int32_t sourcePart,
            int32_t targetPart, unsigned receptor, const Bundle &bundle);
  template <typename T>
  mlir::ElementsAttr array(const std::string &name,
                           const std::vector<T> &values);

  const Config &config;
  Circuit &circuit;
  double dt; ///< ms
  mlir::ModuleOp module;
  mlir::OpBuilder builder;
  std::vector<std::string> &assumptions;
  std::vector<Part> parts;
  std::vector<std::vector<Seat>> seats; ///< of nodes, by population
  std::vector<size_t> virtuals;         ///< virtual populations
  int64_t inputSize = 0;
  mlir::Value input;
};

} // namespace limen::sonata
