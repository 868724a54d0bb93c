// Rows that are drawn when a program is loaded, beside rows in the program.

#include "compiler/Conversion/SnnToSpin/SnnToSpin.h"
#include "compiler/Mapping/SynapticRows.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "dialects/snn/IR/NetworkView.h"
#include "dialects/spin/IR/Spin.h"
#include "runtime/program/SpinLoader.h"
#include "runtime/program/SynapseExpander.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>
#include <map>

using namespace limen;

namespace {

// Several projections between one pair of slices, slices that are not full,
// delays of up to five stages, rows of more than 256 words, weights of both
// signs and weights that become 0.
const char *const text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<300>
  %a = snn.random "ff" %s normal(0.3, 0.5) density 0.3 gain 1.0 seed 3 delay 1
      : !snn.spikes<300> -> !snn.current<600>
  %b = snn.random "many" %s normal(0.01, 0.01) density 1.0 gain 1.0 seed 5
      wiring <fixed_total 500000> delays <normal(5.0, 3.0), 1 to 15>
      : !snn.spikes<300> -> !snn.current<600>
  %r = snn.random "rec" %h lognormal(0.1, 1.0) density 0.1 gain -1.0 seed 4
      delays <normal(30.0, 20.0), 1 to 70> : !snn.spikes<600> -> !snn.current<600>
  %d = snn.one_to_one %h weights(dense<0.00001> : tensor<f32>) delay 2
      : !snn.spikes<600> -> !snn.current<600>
  %h = snn.neuron "hidden" @if(%a, %b, %r, %d) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<600>, !snn.current<600>, !snn.current<600>, !snn.current<600>)
      -> !snn.spikes<600>
  snn.output "out" %h : !snn.spikes<600>
})";

struct Loaded {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  network::Network network;
  program::SpinProgram program;

  explicit Loaded(const std::string &rows) {
    mlir::DialectRegistry registry;
    registry.insert<snn::SnnDialect, spin::SpinDialect,
                    mlir::arith::ArithDialect, mlir::math::MathDialect>();
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    module = mlir::parseSourceString<mlir::ModuleOp>(
        text, mlir::ParserConfig(&context, /*verifyAfterParse=*/false));
    snn::getOrInsertModel(*module, "if");
    mlir::PassManager passes(&context);
    ConvertSnnToSpinOptions options;
    options.rows = rows;
    passes.addPass(createConvertSnnToSpin(options));
    EXPECT_TRUE(mlir::succeeded(passes.run(*module)));
    network = *snn::viewNetwork(snn::theNetwork(*module));
    auto loaded = program::loadSpinProgram(*module, network);
    EXPECT_TRUE(bool(loaded)) << loaded.error().text();
    program = std::move(*loaded);
  }
};

std::vector<uint32_t> copyOf(const network::Array<uint32_t> &array) {
  return {array.values.begin(), array.values.end()};
}

} // namespace

TEST(DrawnRows, AreTheRowsOfACompletedProgram) {
  const Loaded stored("stored"), drawn("auto");
  ASSERT_EQ(stored.program.cores.size(), drawn.program.cores.size());
  unsigned extensions = 0, split = 0;
  for (size_t c = 0; c < stored.program.cores.size(); ++c) {
    const program::SpinCore &a = stored.program.cores[c],
                            &b = drawn.program.cores[c];
    EXPECT_EQ(a.place, b.place);
    EXPECT_EQ(a.shifts, b.shifts);
    EXPECT_EQ(a.format.ringBits(), b.format.ringBits());
    EXPECT_EQ(copyOf(a.table), copyOf(b.table)) << a.name;
    EXPECT_EQ(copyOf(a.addresses), copyOf(b.addresses)) << a.name;
    EXPECT_EQ(copyOf(a.rows), copyOf(b.rows)) << a.name;
    EXPECT_TRUE(a.drawn.projections.empty());
    EXPECT_EQ(b.drawn.projections.empty(), !b.hasNeurons());
    extensions += a.isDelay();
    for (size_t w = 4; w < b.drawn.blocks.size(); ++w)
      split += b.drawn.blocks[w] == b.drawn.blocks[w - 1];
  }
  EXPECT_GT(extensions, 0u);
  EXPECT_GT(split, 0u) << "no row is longer than a block";
  EXPECT_EQ(stored.program.remarks, drawn.program.remarks);
}

TEST(DrawnRows, GiveTheConnectionsOfTheNetworkBack) {
  // The inverse: every word of every core, followed to its source.
  const Loaded loaded("auto");
  const program::SpinProgram &program = loaded.program;
  using Key = std::array<uint32_t, 5>; // node, source, target, delay, weight
  std::map<Key, int> left;
  std::vector<uint32_t> delays(loaded.network.projections.size(), 0);
  for (const program::SpinCore &core : program.cores)
    for (size_t k = 0; k < core.drawn.projections.size(); ++k)
      delays[core.drawn.projections[k]] = core.drawn.delays[k];
  const program::SpinCore *one = nullptr;
  for (const program::SpinCore &core : program.cores)
    if (core.hasNeurons())
      one = &core;
  for (size_t p = 0; p < delays.size(); ++p) {
    const network::Projection &projection = loaded.network.projections[p];
    const network::Rows rows = network::expandRows(projection);
    for (uint32_t i = 0; i < rows.sources(); ++i)
      for (const network::Synapse &synapse : rows.row(i)) {
        const unsigned shift = one->shifts[synapse.weight < 0];
        const auto units = static_cast<uint32_t>(
            std::min(65535.0, std::floor(std::abs(double(synapse.weight)) *
                                             std::ldexp(1.0, 15 - int(shift)) +
                                         0.5)));
        if (units > 0)
          ++left[{projection.source, i, synapse.target,
                  delays[p] + synapse.delay,
                  units << 1 | (synapse.weight < 0)}];
      }
  }
  uint64_t found = 0;
  for (const program::SpinCore &core : program.cores) {
    if (!core.hasNeurons())
      continue;
    mapping::CoreImage image;
    image.layout = core.format;
    image.table = copyOf(core.table);
    image.addresses = copyOf(core.addresses);
    image.rows = copyOf(core.rows);
    for (const program::SpinCore &sender : program.cores)
      for (uint32_t k = 0; sender.sends && k < sender.keys(); ++k) {
        std::vector<mapping::Connection> connections;
        auto read =
            mapping::readConnections(image, sender.key + k, connections);
        ASSERT_TRUE(bool(read)) << read.error().text();
        const uint32_t stage = sender.isDelay() ? 1 + k / sender.size() : 0;
        for (const mapping::Connection &c : connections) {
          --left[{sender.node, sender.begin + k % sender.size(),
                  core.begin + c.target, c.delay + stage * sender.step,
                  c.weight << 1 | c.type}];
          ++found;
        }
      }
  }
  for (const auto &[key, count] : left)
    ASSERT_EQ(count, 0) << "node " << key[0] << ", source " << key[1]
                        << ", target " << key[2] << ", delay " << key[3];
  EXPECT_GT(found, 500000u);
}

TEST(DrawnRows, DoNotDependOnThreads) {
  Loaded loaded("auto");
  std::vector<std::vector<uint32_t>> wanted;
  for (const program::SpinCore &core : loaded.program.cores)
    wanted.push_back(copyOf(core.rows));
  for (unsigned threads : {1u, 3u}) {
    ASSERT_TRUE(
        bool(program::expandSynapses(loaded.program, loaded.network, threads)));
    for (size_t c = 0; c < wanted.size(); ++c)
      EXPECT_EQ(copyOf(loaded.program.cores[c].rows), wanted[c]);
  }
}

TEST(DrawnRows, ThatDoNotFitTheirBlocksAreAnError) {
  Loaded loaded("auto");
  for (program::SpinCore &core : loaded.program.cores) {
    if (!core.hasNeurons())
      continue;
    // One word less for every row of the first block.
    std::vector<uint32_t> addresses = copyOf(core.addresses);
    ASSERT_GT(addresses[0] & 0xff, 0u);
    --addresses[0];
    core.addresses = network::Array<uint32_t>::own(std::move(addresses));
    auto filled = program::expandSynapses(loaded.program, loaded.network);
    ASSERT_FALSE(filled);
    EXPECT_NE(filled.error().message.find("for core '" + core.name + "'"),
              std::string::npos)
        << filled.error().text();
    return;
  }
}
