// Small SONATA circuits and what tests ask of their import.
#pragma once

#include "compiler/Import/Sonata/SonataImport.h"
#include "test/unit/Imported.h"
#include "test/unit/hdf5/Writer.h"

#include <map>

namespace limen::test {

/// One edge of a circuit.
struct SonataEdge {
  int64_t source, target;
  double weight, delay;
};

/// A folder with one simulated population "v1" (three cells), one virtual
/// population "lgn" (two nodes, ids 10 and 12), and edges between them, written
/// as PyNN does. Parts can be changed before `write`.
class SonataFolder {
public:
  std::string nodeTypes =
      "node_type_id model_type model_template cm tau_m tau_refrac v_rest "
      "v_reset v_thresh tau_syn_E tau_syn_I i_offset\r\n"
      "7 point_neuron pynn:IF_curr_exp 0.5 NONE 2.0 -70.0 -72.0 -55.0 3.0 8.0 "
      "0.1\r\n";
  std::string edgeTypes = "edge_type_id model_template receptor_type\n"
                          "3 pynn:StaticSynapse excitatory\n";
  std::string recurrentTypes = "edge_type_id model_template receptor_type\n"
                               "3 pynn:StaticSynapse inhibitory\n";
  std::string circuit = R"({
    "target_simulator": "PyNN",
    "manifest": {"$BASE_DIR": ".", "$NETWORK_DIR": "$BASE_DIR/networks"},
    "components": {"point_neuron_models_dir": "${BASE_DIR}/cells",
                   "synaptic_models_dir": "$BASE_DIR/synapses"},
    "networks": {
      "nodes": [
        {"nodes_file": "$NETWORK_DIR/nodes_v1.h5",
         "node_types_file": "$NETWORK_DIR/node_types_v1.csv"},
        {"nodes_file": "$NETWORK_DIR/nodes_lgn.h5",
         "node_types_file": "$NETWORK_DIR/node_types_lgn.csv"}],
      "edges": [
        {"edges_file": "$NETWORK_DIR/edges_b'lgn_v1'.h5",
         "edge_types_file": "$NETWORK_DIR/edge_types_b'lgn_v1'.csv"},
        {"edges_file": "$NETWORK_DIR/edges_b'v1_v1'.h5",
         "edge_types_file": "$NETWORK_DIR/edge_types_b'v1_v1'.csv"}]}})";
  std::string simulation = R"({
    "manifest": {"$INPUT_DIR": "./inputs"},
    "run": {"tstop": 2.0, "dt": 0.1},
    "network": "circuit_config.json",
    "inputs": {"lgn": {"input_type": "spikes", "module": "h5",
                       "input_file": "$INPUT_DIR/spikes.h5",
                       "node_set": "lgn"}}})";
  std::vector<SonataEdge> input = {
      {10, 4, 0.5, 1.0}, {12, 4, 0.25, 0.1}, {12, 5, 0.75, 0.3}};
  std::vector<SonataEdge> recurrent = {
      {4, 3, -0.5, 0.2}, {4, 3, -0.25, 0.2}, {5, 3, -1.0, 0.2}};
  std::vector<double> tauM = {10, 15, 20};

  /// Writes everything; returns the path of circuit_config.json.
  std::string write() {
    folder.file("networks/node_types_v1.csv", nodeTypes);
    folder.file("networks/node_types_lgn.csv",
                "model_type node_type_id\nvirtual 1\n");
    folder.file("networks/edge_types_b'lgn_v1'.csv", edgeTypes);
    folder.file("networks/edge_types_b'v1_v1'.csv", recurrentTypes);
    {
      Writer w(path("nodes_v1.h5"));
      w.attribute("/", "magic", std::vector<int64_t>{0x0A7A});
      nodes(w, "/nodes/v1", {3, 4, 5}, 7);
      w.numbers("/nodes/v1/0/dynamics_params/tau_m", {3}, tauM);
    }
    {
      Writer w(path("nodes_lgn.h5"));
      nodes(w, "/nodes/lgn", {10, 12}, 1);
      w.group("/nodes/lgn/0");
    }
    edges("edges_b'lgn_v1'.h5", "lgn_v1", "lgn", input);
    edges("edges_b'v1_v1'.h5", "v1_v1", "v1", recurrent);
    folder.file("inputs/.keep", "");
    {
      Writer w(folder / "inputs/spikes.h5");
      w.numbers("/spikes/lgn/timestamps", {4}, {0.3, 0.05, 0.3, 1.95},
                H5T_IEEE_F64LE);
      w.integers("/spikes/lgn/node_ids", {4}, {12, 10, 12, 10});
    }
    folder.file("simulation_config.json", simulation);
    return folder.file("circuit_config.json", circuit);
  }

  std::string path(const std::string &name) const {
    return folder / ("networks/" + name);
  }
  const TemporaryFolder folder;

private:
  static void nodes(Writer &w, const std::string &at,
                    const std::vector<double> &ids, double type) {
    const hsize_t n = ids.size();
    std::vector<double> index(n);
    for (hsize_t i = 0; i < n; ++i)
      index[i] = static_cast<double>(i);
    w.numbers(at + "/node_id", {n}, ids, H5T_STD_I32LE);
    w.numbers(at + "/node_type_id", {n}, std::vector<double>(n, type),
              H5T_STD_I16LE);
    w.numbers(at + "/node_group_id", {n}, std::vector<double>(n, 0),
              H5T_STD_I16LE);
    w.numbers(at + "/node_group_index", {n}, index, H5T_STD_I16LE);
  }
  void edges(const std::string &file, const std::string &name,
             const std::string &source, const std::vector<SonataEdge> &list) {
    Writer w(path(file));
    const std::string at = "/edges/" + name;
    const hsize_t n = list.size();
    std::vector<double> sources, targets, weights, delays, index;
    for (const SonataEdge &edge : list) {
      index.push_back(std::min<double>(32767, double(index.size())));
      sources.push_back(double(edge.source));
      targets.push_back(double(edge.target));
      weights.push_back(edge.weight);
      delays.push_back(edge.delay);
    }
    w.numbers(at + "/source_node_id", {n}, sources, H5T_STD_I32LE);
    w.numbers(at + "/target_node_id", {n}, targets, H5T_STD_I32LE);
    w.attribute(at + "/source_node_id", "node_population", source);
    w.attribute(at + "/target_node_id", "node_population", std::string("v1"));
    w.numbers(at + "/edge_type_id", {n}, std::vector<double>(n, 3),
              H5T_STD_I16LE);
    w.numbers(at + "/edge_group_id", {n}, std::vector<double>(n, 0),
              H5T_STD_I16LE);
    w.numbers(at + "/edge_group_index", {n}, index, H5T_STD_I16LE);
    w.numbers(at + "/0/dynamics_params/weight", {n}, weights, H5T_IEEE_F64LE);
    w.numbers(at + "/0/dynamics_params/delay", {n}, delays, H5T_IEEE_F64LE);
  }
};

/// An import and what came of it.
struct ImportedSonata : ImportedModule {
  explicit ImportedSonata(const std::string &file,
                          const sonata::SonataOptions &options = {})
      : ImportedModule([&](auto *context, auto &assumptions) {
          return sonata::importSonata(file, options, context, assumptions);
        }) {}
};

} // namespace limen::test
