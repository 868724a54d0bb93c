// What a circuit becomes: populations, parameters, synapses, the input.

#include "test/unit/import_sonata/Support.h"

#include <algorithm>
#include <cmath>

using namespace limen;
using namespace limen::test;

namespace {

/// Synapses of one projection as (source, target, weight, delay of the file in
/// steps): the model if_curr_exp needs one step more.
std::vector<std::tuple<uint32_t, uint32_t, float, uint32_t>>
synapsesOf(const network::Network &net, const std::string &source,
           unsigned receptor) {
  std::vector<std::tuple<uint32_t, uint32_t, float, uint32_t>> out;
  for (const network::Projection &projection : net.projections) {
    if (net.nodes[projection.source].name != source ||
        projection.receptor != receptor)
      continue;
    EXPECT_EQ(projection.stages.size(), 1u);
    std::vector<network::Synapse> found;
    for (uint32_t s = 0; s < projection.stages[0].inputs; ++s) {
      found.clear();
      network::appendSynapses(projection.stages[0], s, found);
      for (const network::Synapse &synapse : found)
        out.emplace_back(s, synapse.target, synapse.weight,
                         projection.delay + synapse.delay - 1);
    }
  }
  return out;
}

using Synapses = std::vector<std::tuple<uint32_t, uint32_t, float, uint32_t>>;

TEST(SonataCircuit, populationsSynapsesAndDelays) {
  SonataFolder sonata;
  ImportedSonata imported(sonata.write());
  ASSERT_TRUE(imported.module) << imported.error();
  const network::Network net = imported.view();
  EXPECT_DOUBLE_EQ(net.dt.value(), 1e-4);
  ASSERT_EQ(net.nodes.size(), 2u);
  EXPECT_EQ(net.nodes[net.inputNode()].name, "lgn");
  EXPECT_EQ(net.nodes[net.inputNode()].size, 2);
  // Node ids 10 and 12 are elements 0 and 1; 3, 4, 5 are neurons 0, 1, 2.
  EXPECT_EQ(synapsesOf(net, "lgn", 0),
            (Synapses{{0, 1, 0.5f, 10}, {1, 1, 0.25f, 1}, {1, 2, 0.75f, 3}}));
  // Two synapses of one pair stay two.
  EXPECT_EQ(synapsesOf(net, "v1", 1),
            (Synapses{{1, 0, -0.5f, 2}, {1, 0, -0.25f, 2}, {2, 0, -1.0f, 2}}));
  EXPECT_TRUE(imported.assumed("no simulation configuration says it"));
}

TEST(SonataCircuit, unitsAndPrecedence) {
  SonataFolder sonata;
  ImportedSonata imported(sonata.write());
  ASSERT_TRUE(imported.module) << imported.error();
  snn::NeuronOp neuron;
  (*imported.module)->walk([&](snn::NeuronOp op) { neuron = op; });
  ASSERT_TRUE(neuron);
  EXPECT_EQ(neuron.getModel(), "if_curr_exp");
  const auto number = [&](const char *name) {
    return mlir::cast<mlir::FloatAttr>(neuron.getParameters().get(name))
        .getValueAsDouble();
  };
  EXPECT_DOUBLE_EQ(number("cm"), 0.5);
  EXPECT_DOUBLE_EQ(number("tau_syn_e"), 3e-3);
  EXPECT_DOUBLE_EQ(number("tau_syn_i"), 8e-3);
  EXPECT_DOUBLE_EQ(number("tau_refrac"), 2e-3);
  EXPECT_DOUBLE_EQ(number("v_reset"), -72);
  EXPECT_DOUBLE_EQ(number("i_offset"), 0.1);
  // NONE in the table: the HDF5 file has a value for each node.
  const auto tau =
      mlir::cast<mlir::DenseElementsAttr>(neuron.getParameters().get("tau_m"));
  EXPECT_DOUBLE_EQ(tau.getValues<double>()[2], 20e-3);
}

TEST(SonataCircuit, delaysAreRoundedAndCounted) {
  SonataFolder sonata;
  sonata.input[0].delay = 0.27;
  sonata.input[1].delay = 0.01; // at least one step
  ImportedSonata imported(sonata.write());
  ASSERT_TRUE(imported.module) << imported.error();
  EXPECT_TRUE(imported.assumed("2 of 3 delays are not a whole number"));
  EXPECT_TRUE(imported.assumed("up to 0.09 ms"));
  EXPECT_EQ(synapsesOf(imported.view(), "lgn", 0),
            (Synapses{{0, 1, 0.5f, 3}, {1, 1, 0.25f, 1}, {1, 2, 0.75f, 3}}));
}

TEST(SonataCircuit, theSimulationSaysTheStep) {
  SonataFolder sonata;
  sonata.simulation.replace(sonata.simulation.find("\"dt\": 0.1"), 9,
                            "\"dt\": 0.05");
  sonata.write();
  ImportedSonata imported(sonata.folder / "");
  ASSERT_TRUE(imported.module) << imported.error();
  EXPECT_DOUBLE_EQ(imported.view().dt.value(), 5e-5);
  EXPECT_TRUE(imported.assumed("dt is 0.05 ms, as the simulation"));
}

TEST(SonataCircuit, nestUnitsTypesParametersAndSigns) {
  SonataFolder sonata;
  sonata.nodeTypes = "node_type_id model_type model_template dynamics_params\n"
                     "7 point_neuron nest:iaf_psc_exp cell.json\n";
  sonata.folder.file("cells/cell.json",
                     R"({"C_m": 200.0, "V_th": -50, "I_e": 300.0})");
  sonata.edgeTypes = "edge_type_id model_template nsyns delay\n"
                     "3 nest:static_synapse 4 2.0\n";
  sonata.recurrentTypes = "edge_type_id model_template\n"
                          "3 nest:static_synapse\n";
  ImportedSonata imported(sonata.write());
  ASSERT_TRUE(imported.module) << imported.error();
  snn::NeuronOp neuron;
  (*imported.module)->walk([&](snn::NeuronOp op) { neuron = op; });
  const auto number = [&](const char *name) {
    return mlir::cast<mlir::FloatAttr>(neuron.getParameters().get(name))
        .getValueAsDouble();
  };
  EXPECT_DOUBLE_EQ(number("cm"), 0.2);
  EXPECT_DOUBLE_EQ(number("i_offset"), 0.3);
  EXPECT_DOUBLE_EQ(number("tau_syn_e"), 2e-3);
  EXPECT_TRUE(imported.assumed("E_L of all nodes is not given, -70"));
  // pA become nA, four synapses each; the edge's own delay beats its type's.
  const network::Network net = imported.view();
  EXPECT_EQ(synapsesOf(net, "lgn", 0),
            (Synapses{{0, 1, float(0.5 * 4 * 1e-3), 10},
                      {1, 1, float(0.25 * 4 * 1e-3), 1},
                      {1, 2, float(0.75 * 4 * 1e-3), 3}}));
  // Negative weights go to the inhibitory receptor.
  EXPECT_EQ(synapsesOf(net, "v1", 1).size(), 3u);
  EXPECT_TRUE(synapsesOf(net, "v1", 0).empty());
}

TEST(SonataCircuit, indicesBeyond16Bits) {
  SonataFolder sonata;
  sonata.input.assign(40000, {10, 3, 0, 0.1});
  for (size_t i = 0; i < sonata.input.size(); ++i)
    sonata.input[i].weight = double(i);
  ImportedSonata imported(sonata.write());
  ASSERT_TRUE(imported.module) << imported.error();
  EXPECT_TRUE(imported.assumed("16-bit numbers"));
  // A weight of exactly 0 is no synapse.
  const Synapses found = synapsesOf(imported.view(), "lgn", 0);
  ASSERT_EQ(found.size(), 39999u);
  EXPECT_EQ(std::get<2>(found.back()), 39999.0f);
}

TEST(SonataCircuit, filesThatMovedAlong) {
  SonataFolder sonata;
  const std::string here =
      std::filesystem::path(sonata.folder / "x").parent_path().filename();
  sonata.circuit.replace(sonata.circuit.find("\".\""), 3,
                         "\"/elsewhere/" + here + "\"");
  ImportedSonata imported(sonata.write());
  ASSERT_TRUE(imported.module) << imported.error();
  EXPECT_TRUE(imported.assumed("is not where it should be"));
}

//===----------------------------------------------------------------------===//
// Refusals
//===----------------------------------------------------------------------===//

std::string errorOf(SonataFolder &sonata) {
  return ImportedSonata(sonata.write()).error();
}

void replace(std::string &text, const std::string &from,
             const std::string &to) {
  ASSERT_NE(text.find(from), std::string::npos);
  text.replace(text.find(from), from.size(), to);
}

TEST(SonataErrors, nameTheCulpritAndThePlace) {
  const auto has = [](const std::string &text, const std::string &part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  {
    SonataFolder sonata;
    replace(sonata.nodeTypes, "pynn:IF_curr_exp", "pynn:HH_cond_exp");
    const std::string error = errorOf(sonata);
    has(error, "population 'v1' has model_template 'pynn:HH_cond_exp'");
    has(error, "nodes_v1.h5: /nodes/v1");
    has(error, "nest:iaf_psc_exp");
  }
  {
    SonataFolder sonata;
    replace(sonata.nodeTypes, "-55.0", "-55x");
    has(errorOf(sonata), "node_types_v1.csv:2:58: error: v_thresh '-55x'");
  }
  {
    SonataFolder sonata;
    replace(sonata.nodeTypes, "-72.0", "-50");
    has(errorOf(sonata), "the reset potential -50 mV is not below");
  }
  {
    SonataFolder sonata;
    sonata.tauM[1] = 0;
    has(errorOf(sonata), "population 'v1', node 1: tau_m is 0; it must be "
                         "above 0");
  }
  {
    SonataFolder sonata;
    replace(sonata.edgeTypes, "pynn:StaticSynapse", "pynn:TsodyksMarkram");
    has(errorOf(sonata), "edge population 'lgn_v1' has model_template");
  }
  {
    SonataFolder sonata;
    sonata.recurrent[1].target = 99;
    has(errorOf(sonata), "/edges/v1_v1/target_node_id: error: edge 1 has node "
                         "id 99");
  }
  {
    SonataFolder sonata;
    replace(sonata.circuit, "$NETWORK_DIR/nodes_v1", "$NET/nodes_v1");
    has(errorOf(sonata), "/networks/nodes/0/nodes_file: error: "
                         "'$NET/nodes_v1.h5': the manifest has no variable");
  }
  {
    SonataFolder sonata;
    replace(sonata.circuit, "\"$BASE_DIR\": \".\"",
            "\"$BASE_DIR\": \"$NETWORK_DIR\"");
    has(errorOf(sonata), "in a circle");
  }
  {
    SonataFolder sonata;
    replace(sonata.circuit, "\"networks\": {", "\"networks\": {,");
    has(errorOf(sonata), "circuit_config.json:6:");
  }
  {
    SonataFolder sonata;
    replace(sonata.simulation, "\"h5\"", "\"nwb\"");
    sonata.write();
    has(ImportedSonata(sonata.folder / "simulation_config.json").error(),
        "/inputs/lgn: error: input 'lgn' has input_type 'spikes' and module "
        "'nwb'");
  }
}

} // namespace
