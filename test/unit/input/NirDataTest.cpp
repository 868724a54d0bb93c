// NIRData files: grids, events, nested graphs, damage.

#include "runtime/hdf5/FileWriter.h"
#include "runtime/input/Open.h"
#include "test/unit/hdf5/Writer.h"

#include <cmath>

using namespace limen;
using namespace limen::input;
using namespace limen::test;

namespace {

void type(h5::FileWriter &w, const std::string &object, const char *name) {
  w.attribute(object, "__type__", std::string(name));
}

/// Node "cell" with a grid of 2 samples, 3 steps, 2 neurons, and with events.
std::string write(const TemporaryFolder &folder) {
  h5::FileWriter w;
  type(w, "/", "NIRGraphData");
  const std::string grid = "/nodes/cell/observables/grid";
  const std::vector<float> data = {0, 1, 0, 0, 2.5, 0, 1, 1, 0, 0, 0, 0};
  w.numbers<float>(grid + "/data", {2, 3, 2}, data);
  type(w, grid, "TimeGriddedData");
  w.attribute(grid, "dt", 2e-3);
  const std::string events = "/nodes/cell/observables/events";
  const std::vector<int64_t> idx = {1, 0, 1, -1, 0, -1, -1, -1};
  const double end = INFINITY;
  const std::vector<double> time = {0.7e-3, 1e-3, 0.9e-3, end,
                                    2e-3,   end,  end,    end};
  w.numbers<int64_t>(events + "/idx", {2, 4}, idx);
  w.numbers<double>(events + "/time", {2, 4}, time);
  type(w, events, "EventData");
  w.attribute(events, "n_neurons", int64_t{2});
  w.attribute(events, "t_max", 3e-3);
  type(w, "/nodes/cell", "NIRNodeData");
  EXPECT_TRUE(w.save(folder / "d.h5"));
  return folder / "d.h5";
}

/// "step:index=value" of every event.
std::string textOf(const Sample &sample) {
  std::string text;
  for (uint32_t step = 0; step < sample.steps; ++step)
    for (const Event &event : sample.at(step))
      text += std::to_string(step) + ":" + std::to_string(event.index) + "=" +
              std::to_string(event.value).substr(0, 3) + " ";
  return text;
}

TEST(NirData, grids) {
  const TemporaryFolder folder;
  auto source = openSource("nirdata:" + write(folder) + ":cell/grid", {});
  ASSERT_TRUE(source) << source.error().text();
  ASSERT_EQ((*source)->size(), 2u);
  EXPECT_EQ((*source)->shape(), network::Shape{2});
  EXPECT_EQ((*source)->stepTime()->value(), 2e-3);
  EXPECT_EQ(textOf(*(*source)->sample(0)), "0:1=1.0 2:0=2.5 ");
  EXPECT_EQ(textOf(*(*source)->sample(1)), "0:0=1.0 0:1=1.0 ");
  EXPECT_EQ((*source)->sample(1)->steps, 3u);
}

TEST(NirData, eventsByEitherRule) {
  const TemporaryFolder folder;
  const std::string spec = "nirdata:" + write(folder) + ":cell/events";
  auto starts = openSource(spec, {});
  ASSERT_TRUE(starts) << starts.error().text();
  EXPECT_EQ(textOf(*(*starts)->sample(0)), "0:1=2.0 1:0=1.0 ");
  EXPECT_EQ(textOf(*(*starts)->sample(1)), "2:0=1.0 ");
  auto ends = openSource(spec + ",times=end", {});
  ASSERT_TRUE(ends) << ends.error().text();
  EXPECT_EQ(textOf(*(*ends)->sample(0)), "0:0=1.0 0:1=2.0 ");
  EXPECT_EQ(textOf(*(*ends)->sample(1)), "1:0=1.0 ");
  EXPECT_EQ((*ends)->sample(1)->steps, 3u);
}

TEST(NirData, whatIsNotThereIsNamed) {
  const TemporaryFolder folder;
  const std::string file = write(folder);
  const auto error = [&](const std::string &rest) {
    auto source = openSource("nirdata:" + file + rest, {});
    return source ? std::string("no error") : source.error().text();
  };
  EXPECT_NE(error(":cell").find("2 observables"), std::string::npos);
  EXPECT_NE(error(":soma").find("no node 'soma'"), std::string::npos);
  EXPECT_NE(error(":cell/v").find("events, grid"), std::string::npos);
  EXPECT_NE(error(":cell/grid,times=now").find("times=now"), std::string::npos);
  const std::string other = folder / "x.h5";
  {
    Writer(other).group("/nodes");
  }
  auto source = openSource("nirdata:" + other, {});
  ASSERT_FALSE(source);
  EXPECT_NE(source.error().text().find("is not NIRData"), std::string::npos);
}

TEST(NirData, damagedFiles) {
  const TemporaryFolder folder;
  forDamagedCopies(write(folder), 15, 40, [](const std::string &path) {
    for (const char *name : {"grid", "events"})
      if (auto source = openSource("nirdata:" + path + ":cell/" + name, {}))
        for (size_t i = 0; i < std::min<size_t>((*source)->size(), 4); ++i)
          (void)(*source)->sample(i);
  });
}

} // namespace
