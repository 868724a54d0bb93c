#include "test/unit/import_nir/Support.h"

#include <cmath>
#include <functional>

using namespace limen;
using namespace limen::test;

namespace {

/// The error of a chain in -> a (Affine 3 to 2) -> n -> out after `change`;
/// `parts` must all be in it.
void expectError(const std::function<void(NirWriter &)> &write,
                 const std::vector<std::string> &parts) {
  const TemporaryFolder folder;
  const std::string path = folder / "bad.nir";
  {
    NirWriter w(path);
    write(w);
  }
  const std::string error = Imported(path).error();
  for (const std::string &part : parts)
    EXPECT_NE(error.find(part), std::string::npos)
        << "'" << part << "' is not in: " << error;
}

void chain(NirWriter &w, double input = 3, double output = 2) {
  w.port("in", "Input", {input});
  w.linear("a", 2, 3, {1, 2, 3, 4, 5, 6}, {0.5, -0.5});
  w.integrateAndFire("n", {2});
  w.port("out", "Output", {output});
}
const std::vector<std::string> chainEdges = {"in", "a", "a", "n", "n", "out"};

TEST(ImportNirErrors, shapesNameBothNodes) {
  expectError(
      [](NirWriter &w) {
        chain(w, 12);
        w.edges(chainEdges);
      },
      {"/node/nodes/a", "/node/nodes/in", "[12]", "[3]"});
  expectError(
      [](NirWriter &w) {
        chain(w, 3, 5);
        w.edges(chainEdges);
      },
      {"/node/nodes/out", "/node/nodes/n", "[5]", "[2]"});
}

TEST(ImportNirErrors, edgesThatLeadNowhere) {
  expectError(
      [](NirWriter &w) {
        chain(w);
        w.edges({"in", "a", "a", "m", "n", "out"});
      },
      {"/node/edges", "['a', 'm']", "in, n, out"});
}

TEST(ImportNirErrors, nodesThatHangInTheAir) {
  expectError(
      [](NirWriter &w) {
        chain(w);
        w.edges({"in", "a", "n", "out"});
      },
      {"/node/nodes/n", "no incoming edge"});
  expectError(
      [](NirWriter &w) {
        chain(w);
        w.integrateAndFire("x", {2});
        w.integrateAndFire("y", {2});
        w.edges({"in", "a", "a", "n", "n", "out", "x", "y", "y", "x"});
      },
      {"/node/nodes/x", "not reached"});
}

TEST(ImportNirErrors, linearCycles) {
  expectError(
      [](NirWriter &w) {
        chain(w);
        w.linear("p", 2, 2, {1, 0, 0, 1});
        w.linear("q", 2, 2, {1, 0, 0, 1});
        w.edges(
            {"in", "a", "a", "p", "p", "q", "q", "p", "q", "n", "n", "out"});
      },
      {"cycle without neurons", "p", "q"});
}

TEST(ImportNirErrors, parameters) {
  expectError(
      [](NirWriter &w) {
        chain(w);
        w.node("z", "Sigmoid");
        w.edges(chainEdges);
      },
      {"/node/nodes/z", "'Sigmoid'", "CubaLIF"});
  auto lif = [](std::vector<double> tau, bool text = false) {
    return [=](NirWriter &w) {
      w.port("in", "Input", {2});
      const std::string n = w.node("n", "LIF");
      if (text)
        w.strings(n + "/tau", {}, {"fast"});
      else if (!tau.empty())
        w.numbers(n + "/tau", {tau.size()}, tau);
      for (const char *name : {"/r", "/v_leak", "/v_threshold"})
        w.numbers(n + name, {2}, {1, 1});
      w.port("out", "Output", {2});
      w.edges({"in", "n", "n", "out"});
    };
  };
  expectError(lif({}), {"/node/nodes/n/tau", "missing"});
  expectError(lif({1, -1}), {"/node/nodes/n/tau", "-1", "positive"});
  expectError(lif({1, NAN}), {"/node/nodes/n/tau", "not a number"});
  expectError(lif({1, 2, 3}), {"/node/nodes/n", "[3]", "[2]"});
  expectError(lif({}, true), {"/node/nodes/n/tau", "text"});
  expectError(
      [](NirWriter &w) {
        chain(w, -3);
        w.edges(chainEdges);
      },
      {"/node/nodes/in/shape", "-3"});
  expectError(
      [](NirWriter &w) {
        w.port("in", "Input", {1});
        w.linear("a", 1, 1, {NAN});
        w.integrateAndFire("n", {1});
        w.port("out", "Output", {1});
        w.edges(chainEdges);
      },
      {"/node/nodes/a/weight", "not a number"});
}

TEST(ImportNirErrors, containers) {
  const TemporaryFolder folder;
  EXPECT_NE(Imported(folder.file("a.nir", "")).error().find("is empty"),
            std::string::npos);
  EXPECT_NE(Imported(folder / "b.nir").error().find("no such file"),
            std::string::npos);
  const std::string other = folder / "c.nir";
  {
    Writer(other).group("/x");
  }
  EXPECT_NE(Imported(other).error().find("no group /node"), std::string::npos);
  expectError([](NirWriter &w) { w.group("/node/nodes"); },
              {"/node/edges", "missing"});
}

TEST(ImportNirErrors, recordedBrokenFiles) {
  LIMEN_DATA_OR_SKIP(edge, "nir/broken/braille_noDelay_bias_zero_subgraph.nir");
  LIMEN_DATA_OR_SKIP(zip, "nir/broken/nir_history_Braille_snntorch.nir");
  const std::string dangling = Imported(edge).error();
  EXPECT_NE(dangling.find("/node/nodes/lif1/edges"), std::string::npos);
  EXPECT_NE(dangling.find("['input', 'lif']"), std::string::npos) << dangling;
  const std::string archive = Imported(zip).error();
  EXPECT_NE(archive.find("ZIP archive"), std::string::npos) << archive;
}

} // namespace
