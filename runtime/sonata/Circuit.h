// The nodes and edges of a SONATA circuit as plain tables.
#pragma once

#include "runtime/sonata/Config.h"
#include "runtime/sonata/Table.h"

#include <unordered_map>

namespace limen::sonata {

struct NodePopulation {
  std::string name;
  Table table;
  /// Row of a node id; nothing for an id that is not there.
  std::optional<size_t> rowOf(int64_t id) const;

  int64_t firstId = 0; ///< when ids count up from it
  bool contiguous = true;
  std::unordered_map<int64_t, size_t> rows; ///< when they do not
};

struct EdgePopulation {
  std::string name;
  Table table;
  size_t source = 0, target = 0; ///< into Circuit::nodes
  /// Of every edge, rows of the source and of the target population.
  std::vector<uint32_t> sources, targets;
};

struct Circuit {
  std::vector<NodePopulation> nodes; ///< in the order of the config, then names
  std::vector<EdgePopulation> edges;

  /// The index of a node population; nothing if there is none of that name.
  std::optional<size_t> population(const std::string &name) const;
};

/// Whether every node of `population` is virtual. Errors: some are and others
/// are not; no model_type.
Result<bool> isVirtual(const NodePopulation &population);

/// Reads all nodes of `config`. Errors, with HDF5 path or CSV line: whatever
/// Table says; a wrong magic number; a node id or population that appears
/// twice.
Result<Circuit> readNodes(const Config &config,
                          std::vector<std::string> &assumptions);

/// Adds the edges. Errors besides: node populations or ids that do not exist.
Result<void> readEdges(const Config &config, Circuit &circuit,
                       std::vector<std::string> &assumptions);

} // namespace limen::sonata
