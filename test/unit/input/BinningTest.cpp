// Options of binning against results by hand. Most tests bin this recording of
// a sensor of 6 x 4 pixels:
//
//   t/us   0   900  1000  1400  2600  3999
//   x, y  0,0  2,1   3,2   2,1   5,3   3,2
//   p      1    1     0     0     1     0

#include "runtime/input/Binning.h"
#include "runtime/input/Open.h"
#include "test/unit/input/Folder.h"

using namespace limen;
using namespace limen::input;

namespace {

class Binned : public testing::Test {
protected:
  Sample bin(const std::string &options,
             const std::string &rows = "0,0,0,1\n900,2,1,1\n1000,3,2,0\n"
                                       "1400,2,1,0\n2600,5,3,1\n"
                                       "3999,3,2,0\n") {
    const std::string file = folder.write("a.csv", "t,x,y,p\n" + rows);
    const auto source =
        openSource("events:" + file + ",size=6x4" + options, {});
    EXPECT_TRUE(source) << source.error().text();
    if (!source)
      return {};
    shape = (*source)->shape();
    Result<Sample> sample = (*source)->sample(0);
    EXPECT_TRUE(sample) << sample.error().text();
    return sample ? *sample : Sample();
  }
  Folder folder;
  network::Shape shape;
};

/// The events of each step.
std::vector<Events> all(const Sample &sample) {
  std::vector<Events> out;
  for (uint32_t step = 0; step < sample.steps; ++step)
    out.push_back(at(sample, step));
  return out;
}

using Steps = std::vector<Events>;

} // namespace

// Element of (p, y, x): (p * 4 + y) * 6 + x.
TEST_F(Binned, KeepsTheLastStepWhenAsked) {
  EXPECT_EQ(all(bin("")),
            (Steps{{{24, 1}, {32, 1}}, {{8, 1}, {15, 1}}, {{47, 1}}}));
  EXPECT_EQ(shape, (network::Shape{2, 4, 6}));
  EXPECT_EQ(
      all(bin(",last=keep")),
      (Steps{{{24, 1}, {32, 1}}, {{8, 1}, {15, 1}}, {{47, 1}}, {{15, 1}}}));
}

TEST_F(Binned, Polarity) {
  EXPECT_EQ(all(bin(",last=keep,polarity=merge,bin=2 ms")),
            (Steps{{{0, 1}, {8, 2}, {15, 1}}, {{15, 1}, {23, 1}}}));
  EXPECT_EQ(shape, (network::Shape{1, 4, 6}));
  EXPECT_EQ(all(bin(",last=keep,polarity=1,bin=2 ms")),
            (Steps{{{0, 1}, {8, 1}}, {{23, 1}}}));
  EXPECT_EQ(all(bin(",last=keep,polarity=0,bin=2 ms")),
            (Steps{{{8, 1}, {15, 1}}, {{15, 1}}}));
  EXPECT_EQ(all(bin(",last=keep,polarity=merge,values=binary,bin=2 ms")),
            (Steps{{{0, 1}, {8, 1}, {15, 1}}, {{15, 1}, {23, 1}}}));
}

TEST_F(Binned, Crop) {
  // The centre of 6 x 4 in 3 x 2 begins at (1, 1): floor(3 / 2), floor(2 / 2).
  EXPECT_EQ(all(bin(",last=keep,polarity=merge,bin=4 ms,crop=3x2")),
            (Steps{{{1, 2}, {5, 2}}}));
  EXPECT_EQ(shape, (network::Shape{1, 2, 3}));
  EXPECT_EQ(all(bin(",last=keep,polarity=merge,bin=4 ms,crop=2x2+3+2")),
            (Steps{{{0, 2}}}));
  EXPECT_EQ(all(bin(",last=keep,polarity=merge,bin=4 ms,crop=3x2+3+2")),
            (Steps{{{0, 2}, {5, 1}}}));
}

TEST_F(Binned, Downsample) {
  EXPECT_EQ(all(bin(",last=keep,polarity=merge,bin=4 ms,downsample=2")),
            (Steps{{{0, 1}, {1, 2}, {4, 2}, {5, 1}}}));
  EXPECT_EQ(shape, (network::Shape{1, 2, 3}));
  // What is left at the edge is an element, too.
  EXPECT_EQ(all(bin(",last=keep,polarity=merge,bin=4 ms,downsample=4")),
            (Steps{{{0, 5}, {1, 1}}}));
  EXPECT_EQ(shape, (network::Shape{1, 1, 2}));
  // After the crop: columns 2 to 5 and rows 1 to 3 from (2, 1).
  EXPECT_EQ(
      all(bin(",last=keep,polarity=merge,bin=4 ms,crop=4x3+2+1,downsample=2")),
      (Steps{{{0, 4}, {3, 1}}}));
  EXPECT_EQ(shape, (network::Shape{1, 2, 2}));
}

TEST_F(Binned, EqualParts) {
  // floor(t N / 4000): 900 and 1000 part at N = 4, 1400 and 2600 at N = 2.
  EXPECT_EQ(all(bin(",polarity=merge,bins=4")),
            (Steps{{{0, 1}, {8, 1}}, {{8, 1}, {15, 1}}, {{23, 1}}, {{15, 1}}}));
  EXPECT_EQ(all(bin(",polarity=merge,bins=2")),
            (Steps{{{0, 1}, {8, 2}, {15, 1}}, {{15, 1}, {23, 1}}}));
  EXPECT_EQ(bin(",bins=9000").steps, 9000u);
  EXPECT_EQ(all(bin(",polarity=merge,bins=2", "7,1,0,1\n")),
            (Steps{{{1, 1}}, {}})); // 1 us in two parts
}

TEST_F(Binned, Origin) {
  const std::string rows = "1500,0,0,0\n2400,1,0,0\n3600,2,0,0\n";
  EXPECT_EQ(all(bin(",last=keep", rows)),
            (Steps{{{0, 1}, {1, 1}}, {}, {{2, 1}}}));
  EXPECT_EQ(all(bin(",last=keep,origin=zero", rows)),
            (Steps{{}, {{0, 1}}, {{1, 1}}, {{2, 1}}}));
  // floor((t + 500) / 1000): 2, 2, 4.
  EXPECT_EQ(all(bin(",last=keep,origin=zero,round=nearest", rows)),
            (Steps{{}, {}, {{0, 1}, {1, 1}}, {}, {{2, 1}}}));
  // floor(2 t / 3601).
  EXPECT_EQ(all(bin(",bins=2,origin=zero", rows)),
            (Steps{{{0, 1}}, {{1, 1}, {2, 1}}}));
}

TEST_F(Binned, RefusesWhatCannotBe) {
  const std::string file = folder.write("b.csv", "t,x,y,p\n0,0,0,1\n9,1,1,0\n");
  for (const auto &[option, text] :
       {std::pair<std::string, std::string>{"crop=7x4", "does not fit"},
        {"crop=2x2+5+0", "does not fit"},
        {"crop=2", "crop=2"},
        {"crop=2x2+1", "crop=2x2+1"},
        {"bins=0", "bins=0"},
        {"downsample=0", "downsample=0"},
        {"polarity=2", "polarity=2"},
        {"origin=last", "first, zero"}}) {
    const auto source =
        openSource("events:" + file + ",size=6x4," + option, {});
    ASSERT_FALSE(source) << option;
    EXPECT_NE(source.error().text().find(text), std::string::npos)
        << source.error().text();
  }
}

TEST_F(Binned, TimesThatDifferByMoreThanTheyHold) {
  // An npy file may say any time below 9e15 us, an AEDAT 4 one any of 64 bits.
  events::Recording recording;
  recording.width = recording.height = 4;
  recording.events.push_back({INT64_MIN, 0, 0, 1});
  recording.events.push_back({INT64_MAX, 1, 1, 0});
  Spec spec("", "");
  const Result<Binning> binning = Binning::parse(spec, Seconds(1e-3));
  ASSERT_TRUE(binning);
  const Result<Sample> sample = binning->apply(recording, 10);
  ASSERT_FALSE(sample);
  EXPECT_EQ(sample.error().message,
            "its times go from -9223372036854775808 to 9223372036854775807 us: "
            "it is damaged");
}
