#include "runtime/report/Sweep.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace limen;
using namespace limen::report;

namespace {

SweepRow point(std::string name, double accuracy, double energy) {
  SweepRow row;
  row.values = {std::move(name)};
  row.instances = 1;
  row.samples = 4;
  row.accuracy = Spread{accuracy, 0};
  row.energy = energy;
  return row;
}

SweepRow failed(std::string name, std::string error) {
  SweepRow row;
  row.values = {std::move(name)};
  row.error = std::move(error);
  return row;
}

/// `correct` of 4 samples for `picojoules` in all.
Report run(uint64_t correct, uint64_t picojoules) {
  Report report;
  report.samples = report.labelled = 4;
  report.correct = correct;
  report.time = Seconds(8e-6);
  report.energy.emplace();
  report.energy->charge("a", "b", picojoules,
                        {Joules(1e-12), Status::Assumed, "test"});
  return report;
}

TEST(Sweep, AxisIsAPathWithValues) {
  const Result<SweepAxis> axis = parseAxis("device.g_max=10 uS,20 uS");
  ASSERT_TRUE(axis);
  EXPECT_EQ(axis->path, "device.g_max");
  EXPECT_EQ(axis->values, (std::vector<std::string>{"10 uS", "20 uS"}));
  for (const auto &[text, wanted] :
       {std::pair{"adc.bits", "PATH=VALUE"}, std::pair{"=4", "PATH=VALUE"},
        std::pair{"adc.bits=", "value 1 is empty"},
        std::pair{"adc.bits=4,,6", "value 2 is empty"},
        std::pair{"adc.bits=4,6,4", "4 is there twice"}}) {
    const Result<SweepAxis> bad = parseAxis(text);
    ASSERT_FALSE(bad) << text;
    EXPECT_NE(bad.error().message.find(wanted), std::string::npos)
        << bad.error().message;
  }
}

TEST(Sweep, GridHasEveryCombination) {
  const std::vector<SweepAxis> axes = {{"a", {"1", "2"}}, {"b", {"x", "y"}}};
  const auto grid = sweepGrid(axes);
  ASSERT_TRUE(grid);
  EXPECT_EQ(*grid, (std::vector<std::vector<std::string>>{
                       {"1", "x"}, {"1", "y"}, {"2", "x"}, {"2", "y"}}));
  EXPECT_EQ(pointName(axes, (*grid)[1]), "a=1,b=y");
  EXPECT_EQ(pointName(axes, std::vector<std::string>{"1", "s/t"}),
            "a=1,b=s%2Ft");
  EXPECT_FALSE(sweepGrid(std::vector<SweepAxis>{{"a", {"1"}}, {"a", {"2"}}}));
}

TEST(Sweep, RowIsTheMeanOfItsInstances) {
  const std::vector<Report> reports = {run(1, 400), run(3, 800)};
  const SweepRow row = sweepRow({"1"}, reports);
  EXPECT_EQ(row.instances, 2u);
  EXPECT_EQ(row.samples, 4u);
  ASSERT_TRUE(row.accuracy && row.energy && row.time);
  EXPECT_DOUBLE_EQ(row.accuracy->mean, 0.5);
  EXPECT_DOUBLE_EQ(row.accuracy->deviation, std::sqrt(2 * 0.25 * 0.25));
  EXPECT_NEAR(*row.energy, 150e-12, 1e-24); // (400 + 800) / 2 / 4
  EXPECT_NEAR(*row.time, 2e-6, 1e-18);
  EXPECT_FALSE(row.energyLow); // no price has a range

  std::vector<Report> unlabelled = reports;
  unlabelled[1].labelled = 0;
  EXPECT_FALSE(sweepRow({"1"}, unlabelled).accuracy);
  unlabelled[0].energy.reset();
  EXPECT_FALSE(sweepRow({"1"}, unlabelled).energy);
}

TEST(Sweep, FrontHoldsWhatNothingBeats) {
  const std::vector<SweepRow> rows = {
      point("cheap", 0.6, 1),   point("dear", 0.9, 10),
      point("beaten", 0.8, 11), point("middle", 0.8, 5),
      point("twin", 0.8, 5),    point("worse for the same", 0.7, 5),
      failed("failed", "no")};
  EXPECT_EQ(paretoFront(rows),
            (std::vector<bool>{true, true, false, true, true, false, false}));
}

TEST(Sweep, TextsHoldEveryRow) {
  const std::vector<SweepAxis> axes = {{"bits", {"4", "8", "99"}}};
  std::vector<SweepRow> rows = {point("4", 0.5, 2e-9), point("8", 0.75, 3e-9)};
  rows.push_back(failed("99", "bits <99>, \"no\""));
  const std::string csv = sweepCsv(axes, rows);
  EXPECT_EQ(csv, "bits,instances,samples,accuracy,accuracy_sd,energy_J,"
                 "energy_low_J,energy_high_J,time_s,pareto,error\n"
                 "4,1,4,0.5,0,2e-09,,,,1,\n"
                 "8,1,4,0.75,0,3e-09,,,,1,\n"
                 "99,,,,,,,,,,\"bits <99>, \"\"no\"\"\"\n");
  const std::string html = sweepHtml("a < b", axes, rows);
  EXPECT_NE(html.find("a &lt; b"), std::string::npos);
  EXPECT_NE(html.find("bits &lt;99&gt;, &quot;no&quot;"), std::string::npos);
  size_t circles = 0;
  for (size_t at = html.find("<circle"); at != std::string::npos;
       at = html.find("<circle", at + 1))
    ++circles;
  EXPECT_EQ(circles, 2u);
  EXPECT_EQ(html.find("http"), std::string::npos); // nothing is fetched
  EXPECT_NE(sweepTable(axes, rows).find("failed"), std::string::npos);
  // Nothing to plot is said.
  rows.erase(rows.begin(), rows.begin() + 2);
  EXPECT_NE(sweepHtml("", axes, rows).find("nothing to plot"),
            std::string::npos);
}

} // namespace
