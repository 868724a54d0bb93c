// Rows with plastic synapses: their words, and their processing by a core.

#include "hw-models/spin/plasticity/PlasticRows.h"

#include <gtest/gtest.h>

using namespace limen;
using namespace limen::spinhw;

static const RowFormat format = {3, 1, 4};

static uint16_t control(uint32_t delay, uint32_t type, uint32_t index) {
  return static_cast<uint16_t>((delay & 15) << 4 | type << 3 | index);
}

static Stdp nearest() {
  return *Stdp::make(
      {Pairing::Nearest, Dependence::Additive, 5, 5, 1, -1, 0, 20});
}

TEST(PlasticRows, LieInMemoryAsPublished) {
  const std::vector<uint32_t> fixed = {0xaaaa0011, 0xbbbb0022};
  const std::vector<PlasticSynapse> plastic = {
      {0x0101, 0x1111}, {0x0202, 0x2222}, {0x0303, 0x3333}};
  EXPECT_EQ(
      packRow(fixed, plastic, 1),
      (std::vector<uint32_t>{3, 0, 0x22221111, 0x00003333, 2, 3, 0xaaaa0011,
                             0xbbbb0022, 0x02020101, 0x00000303}));
  EXPECT_EQ(
      packRow(fixed, plastic, 2),
      (std::vector<uint32_t>{4, 0, 0, 0x22221111, 0x00003333, 2, 3, 0xaaaa0011,
                             0xbbbb0022, 0x02020101, 0x00000303}));
  // Without plastic synapses it is the row of a static projection.
  EXPECT_EQ(packRow(fixed, {}, 2),
            (std::vector<uint32_t>{0, 2, 0, 0xaaaa0011, 0xbbbb0022}));
}

TEST(PlasticRows, AreReadAndWrittenInPlace) {
  for (unsigned historyWords : {1u, 2u})
    for (uint32_t count = 0; count < 6; ++count) {
      std::vector<PlasticSynapse> plastic;
      for (uint32_t i = 0; i < count; ++i)
        plastic.push_back({control(i + 1, i % 2, i), uint16_t(100 * i)});
      const std::vector<uint32_t> fixed(count / 2, 0x00070013);
      std::vector<uint32_t> words = packRow(fixed, plastic, historyWords);
      words.push_back(0xdeadbeef); // padding of a shorter row
      auto row = RowView::over(words, historyWords);
      ASSERT_TRUE(row) << row.error().text();
      ASSERT_EQ(row->plasticCount(), count);
      EXPECT_EQ(row->fetchedWords(), words.size() - 1);
      EXPECT_TRUE(std::ranges::equal(row->fixed(), fixed));
      if (count == 0)
        continue;
      EXPECT_EQ(row->history(), PreHistory());
      row->setHistory({77, historyWords == 1 ? int16_t(0) : int16_t(-5)});
      for (uint32_t i = 0; i < count; ++i)
        row->setWeight(i, uint16_t(60000 + i));
      EXPECT_EQ(row->history().time, 77u);
      EXPECT_EQ(row->history().trace, historyWords == 1 ? 0 : -5);
      for (uint32_t i = 0; i < count; ++i)
        EXPECT_EQ(row->plastic(i),
                  (PlasticSynapse{plastic[i].control, uint16_t(60000 + i)}));
      EXPECT_TRUE(std::ranges::equal(row->fixed(), fixed));
      EXPECT_EQ(words.back(), 0xdeadbeef);
    }
}

TEST(PlasticRows, DamagedRowsAreRefused) {
  const std::vector<PlasticSynapse> plastic = {{1, 1}, {2, 2}, {3, 3}};
  const std::vector<uint32_t> good =
      packRow(std::vector<uint32_t>{5}, plastic, 2);
  for (size_t size = 0; size < good.size(); ++size) {
    std::vector<uint32_t> cut(good.begin(), good.begin() + size);
    EXPECT_FALSE(RowView::over(cut, 2)) << size;
  }
  for (size_t at : {size_t(0), size_t(good[0] + 1), size_t(good[0] + 2)})
    for (uint32_t value : {0xffffffffu, 0x7fffffffu, 1000u}) {
      std::vector<uint32_t> bad = good;
      bad[at] = value;
      EXPECT_FALSE(RowView::over(bad, 2)) << at << " " << value;
    }
}

// A source at 27 and 57, a target at 31, delay 1: five steps apart at the
// synapse. The weight that 57 sends is already the new one.
TEST(PlasticCore, UpdatesBeforeItDelivers) {
  constexpr unsigned shift = 8;
  PlasticCore core(nearest(), format, {shift, shift}, 8);
  RingBuffers ring(format);
  std::vector<uint32_t> words =
      packRow(std::vector<uint32_t>{9u << 16 | control(2, 1, 3)},
              std::vector<PlasticSynapse>{{control(1, 0, 4), 0}}, 1);
  const auto source = [&](uint32_t now) {
    auto row = RowView::over(words, 1);
    ASSERT_TRUE(row);
    ASSERT_TRUE(core.process(*row, now, ring));
  };
  source(27);
  EXPECT_EQ(ring.due(28, 0)[4], 0);
  EXPECT_EQ(ring.due(29, 1)[3], 9);
  core.fired(4, 31);
  source(57);
  // (e^-1 + e^-5) in s4.11, as a multiple of 2^-7.
  EXPECT_EQ(ring.due(58, 0)[4], ((753 + 13) * 16) >> shift);
  EXPECT_EQ(RowView::over(words, 1)->plastic(0).weight, 47);
  EXPECT_EQ(RowView::over(words, 1)->history().time, 57u);
  EXPECT_EQ(core.updates(), 2u);
}

// What a row will replay: spikes of targets that reach a synapse after the
// source's last spike, and until now; each counts in one row only.
TEST(PlasticCore, CountsTheSpikesThatARowReplays) {
  PlasticCore core(nearest(), format, {0, 0}, 8);
  RingBuffers ring(format);
  const std::vector<PlasticSynapse> plastic = {{control(1, 0, 2), 100},
                                               {control(3, 0, 2), 100},
                                               {control(1, 0, 5), 100}};
  std::vector<uint32_t> words = packRow({}, plastic, 1);
  const auto row = RowView::over(words, 1);
  ASSERT_TRUE(row);
  EXPECT_EQ(core.replayed(*row, 50), 0u);
  for (uint32_t time : {10u, 12u, 14u})
    core.fired(2, time);
  core.fired(5, 13);
  EXPECT_EQ(core.replayed(*row, 10), 0u); // a delay of 1: not there yet
  EXPECT_EQ(core.replayed(*row, 11), 1u);
  EXPECT_EQ(core.replayed(*row, 12), 1u);
  EXPECT_EQ(core.replayed(*row, 13), 3u); // 10 and 12; with delay 3, 10
  EXPECT_EQ(core.replayed(*row, 17), 7u); // three, three, and the one of 5
  ASSERT_TRUE(core.process(*row, 13, ring));
  EXPECT_EQ(core.replayed(*row, 13), 0u);
  EXPECT_EQ(core.replayed(*row, 14), 1u);     // 13 of 5
  EXPECT_EQ(core.replayed(*row, 17), 7u - 3); // each once
}

TEST(PlasticCore, NamesWhatDoesNotExist) {
  PlasticCore core(nearest(), format, {0}, 4);
  RingBuffers ring(format);
  for (uint16_t bad : {control(1, 0, 4), control(1, 1, 0)}) {
    std::vector<uint32_t> words =
        packRow({}, std::vector<PlasticSynapse>{{bad, 0}}, 1);
    EXPECT_FALSE(core.process(*RowView::over(words, 1), 1, ring));
  }
}

// The longest delay is encoded as 0.
TEST(PlasticCore, DecodesTheLongestDelay) {
  for (uint32_t delay = 1; delay <= 16; ++delay) {
    PlasticCore core(nearest(), format, {0, 0}, 8);
    RingBuffers ring(format);
    std::vector<uint32_t> words = packRow(
        {}, std::vector<PlasticSynapse>{{control(delay, 0, 1), 100}}, 1);
    ASSERT_TRUE(core.process(*RowView::over(words, 1), 100, ring));
    core.fired(1, 105);
    ASSERT_TRUE(core.process(*RowView::over(words, 1), 400, ring));
    // 105 + delay - 100 after the source's spike, at least 279 before the next.
    EXPECT_EQ(RowView::over(words, 1)->plastic(0).weight,
              100 + DecayTable(5).at(5 + delay) * 16);
  }
}
