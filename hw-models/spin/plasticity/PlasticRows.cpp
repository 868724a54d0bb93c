#include "hw-models/spin/plasticity/PlasticRows.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::spinhw;

static uint16_t half(uint32_t word, uint32_t i) {
  return static_cast<uint16_t>(word >> (16 * (i % 2)));
}

static void setHalf(uint32_t &word, uint32_t i, uint16_t value) {
  const unsigned shift = 16 * (i % 2);
  word = (word & ~(0xffffu << shift)) | uint32_t(value) << shift;
}

static uint32_t pairs(size_t halves) {
  return static_cast<uint32_t>((halves + 1) / 2);
}

std::vector<uint32_t> spinhw::packRow(std::span<const uint32_t> fixed,
                                      std::span<const PlasticSynapse> plastic,
                                      unsigned historyWords) {
  const uint32_t region =
      plastic.empty() ? 0 : historyWords + pairs(plastic.size());
  std::vector<uint32_t> row(region + 3 + fixed.size() + pairs(plastic.size()));
  row[0] = region;
  row[region + 1] = static_cast<uint32_t>(fixed.size());
  row[region + 2] = static_cast<uint32_t>(plastic.size());
  std::copy(fixed.begin(), fixed.end(), row.begin() + region + 3);
  uint32_t *weights = row.data() + 1 + historyWords;
  uint32_t *controls = row.data() + region + 3 + fixed.size();
  for (uint32_t i = 0; i < plastic.size(); ++i) {
    setHalf(weights[i / 2], i, plastic[i].weight);
    setHalf(controls[i / 2], i, plastic[i].control);
  }
  return row;
}

Result<RowView> RowView::over(std::span<uint32_t> words,
                              unsigned historyWords) {
  const auto fail = [&](std::string_view what, uint64_t got, uint64_t wanted) {
    return Error(fmt::format("a synaptic row of {} words has {} {}; {} was "
                             "wanted",
                             words.size(), got, what, wanted));
  };
  if (words.size() < 3)
    return fail("words", words.size(), 3);
  const uint64_t region = words[0];
  if (region > words.size() - 3)
    return fail("plastic words, at most", region, words.size() - 3);
  const uint64_t fixed = words[region + 1], plastic = words[region + 2];
  const uint64_t wanted = plastic == 0 ? 0 : historyWords + (plastic + 1) / 2;
  if (region != wanted)
    return fail("plastic words", region, wanted);
  if (region + 3 + fixed + (plastic + 1) / 2 > words.size())
    return fail("fixed synapses, at most", fixed,
                words.size() - region - 3 - (plastic + 1) / 2);
  return RowView(words, historyWords);
}

PreHistory RowView::history() const {
  PreHistory out;
  out.time = words[1];
  if (historyWords > 1)
    out.trace = static_cast<int16_t>(words[2]);
  return out;
}

void RowView::setHistory(const PreHistory &history) {
  words[1] = history.time;
  if (historyWords > 1)
    words[2] = static_cast<uint16_t>(history.trace);
}

PlasticSynapse RowView::plastic(uint32_t i) const {
  const uint32_t controls = plasticWords() + 3 + words[plasticWords() + 1];
  return {half(words[controls + i / 2], i),
          half(words[1 + historyWords + i / 2], i)};
}

void RowView::setWeight(uint32_t i, uint16_t weight) {
  setHalf(words[1 + historyWords + i / 2], i, weight);
}

uint32_t PlasticCore::delayOf(const PlasticSynapse &synapse) const {
  const uint32_t delay =
      (synapse.control >> (format.indexBits + format.typeBits)) &
      ((1u << format.delayBits) - 1);
  return delay == 0 ? 1u << format.delayBits : delay;
}

uint64_t PlasticCore::replayed(const RowView &row, uint32_t now) const {
  const uint32_t count = row.plasticCount();
  if (count == 0)
    return 0;
  const PreHistory last = row.history();
  uint64_t sum = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const PlasticSynapse synapse = row.plastic(i);
    const uint32_t index = synapse.control & ((1u << format.indexBits) - 1);
    if (index < posts.size())
      sum += Stdp::window(last, now, delayOf(synapse), posts[index]).size();
  }
  return sum;
}

Result<void> PlasticCore::process(RowView row, uint32_t now,
                                  RingBuffers &ring) {
  const uint32_t count = row.plasticCount();
  if (count > 0) {
    const PreHistory last = row.history();
    for (uint32_t i = 0; i < count; ++i) {
      const PlasticSynapse synapse = row.plastic(i);
      const uint32_t index = synapse.control & ((1u << format.indexBits) - 1);
      const uint32_t type =
          (synapse.control >> format.indexBits) & ((1u << format.typeBits) - 1);
      const uint32_t delay = delayOf(synapse);
      if (index >= posts.size() || type >= shifts.size())
        return Error(fmt::format("a plastic synapse leads to neuron {} of {}, "
                                 "type {} of {}",
                                 index, posts.size(), type, shifts.size()));
      const auto wide =
          static_cast<int32_t>(uint32_t(synapse.weight) << shifts[type]);
      const int32_t changed = rule.update(wide, last, now, delay, posts[index]);
      const auto weight = static_cast<uint16_t>(changed >> shifts[type]);
      row.setWeight(i, weight);
      const uint32_t word = uint32_t(weight) << 16 | synapse.control;
      ring.add({&word, 1}, now);
    }
    row.setHistory(rule.fired(last, now));
    updated += count;
  }
  ring.add(row.fixed(), now);
  return {};
}
