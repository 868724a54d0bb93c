// Damaged files end in a network or in one error, never in a crash.

#include "test/unit/import_nir/Support.h"

using namespace limen;
using namespace limen::test;

namespace {

void importDamaged(const std::string &original, int cuts, int flips) {
  int refused = 0;
  forDamagedCopies(original, cuts, flips, [&](const std::string &path) {
    Imported imported(path);
    if (imported.module)
      return;
    ++refused;
    EXPECT_FALSE(imported.module.error().message.empty());
    EXPECT_EQ(imported.module.error().place.file.substr(0, path.size()), path);
  });
  EXPECT_GE(refused, cuts) << "every shortened file must be refused";
}

TEST(ImportNirDamage, smallFile) {
  const TemporaryFolder folder;
  const std::string path = folder / "net.nir";
  {
    NirWriter w(path);
    w.port("in", "Input", {3});
    w.linear("a", 2, 3, {1, 2, 3, 4, 5, 6}, {0.5, -0.5});
    w.integrateAndFire("n", {2});
    w.port("out", "Output", {2});
    w.edges({"n", "out", "a", "n", "in", "a"});
  }
  importDamaged(path, 20, 50);
}

TEST(ImportNirDamage, recordedFile) {
  LIMEN_DATA_OR_SKIP(path, "nir/braille/braille_noDelay_bias_zero.nir");
  importDamaged(path, 200, 500);
}

} // namespace
