// The reader of network descriptions, shared by the files that define it.
#pragma once

#include "compiler/Import/DescriptionSchema.h"

#include <fmt/format.h>
#include <functional>
#include <map>

namespace limen::description {

/// Reads one number of a distribution: plain for weights, steps for delays.
using NumberReader = std::function<double(const YamlValue &)>;

/// Names of a string array.
std::vector<std::string> texts(mlir::ArrayAttr attribute);

class Reader {
public:
  Reader(YamlDocument &document, mlir::ModuleOp module,
         std::vector<std::string> &assumptions)
      : document(document), module(module), assumptions(assumptions) {}

  Description run();

private:
  template <typename... Args>
  void assume(fmt::format_string<Args...> text, Args &&...args) {
    assumptions.push_back(fmt::format(text, std::forward<Args>(args)...));
  }

  void readShape(const YamlValue &value, Node &node);
  void readInput(const std::string &name, const YamlValue &value);
  void readPopulation(const std::string &name, const YamlValue &value);
  void readParameters(YamlMap &population, Node &node);
  std::vector<double> readParameter(const std::string &name,
                                    const YamlValue &value, const Node &node);
  void readNodeSign(const YamlValue &value, Node &node);
  /// Excitatory or inhibitory; records an error for something else.
  Sign signOf(const YamlValue &value, const std::string &culprit);
  void addNode(Node node, const YamlValue &value);

  // DescriptionProjections.cpp
  void readProjection(const std::string &name, const YamlValue &value);
  void readReceptor(const YamlValue &value, Projection &projection);
  void readRule(YamlMap &map, Projection &projection);
  void readNumber(YamlMap &map, Projection &projection);
  void readDistance(YamlMap &map, Projection &projection);
  void readConvolution(YamlMap &map, Projection &projection);
  void readDelay(const YamlValue &value, Projection &projection);
  void readDelays(const YamlValue &value, Projection &projection);
  std::optional<double> readSteps(const YamlValue &value,
                                  const Projection &projection);
  void readWeights(const YamlValue &value, Projection &projection);
  bool readNumbers(const YamlValue &kind, YamlMap &map,
                   const Projection &projection, Draw &draw,
                   const NumberReader &number);
  void readSign(YamlMap &map, Projection &projection);
  // DescriptionSynapses.cpp
  void readList(YamlMap &map, Projection &projection);
  std::vector<float> readValues(YamlMap &map, const Projection &projection);
  void readOutputs(const YamlValue &value);
  void readReadout(const YamlValue &value);

  /// The node that `value` names; records an error that lists what there is.
  std::optional<size_t> nodeNamed(const YamlValue &value, bool populationsOnly);

  YamlDocument &document;
  mlir::ModuleOp module;
  std::vector<std::string> &assumptions;
  Description out;
  uint64_t networkSeed = 0;
  bool seedUsed = false; ///< by a projection without one of its own
  std::map<std::string, size_t> byName; ///< indices into Description::nodes
};

} // namespace limen::description
