// Spikes in files of this program and of others.

#include "runtime/report/Recording.h"

#include "test/unit/hdf5/Writer.h"

#include <cmath>

using namespace limen;
using namespace limen::report;

namespace {

uint64_t spike(uint64_t step, uint64_t neuron) { return step << 32 | neuron; }

Recording read(const std::string &path, double step = 1e-3) {
  Result<Recording> recording = readRecording(path, Seconds(step));
  EXPECT_TRUE(bool(recording)) << recording.error().text();
  return recording ? std::move(*recording) : Recording{};
}

void expectError(const std::string &path, const std::string &part) {
  Result<Recording> recording = readRecording(path, Seconds(1e-3));
  ASSERT_FALSE(recording) << "wanted: " << part;
  EXPECT_NE(recording.error().text().find(part), std::string::npos)
      << recording.error().text();
}

const engine::Raster &rasterOf(const Recording &recording,
                               const std::string &name,
                               const std::string &sample = "0") {
  static const engine::Raster none = {~uint64_t(0)};
  for (size_t p = 0; p < recording.populations.size(); ++p)
    if (recording.populations[p].name == name)
      return recording.raster(p, sample);
  return none;
}

} // namespace

TEST(Recording, TracesOfARun) {
  const test::TemporaryFolder folder;
  folder.file("run/hidden.csv", "sample,step,neuron,value\n"
                                "3,0,0,0\n3,0,1,2\n3,1,0,1\n4,0,0,0\n");
  const Recording recording = read(folder / "run");
  EXPECT_EQ(recording.samples, (std::vector<std::string>{"3", "4"}));
  EXPECT_EQ(rasterOf(recording, "hidden", "3"),
            (engine::Raster{spike(0, 1), spike(0, 1), spike(1, 0)}));
  EXPECT_EQ(rasterOf(recording, "hidden", "4"), engine::Raster{});
}

TEST(Recording, ListsOfOtherPrograms) {
  const test::TemporaryFolder folder;
  const Recording steps = read(folder.file(
      "a.csv", "neuron,step,population\r\n5,9,x\r\n1,2,y\r\n\r\n2,2,x\r\n"));
  EXPECT_EQ(rasterOf(steps, "x"), (engine::Raster{spike(2, 2), spike(9, 5)}));
  EXPECT_EQ(rasterOf(steps, "y"), (engine::Raster{spike(2, 1)}));
  // 0.3 ms at 0.1 ms is step 3, whatever the division says.
  const Recording times =
      read(folder.file("b.csv", "time_ms,neuron\n0.3,1\n0.39,2\n0,0\n"), 1e-4);
  EXPECT_EQ(rasterOf(times, "b"),
            (engine::Raster{spike(0, 0), spike(3, 1), spike(3, 2)}));
  EXPECT_EQ(rasterOf(read(folder.file("c.csv", "step,neuron\n")), "c"),
            engine::Raster{});
}

TEST(Recording, WhatIsNotSpikes) {
  const test::TemporaryFolder folder;
  expectError(folder / "none.csv", "none.csv");
  expectError(folder.file("a.csv", ""), "is empty");
  expectError(folder.file("b.csv", "a,b\n1,2\n"), "'neuron' and 'step'");
  expectError(folder.file("c.csv", "step,neuron\n1,2\n1,x\n"),
              "c.csv:3:1: error: column 'neuron': 'x' is not a whole number");
  expectError(folder.file("d.csv", "step,neuron\n1,-2\n"), "'-2'");
  expectError(folder.file("e.csv", "step,neuron,value\n1,2,0.5\n"),
              "0.5 is not a number of spikes");
  expectError(folder.file("f.csv", "step,neuron\n1,2,3\n"),
              "has 3 columns, the first line names 2");
  expectError(folder.file("g.csv", "time_ms,neuron\n-1,2\n"), "the time");
  expectError(folder.file("h.csv", "time_ms,neuron\nnan,2\n"), "the time");
  folder.file("empty/note.txt", "");
  expectError(folder / "empty", "has no recorded spikes");
  expectError(folder.file("i.h5", "not HDF5"), "i.h5");
}

TEST(Recording, Sonata) {
  const test::TemporaryFolder folder;
  {
    test::Writer(folder / "s.h5")
        .numbers("/spikes/exc/timestamps", {3}, {0.5, 2.0, 1.0}, H5T_IEEE_F64LE)
        .integers("/spikes/exc/node_ids", {3}, {7, 1, 2});
  }
  const Recording recording = read(folder / "s.h5", 5e-4);
  EXPECT_EQ(rasterOf(recording, "exc"),
            (engine::Raster{spike(1, 7), spike(2, 2), spike(4, 1)}));
  {
    test::Writer(folder / "old.h5")
        .numbers("/spikes/timestamps", {1}, {3}, H5T_IEEE_F64LE)
        .integers("/spikes/gids", {1}, {4});
  }
  EXPECT_EQ(rasterOf(read(folder / "old.h5"), "spikes"),
            engine::Raster{spike(3, 4)});
  {
    test::Writer(folder / "bad.h5")
        .numbers("/spikes/exc/timestamps", {2}, {1, 2}, H5T_IEEE_F64LE)
        .integers("/spikes/exc/node_ids", {1}, {7});
  }
  expectError(folder / "bad.h5", "has 2 timestamps and 1 node_ids");
  {
    test::Writer(folder / "other.h5").integers("/data", {1}, {7});
  }
  expectError(folder / "other.h5", "has no spikes");
}

TEST(Recording, NirData) {
  const test::TemporaryFolder folder;
  {
    test::Writer(folder / "n.h5")
        .integers("/nodes/lif/observables/spikes/data", {2, 3, 2},
                  {0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 2})
        .integers("/nodes/ev/observables/spikes/idx", {2, 2}, {3, -1, 0, 1})
        .numbers("/nodes/ev/observables/spikes/time", {2, 2},
                 {0.002, HUGE_VAL, 0.001, 0.004}, H5T_IEEE_F64LE);
  }
  const Recording recording = read(folder / "n.h5");
  EXPECT_EQ(rasterOf(recording, "lif", "0"),
            (engine::Raster{spike(0, 1), spike(2, 0), spike(2, 1)}));
  EXPECT_EQ(rasterOf(recording, "lif", "1"),
            (engine::Raster{spike(2, 1), spike(2, 1)}));
  EXPECT_EQ(rasterOf(recording, "ev", "0"), engine::Raster{spike(2, 3)});
  EXPECT_EQ(rasterOf(recording, "ev", "1"),
            (engine::Raster{spike(1, 0), spike(4, 1)}));
}

TEST(Recording, DamagedHdf5) {
  const test::TemporaryFolder folder;
  {
    test::Writer(folder / "s.h5")
        .numbers("/spikes/exc/timestamps", {3}, {0.5, 2.0, 1.0}, H5T_IEEE_F64LE)
        .integers("/spikes/exc/node_ids", {3}, {7, 1, 2});
  }
  // Whatever is read of it, nothing crashes and errors have a place.
  test::forDamagedCopies(folder / "s.h5", 20, 40, [](const std::string &path) {
    Result<Recording> recording = readRecording(path, Seconds(1e-3));
    if (!recording) {
      EXPECT_FALSE(recording.error().place.file.empty());
    }
  });
}

TEST(Recording, WindowOfAState) {
  const test::TemporaryFolder folder;
  const std::string file =
      folder.file("a.v.csv", "sample,step,neuron,value\n"
                             "0,3,1,0.25\n0,3,0,9\n0,4,1,-1e-3\n1,4,1,7\n");
  Result<std::vector<float>> values = readStateWindow(file, "0", 1, 2, 4);
  ASSERT_TRUE(values);
  EXPECT_TRUE(std::isnan((*values)[0]));
  EXPECT_EQ((*values)[1], 0.25f);
  EXPECT_EQ((*values)[2], -1e-3f);
  EXPECT_TRUE(std::isnan((*values)[3]));
}
