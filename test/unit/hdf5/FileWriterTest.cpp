// What the writer writes, the reader reads.

#include "runtime/hdf5/FileWriter.h"
#include "test/unit/hdf5/Writer.h"

#include <numeric>

using namespace limen;
using namespace limen::test;

namespace {

void fill(h5::FileWriter &w) {
  std::vector<double> many(3000);
  std::iota(many.begin(), many.end(), 0.5);
  w.numbers<double>("/a/b/many", {30, 100}, many);
  const int64_t one = -7;
  w.numbers<int64_t>("/a/one", {}, std::span(&one, 1));
  const std::vector<uint8_t> flags = {1, 0, 1};
  w.booleans("/flags", {3}, flags);
  w.strings("/names", {2}, {"ä", ""});
  w.attribute("/a", "kind", std::string("group"));
  w.attribute("/flags", "dt", 0.25);
}

TEST(FileWriter, readsBack) {
  const TemporaryFolder folder;
  h5::FileWriter w;
  fill(w);
  ASSERT_TRUE(w.save(folder / "a.h5"));
  Result<h5::File> file = h5::File::open(folder / "a.h5");
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->read<double>("/a/b/many")->values[2999], 2999.5);
  EXPECT_EQ(file->read<double>("/a/b/many")->shape, (h5::Shape{30, 100}));
  EXPECT_EQ(file->read<int64_t>("/a/one")->values.at(0), -7);
  EXPECT_TRUE(file->info("/a/one")->shape.empty());
  EXPECT_EQ(file->read<float>("/flags")->values, (std::vector<float>{1, 0, 1}));
  EXPECT_EQ(file->readStrings("/names")->values,
            (std::vector<std::string>{"ä", ""}));
  EXPECT_EQ(*file->attributeString("/a", "kind"), "group");
  EXPECT_EQ(*file->attributeNumber("/flags", "dt"), 0.25);
  EXPECT_FALSE(file->attributeNumber("/a", "kind"));
  EXPECT_FALSE(file->attributeString("/a", "none"));
  EXPECT_FALSE(file->attributeString("/missing", "kind"));
}

TEST(FileWriter, sameContentSameBytes) {
  const TemporaryFolder folder;
  for (const char *name : {"a.h5", "b.h5"}) {
    h5::FileWriter w;
    fill(w);
    ASSERT_TRUE(w.save(folder / name));
  }
  EXPECT_TRUE(*readFile(folder / "a.h5") == *readFile(folder / "b.h5"));
}

TEST(FileWriter, failuresAreReported) {
  const TemporaryFolder folder;
  h5::FileWriter twice;
  twice.string("/x", "a");
  twice.string("/x", "b");
  EXPECT_FALSE(twice.save(folder / "x.h5"));
  EXPECT_FALSE(std::filesystem::exists(folder / "x.h5"));
  h5::FileWriter nowhere;
  EXPECT_FALSE(nowhere.save(folder / "no/such/x.h5"));
}

} // namespace
