// The reader of network descriptions, shared by the files that define it.
#pragma once

#include "compiler/Import/DescriptionSchema.h"
#include "hw-models/base/Random.h"

#include <fmt/format.h>
#include <functional>
#include <map>
#include <span>

namespace limen::description {

/// Reads one number of a distribution: plain for weights, steps for delays.
using NumberReader = std::function<double(const YamlValue &)>;

/// Names of a string array.
std::vector<std::string> texts(mlir::ArrayAttr attribute);

/// `name` as seen from the folder of the description.
std::string besides(const std::string &description, const std::string &name);

/// Rows of numbers.
struct Table {
  std::vector<double> numbers;
  std::vector<size_t> ends; ///< of the rows

  std::span<const double> row(size_t i) const {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    return std::span(numbers).subspan(begin, ends[i] - begin);
  }
};

/// A text file: rows of at most `most` columns separated by commas or spaces;
/// empty lines and what follows '#' are skipped.
Result<Table> readTable(const std::string &path, size_t most);

/// A quantity that every neuron of a population has.
struct Field {
  std::string name;     ///< of the parameter or state
  std::string culprit;  ///< for messages: "parameter 'tau' of 'a'"
  std::string identity; ///< of its draws
  std::string unit;     ///< of the model, "" for a plain number
  Purpose purpose = Purpose::Parameter;
  int64_t size = 0;
};

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
  void readInitial(YamlMap &population, Node &node);
  void readModels(const YamlValue &value);
  void readNodeSign(const YamlValue &value, Node &node);
  /// Excitatory or inhibitory; records an error for something else.
  Sign signOf(const YamlValue &value, const std::string &culprit);
  void addNode(Node node, const YamlValue &value);

  // DescriptionValues.cpp
  std::vector<double> readField(const YamlValue &value, const Field &field);
  std::optional<std::vector<double>> readDrawn(YamlMap &map,
                                               const Field &field);
  /// `values` or `file` (with `unit`) of `map`; nothing after an error.
  std::optional<std::vector<double>>
  readList(YamlMap &map, std::string_view unit, const std::string &culprit);
  std::optional<std::vector<double>>
  readFileNumbers(YamlMap &map, const YamlValue &file, std::string_view unit,
                  const std::string &culprit);
  void readSpikes(const YamlValue &value, Node &node);

  // DescriptionRules.cpp
  void readRule(YamlMap &map, Projection &projection);
  void readNumber(YamlMap &map, Projection &projection);
  void readTotal(YamlMap &map, Projection &projection);
  void readDensity(YamlMap &map, Projection &projection);
  void readDistance(YamlMap &map, Projection &projection);
  void readAutapses(YamlMap &map, Projection &projection);
  std::vector<int64_t> readWindow(YamlMap &map, const Projection &projection,
                                  const char *key, size_t low, size_t high,
                                  std::vector<int64_t> fallback);
  bool checkGrids(const YamlMap &map, const Projection &projection,
                  size_t axes) const;
  void readConvolution(YamlMap &map, Projection &projection, size_t axes);
  void readPool(YamlMap &map, Projection &projection, bool average);
  // DescriptionSynapses.cpp
  void readSynapses(YamlMap &map, Projection &projection);
  void readRows(YamlMap &map, Projection &projection);
  void readValues(YamlMap &map, Projection &projection);
  void readDelayValues(YamlMap &map, Projection &projection);
  /// Synapses of a projection whose synapses are listed or all there.
  int64_t synapseCount(const Projection &projection) const;

  // DescriptionLearning.cpp
  void readLearning(const YamlValue &value, Projection &projection);

  // DescriptionProjections.cpp
  void readProjection(const std::string &name, const YamlValue &value);
  void readReceptor(YamlMap &map, Projection &projection);
  void readDelay(const YamlValue &value, Projection &projection);
  void readDelays(const YamlValue &value, Projection &projection);
  std::optional<double> readSteps(const YamlValue &value,
                                  const Projection &projection);
  void readWeights(const YamlValue &value, Projection &projection);
  bool readNumbers(const YamlValue &kind, YamlMap &map,
                   const std::string &culprit, Draw &draw,
                   const NumberReader &number);
  void checkRange(const YamlMap &map, const Projection &projection);
  void readSign(YamlMap &map, Projection &projection);
  void readDelayKeys(YamlMap &map, Projection &projection);

  void readOutputs(const YamlValue &value);
  void readReadout(const std::string &name, const YamlValue &value);
  /// Of a layer of the readout, 1 after an error.
  int64_t readLayerSize(const YamlValue &value, const char *what);
  void readLayerWeights(YamlMap &map, Layer &layer, int64_t inputs);

  /// The node that `value` names; records an error that lists what there is.
  std::optional<size_t> nodeNamed(const YamlValue &value, bool populationsOnly);

  YamlDocument &document;
  mlir::ModuleOp module;
  std::vector<std::string> &assumptions;
  Description out;
  uint64_t networkSeed = 0;
  bool seedUsed = false; ///< by a projection without one of its own
  std::map<std::string, size_t> byName; ///< indices into Description::nodes
  /// Models by name; those of the library are null until they are used.
  std::map<std::string, snn::ModelOp> models;
};

} // namespace limen::description
