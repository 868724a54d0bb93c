// Damaged files end in a network or in one error, never in a crash.

#include "test/unit/import_sonata/Support.h"

#include "runtime/sonata/Circuit.h"
#include "runtime/sonata/Types.h"

using namespace limen;
using namespace limen::test;

namespace {

/// Calls `read` with every damaged copy of `name` in its place.
template <typename Read>
void damageHdf5(const std::string &name, int cuts, int flips, Read read) {
  SonataFolder sonata;
  const std::string config = sonata.write();
  const std::string path = sonata.path(name);
  const std::string original = *readFile(path);
  sonata.folder.file("original", original);
  int refused = 0;
  forDamagedCopies(
      sonata.folder / "original", cuts, flips, [&](const std::string &copy) {
        std::filesystem::copy_file(
            copy, path, std::filesystem::copy_options::overwrite_existing);
        const std::optional<Error> error = read(config, path);
        if (!error)
          return;
        ++refused;
        EXPECT_FALSE(error->message.empty());
        EXPECT_FALSE(error->place.file.empty());
      });
  EXPECT_GE(refused, cuts) << "every shortened file must be refused";
}

TEST(SonataDamage, nodes) {
  damageHdf5("nodes_v1.h5", 60, 60,
             [](const std::string &, const std::string &path) {
               sonata::Config config;
               config.nodes.push_back({path, "", {}});
               std::vector<std::string> assumptions;
               auto read = sonata::readNodes(config, assumptions);
               return read ? std::optional<Error>() : read.takeError();
             });
}

TEST(SonataDamage, edges) {
  damageHdf5("edges_b'v1_v1'.h5", 20, 30,
             [](const std::string &config, const std::string &) {
               ImportedSonata imported(config);
               return imported.module ? std::optional<Error>()
                                      : imported.module.takeError();
             });
}

/// Cuts `text` at every place and changes every byte, `flips` ways each.
template <typename Use>
void forDamagedTexts(const std::string &text, int flips, Use use) {
  const TemporaryFolder folder;
  uint64_t state = 1;
  for (size_t i = 0; i < text.size(); ++i) {
    use(folder.file("t", text.substr(0, i)));
    for (int k = 0; k < flips; ++k) {
      std::string copy = text;
      state = state * 6364136223846793005u + 1442695040888963407u;
      copy[i] = static_cast<char>(state >> 56);
      use(folder.file("t", copy));
    }
  }
}

TEST(SonataDamage, types) {
  int refused = 0;
  forDamagedTexts(SonataFolder().nodeTypes, 4, [&](const std::string &path) {
    refused += !sonata::TypesTable::read(path, "node_type_id");
  });
  EXPECT_GT(refused, 100);
}

TEST(SonataDamage, configurations) {
  int refused = 0;
  for (const std::string &text :
       {SonataFolder().circuit, SonataFolder().simulation})
    forDamagedTexts(text, 1, [&](const std::string &path) {
      std::vector<std::string> assumptions;
      refused += !sonata::readConfig(path, assumptions);
    });
  EXPECT_GT(refused, 1000);
}

} // namespace
