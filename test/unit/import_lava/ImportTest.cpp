// Lava netx files: layers, layouts, delays, refusals, damage.

#include "compiler/Import/Lava/LavaImport.h"
#include "test/unit/Imported.h"
#include "test/unit/hdf5/Writer.h"

#include <functional>

using namespace limen;
using namespace limen::test;

namespace {

/// Writes a layer as slayer does: types as |S10[1], numbers as whole arrays.
class NetWriter : public Writer {
public:
  using Writer::Writer;
  std::string layer(int index, const std::string &type) {
    const std::string path = "/layer/" + std::to_string(index);
    fixedString(path + "/type", type, 10);
    return path;
  }
  void neuron(const std::string &path, const std::string &type = "CUBA",
              double threshold = 80) {
    fixedString(path + "/neuron/type", type, 10);
    integers(path + "/neuron/iDecay", {}, {1024});
    integers(path + "/neuron/vDecay", {}, {128});
    integers(path + "/neuron/vThMant", {}, {threshold});
    integers(path + "/neuron/refDelay", {}, {1});
  }
  void dense(int index, hsize_t out, hsize_t in, double first = 1) {
    const std::string path = layer(index, "dense");
    std::vector<double> weights(out * in);
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] = first + double(i);
    integers(path + "/weight", {out, in}, weights);
    integers(path + "/shape", {1}, {double(out)});
    neuron(path);
  }
};

struct Imported : ImportedModule {
  explicit Imported(const std::string &file)
      : ImportedModule([&](auto *context, auto &assumptions) {
          return lava::importLava(file, context, assumptions);
        }) {}
};

std::vector<network::Synapse> synapsesOf(const network::Network &net,
                                         const std::string &target,
                                         uint32_t source) {
  std::vector<network::Synapse> out;
  for (const network::Projection &projection : net.projections)
    if (net.nodes[projection.target].name == target) {
      EXPECT_EQ(projection.stages.size(), 1u);
      network::appendSynapses(projection.stages[0], source, out);
      for (network::Synapse &synapse : out)
        synapse.delay += projection.delay;
    }
  return out;
}

TEST(ImportLava, denseLayersBiasAndDelays) {
  const TemporaryFolder folder;
  const std::string path = folder / "net.net";
  {
    NetWriter w(path);
    w.dense(0, 2, 3);
    w.integers("/layer/0/bias", {2}, {5, -3});
    w.integers("/layer/0/delay", {2}, {0, 4});
    w.dense(1, 1, 2, 10);
    w.numbers("/simulation/Ts", {}, {2});
  }
  Imported imported(path);
  ASSERT_TRUE(imported.module) << imported.error();
  const network::Network net = imported.view();
  EXPECT_DOUBLE_EQ(net.dt.value(), 2e-3);
  EXPECT_EQ(net.nodes[net.inputNode()].size, 3);
  // Weights [out, in] row-major: 1 2 3 / 4 5 6, one step later.
  const auto first = synapsesOf(net, "layer0", 1);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].weight, 2);
  EXPECT_EQ(first[1].weight, 5);
  EXPECT_EQ(first[1].delay, 1u);
  // The delay behind neuron 1 of layer 0.
  EXPECT_EQ(synapsesOf(net, "layer1", 0).at(0).delay, 1u);
  EXPECT_EQ(synapsesOf(net, "layer1", 1).at(0).delay, 5u);
  snn::NeuronOp neuron;
  (*imported.module)->walk([&](snn::NeuronOp op) {
    if (op.getName() == "layer0")
      neuron = op;
  });
  const auto bias =
      mlir::cast<mlir::DenseElementsAttr>(neuron.getParameters().get("bias"));
  EXPECT_EQ(bias.getValues<double>()[1], -3);
}

TEST(ImportLava, convolutionInBothLayouts) {
  for (const bool reversed : {false, true}) {
    const TemporaryFolder folder;
    const std::string path = folder / "net.net";
    {
      NetWriter w(path);
      const std::string in = w.layer(0, "input");
      w.integers(in + "/shape", {3},
                 reversed ? std::vector<double>{5, 4, 2}
                          : std::vector<double>{2, 4, 5});
      const std::string conv = w.layer(1, "conv");
      std::vector<double> kernel(3 * 2 * 2 * 3);
      for (size_t i = 0; i < kernel.size(); ++i)
        kernel[i] = double(i) + 1;
      w.integers(conv + "/weight", {3, 2, 2, 3, 1}, kernel);
      w.integers(conv + "/stride", {2}, {2, 1});
      w.integers(conv + "/padding", {2}, {0, 1});
      w.integers(conv + "/bias", {3}, {1, 2, 3});
      w.integers(conv + "/shape", {3},
                 reversed ? std::vector<double>{5, 2, 3}
                          : std::vector<double>{3, 2, 5});
      w.neuron(conv, "LOIHI");
      w.integers(conv + "/neuron/wgtExp", {}, {1});
      w.layer(2, "flatten");
      w.dense(3, 2, 30);
    }
    Imported imported(path);
    ASSERT_TRUE(imported.module) << imported.error();
    EXPECT_EQ(imported.assumed("width x height x channels"), reversed);
    const network::Network net = imported.view();
    EXPECT_EQ(net.nodes[net.inputNode()].shape, (network::Shape{2, 4, 5}));
    // Element (1, 0, 0): tap (0, 1) of channel 1 leads to output (co, 0, 0),
    // weight 2^wgtExp times 1 + 12 co + 6 + 1, and tap (0, 0) to (co, 0, 1).
    const auto found = synapsesOf(net, "layer1", 20);
    ASSERT_EQ(found.size(), 6u);
    EXPECT_EQ(found[0].target, 0u);
    EXPECT_EQ(found[0].weight, 16);
    EXPECT_EQ(found[1].target, 1u);
    EXPECT_EQ(found[1].weight, 14);
    EXPECT_EQ(found[2].target, 10u);
    EXPECT_EQ(found[2].weight, 40);
  }
}

TEST(ImportLava, refusesByNameAndPlace) {
  const auto error = [](const std::function<void(NetWriter &)> &write) {
    const TemporaryFolder folder;
    const std::string path = folder / "net.net";
    {
      NetWriter w(path);
      write(w);
    }
    return Imported(path).error();
  };
  const auto has = [](const std::string &text, const std::string &part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  has(error([](NetWriter &w) {
        w.dense(0, 2, 3);
        w.layer(1, "pool");
      }),
      "net.net: /layer/1: error: layers of type 'pool'");
  has(error([](NetWriter &w) {
        const std::string path = w.layer(0, "dense");
        w.integers(path + "/weight", {1, 1}, {1});
        w.neuron(path, "SDNN");
      }),
      "/layer/0/neuron: error: neurons of type 'SDNN'");
  has(error([](NetWriter &w) {
        w.dense(0, 2, 3);
        w.dense(1, 2, 3);
      }),
      "/layer/1/weight: error: has shape [2, 3]; [neurons, 2]");
  has(error([](NetWriter &w) {
        const std::string path = w.layer(0, "dense");
        w.numbers(path + "/weight", {1, 1}, {0.5});
        w.neuron(path);
      }),
      "/layer/0/weight: error: holds 0.5; whole numbers");
  has(error([](NetWriter &w) {
        const std::string path = w.layer(0, "dense");
        w.integers(path + "/weight", {1, 1}, {1});
        w.neuron(path, "CUBA", 1 << 17);
      }),
      "/layer/0/neuron/vThMant: error: holds 131072");
  has(error([](NetWriter &w) { w.group("/layer"); }), "has no layer");
  has(error([](NetWriter &w) {
        const std::string path = w.layer(0, "input");
        w.integers(path + "/shape", {1}, {2});
        w.neuron(path);
      }),
      "the input layer has neurons of its own");
}

TEST(ImportLava, damagedFiles) {
  const TemporaryFolder folder;
  const std::string path = folder / "net.net";
  {
    NetWriter w(path);
    w.dense(0, 4, 3);
    w.integers("/layer/0/delay", {4}, {0, 4, 1, 2});
    w.dense(1, 2, 4);
  }
  int refused = 0;
  forDamagedCopies(path, 60, 60, [&](const std::string &copy) {
    Imported imported(copy);
    if (imported.module)
      return;
    ++refused;
    EXPECT_FALSE(imported.module.error().message.empty());
    EXPECT_FALSE(imported.module.error().place.file.empty());
  });
  EXPECT_GE(refused, 60) << "every shortened file must be refused";
}

} // namespace
