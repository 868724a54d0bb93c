// An engine with a small network, known prices and no simulation behind it.
#pragma once

#include "runtime/report/Report.h"

namespace limen::test {

/// input(4) -dense-> a(3 lif, 2 bits) -random, delay 1-> b(2), readout of b.
inline network::Network smallNetwork() {
  network::Network net;
  net.name = "small";
  net.dt = Seconds(1e-3);
  network::Node in;
  in.name = "in";
  in.shape = {2, 2};
  in.size = 4;
  in.isInput = true;
  network::Node a;
  a.name = "a";
  a.shape = {3};
  a.size = 3;
  a.spikeBits = 2;
  a.model.name = "lif";
  a.model.states = {{"v", network::Array<double>::own({0})}};
  a.model.coefficients = {{"rate", network::Array<double>::own({0.5})}};
  a.model.receptors = {"exc"};
  network::Node b = a;
  b.name = "b";
  b.shape = {2};
  b.size = 2;
  b.spikeBits = 1;
  net.nodes = {in, a, b};

  network::Stage dense;
  dense.kind = network::Dense{
      network::Array<float>::own({1, 2, 3, 0, 5, 6, 7, 8, 9, 10, 11, 0})};
  dense.inputs = 4;
  dense.outputs = 3;
  dense.bias = network::Array<float>::own({1, 1, 1});
  network::Projection first;
  first.name = "in -> a";
  first.target = 1;
  first.stages = {dense};
  first.weightBits = 8;

  network::Stage random;
  random.kind = network::Random{
      .distribution = network::Distribution::Constant, .a = 2, .density = 1};
  random.inputs = 3;
  random.outputs = 2;
  network::Projection second;
  second.name = "a -> b";
  second.source = 1;
  second.target = 2;
  second.delay = 1;
  second.stages = {random};
  second.weightBits = 4;
  net.projections = {first, second};

  net.readouts = {{"head", 2, 2, network::Array<float>::own({1, 0, 0, 1}),
                   network::Array<float>::own({0, 0.1f})}};
  net.outputs = {{"head", 0, true}};
  net.order = {1, 2};
  return net;
}

class FakeEngine : public engine::Engine {
public:
  explicit FakeEngine(bool chip) : net(smallNetwork()), chip(chip) {}

  const network::Network &network() const override { return net; }
  std::unique_ptr<engine::Session>
  open(const engine::SessionOptions &) const override {
    return nullptr;
  }
  std::vector<engine::Action> actions() const override {
    if (!chip)
      return {};
    return {{"core.cycle", "awake cycles"}, {"router.packet", "packets"}};
  }
  Ledger price(std::span<const uint64_t> actions, Seconds time) const override {
    Ledger ledger;
    if (!chip)
      return ledger;
    ledger.charge("core", "cycle", actions[0],
                  {Joules(2e-12), Status::Published, "a paper"});
    ledger.charge("router", "packet", actions[1],
                  {Joules(3e-12), Status::Assumed, "a guess"});
    ledger.bound("router", "packet", {1e-12, 4e-12, "others"});
    ledger.hold("chip", "static", time,
                {Watts(0.5), Status::Measured, "a meter"});
    return ledger;
  }
  std::vector<engine::Resource> resources() const override {
    if (!chip)
      return {};
    return {{"cores", 2, 816, ""}};
  }
  std::optional<engine::Writing>
  writing(std::span<const uint64_t> actions) const override {
    if (!chip)
      return std::nullopt;
    engine::Writing out;
    out.program = {100,
                   800,
                   800,
                   Cycles(4000),
                   Seconds(2e-5),
                   Joules(1e-9),
                   {Joules(5e-10), Joules(4e-9)}};
    out.loads = {60,
                 480,
                 480,
                 Cycles(2400),
                 Seconds(1.2e-5),
                 Joules(6e-10),
                 {Joules(3e-10), Joules(9e-10)}};
    out.regions = 6;
    out.ofProgram = 1;
    out.ofLoads = 6;
    out.endurance = 1001;
    out.source = "a paper";
    return out;
  }
  std::vector<engine::UnitLoad> loads() const override {
    if (!chip)
      return {};
    return {{"core 1", "a", Cycles(50), Cycles(100), 0},
            {"core 2", "a", Cycles(120), Cycles(100), 7, 3, 1}};
  }
  std::vector<engine::Cause>
  causes(std::span<const uint64_t> actions) const override {
    return {{"rounding", actions[1], "weights are rounded"}};
  }
  std::vector<std::string> assumptions() const override {
    return {"reset to 0"};
  }
  std::vector<std::string>
  warnings(std::span<const uint64_t> actions) const override {
    if (!chip)
      return {};
    return {"saw " + std::to_string(actions[1]) + " packets"};
  }

  network::Network net;
  bool chip;
};

/// A sample of `steps` steps with spikes (in, a, b) and scores.
inline engine::SampleResult makeResult(const FakeEngine &engine, uint32_t steps,
                                       std::vector<uint64_t> spikes,
                                       std::vector<float> scores) {
  engine::SampleResult result;
  result.outputs = {std::move(scores)};
  result.spikes = std::move(spikes);
  result.steps = steps;
  result.synapticEvents = 50;
  if (engine.chip) {
    result.actions = {1000, 10};
    result.cycles = Cycles(2000);
    result.time = Seconds(steps * 2e-3);
  }
  return result;
}

/// Two labelled samples, one right, and one without a label.
inline report::Report makeReport(bool chip,
                                 std::optional<report::Comparison> comparison) {
  FakeEngine engine(chip);
  report::RunInfo info;
  info.target = {chip ? "chip-1" : "host", chip ? "spin" : "host",
                 chip ? "chip-1.yaml" : "", chip ? "table 1" : ""};
  info.versions = {{"limen", "0.1.0"}};
  info.input = "nmnist:test";
  info.seed = 3;
  info.noEnergy = "the host is not a chip model";
  info.comparison = std::move(comparison);
  info.hostSeconds = Seconds(123.5);
  const std::vector<report::SampleKey> keys = {
      {"0.bin", 1}, {"1.bin", 1}, {"2.bin", -1}};
  const std::vector<engine::SampleResult> results = {
      makeResult(engine, 10, {8, 3, 2}, {0.1f, 0.25f}),
      makeResult(engine, 10, {8, 6, 1}, {0.5f, 0.25f}),
      makeResult(engine, 20, {4, 3, 1}, {1, 0})};
  return report::build(engine, info, keys, results);
}

} // namespace limen::test
