#include "hw-models/imc/Core.h"

#include "hw-models/imc/Cells.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::imchw;

Result<Core> Core::make(CoreSettings settings,
                        std::vector<std::vector<double>> arrays,
                        uint32_t outputs, uint32_t inputs) {
  Core core;
  core.outputCount = outputs;
  core.inputCount = inputs;
  core.lines = settings.encoding.lines(outputs);
  const size_t wanted = size_t(core.lines) * inputs;
  if (arrays.size() != settings.encoding.cells())
    return Error(fmt::format("{} arrays were given; this encoding has {}",
                             arrays.size(), settings.encoding.cells()));
  for (const std::vector<double> &array : arrays)
    if (array.size() != wanted)
      return Error(fmt::format("an array has {} cells; {} lines x {} inputs "
                               "were wanted",
                               array.size(), core.lines, inputs));
  if (settings.adcs.size() != 1 &&
      settings.adcs.size() != settings.encoding.slices)
    return Error(fmt::format("converters are given for {} slices; there are {}",
                             settings.adcs.size(), settings.encoding.slices));
  for (unsigned slice = 0; slice < settings.encoding.slices; ++slice)
    core.banks.emplace_back(
        settings.adcs[settings.adcs.size() == 1 ? 0 : slice], core.lines,
        settings.adcErrors, settings.seed, slice);
  if (settings.wires.interleaved &&
      (!settings.encoding.pairs() || !settings.subtractInArray))
    return Error("interleaved wires are of pairs that are subtracted in the "
                 "array");
  core.settings = std::move(settings);
  core.arrays = std::move(arrays);
  const Wires &wires = core.settings.wires;
  if (wires.any() && wires.fromInput)
    for (size_t a = 0; a < core.arrays.size(); a += wires.stride()) {
      Result<NodalArray> network = NodalArray::make(
          core.cellsOf(a), core.lines, inputs * wires.stride(), wires);
      if (!network)
        return network.takeError();
      core.networks.push_back(
          std::make_shared<NodalArray>(std::move(*network)));
    }
  return core;
}

std::vector<double> Core::cellsOf(size_t array) const {
  if (!settings.wires.interleaved)
    return arrays[array];
  std::vector<double> out;
  for (size_t k = 0; k < arrays[array].size(); ++k)
    out.insert(out.end(), {arrays[array][k], arrays[array + 1][k]});
  return out;
}

/// The total of the lanes of a vector: its halves are added, then neighbours.
static float folded(std::vector<float> &part) {
  size_t count = part.size();
  if (count > 1) {
    const size_t half = (count + 1) / 2;
    for (size_t k = half; k < count; ++k)
      part[k - half] += part[k];
    count = half;
  }
  for (; count > 1; count = (count + 1) / 2)
    for (size_t k = 0; k < count; k += 2)
      part[k / 2] = k + 1 < count ? part[k] + part[k + 1] : part[k];
  return part[0];
}

std::vector<double> Core::plainSums(size_t array, std::span<const double> drive,
                                    const Reading &reading) const {
  std::vector<double> sums(lines, 0.0);
  const double *cell = arrays[array].data();
  for (uint32_t i = 0; i < lines; ++i, cell += inputCount) {
    const unsigned lanes = reading.lanes.empty() ? 0 : reading.lanes[i];
    if (lanes == 0) {
      for (uint32_t j = 0; j < inputCount; ++j)
        sums[i] += cell[j] * drive[j];
      continue;
    }
    const std::vector<uint32_t> all = {inputCount};
    float total = 0;
    uint32_t first = 0;
    for (uint32_t end : reading.blocks.empty() ? std::span<const uint32_t>(all)
                                               : reading.blocks) {
      // Whole vectors of 8 inputs go round the lanes, what is left to the
      // first.
      std::vector<float> part(lanes, 0.0f);
      const uint32_t whole = first + (end - first) / 8 * 8;
      for (uint32_t j = first; j < end; ++j) {
        float &sum = part[j < whole ? (j - first) % lanes : 0];
        sum = std::fma(static_cast<float>(cell[j]),
                       static_cast<float>(drive[j]), sum);
      }
      total += folded(part);
      first = end;
    }
    sums[i] = static_cast<double>(total);
  }
  return sums;
}

Result<std::vector<double>>
Core::wiredSums(size_t array, std::span<const double> drive) const {
  const uint32_t stride = settings.wires.stride();
  std::vector<double> sides;
  for (double x : drive) {
    sides.push_back(x);
    if (stride == 2)
      sides.push_back(-x);
  }
  if (!networks.empty())
    return networks[array / stride]->sums(sides, 1);
  // Inputs that only connect cells: the network is that of the driven ones.
  std::vector<double> connected = cellsOf(array);
  for (size_t k = 0; k < connected.size(); ++k)
    if (sides[k % sides.size()] == 0)
      connected[k] = 0;
  Result<NodalArray> network =
      NodalArray::make(connected, lines, inputCount * stride, settings.wires);
  if (!network)
    return network.takeError();
  return network->sums(sides, 1);
}

Result<std::vector<std::vector<double>>>
Core::analogSums(std::span<const double> levels, const Reading &reading,
                 unsigned turn) const {
  std::vector<double> drive(levels.begin(), levels.end());
  if (settings.nonlinearity != 0)
    for (double &x : drive)
      x = nonlinearDrive(x, settings.nonlinearity);
  for (double &x : drive)
    x -= settings.cubic * x * x * x;
  const bool interleaved = settings.wires.interleaved;
  const auto limit = [&](std::vector<double> &sums) {
    if (settings.lineLimit > 0)
      for (double &value : sums)
        value = std::clamp(value, -settings.lineLimit, settings.lineLimit);
  };
  std::vector<std::vector<double>> sums(arrays.size());
  for (size_t a = 0; a < arrays.size(); ++a) {
    // One line carries both sides of a pair.
    if (interleaved && a % 2 == 1 && (settings.wires.any() || reading.sums))
      continue;
    if (reading.sums) {
      sums[a] = reading.sums(static_cast<unsigned>(a), turn);
    } else if (settings.wires.any()) {
      Result<std::vector<double>> solved = wiredSums(a, drive);
      if (!solved)
        return solved.takeError();
      sums[a] = std::move(*solved);
    } else {
      sums[a] = plainSums(a, drive, reading);
    }
    if (reading.noise && !settings.variances.empty())
      for (uint32_t i = 0; i < lines; ++i) {
        const double *of =
            settings.variances[a].data() + size_t(i) * inputCount;
        double variance = 0;
        for (uint32_t j = 0; j < inputCount; ++j)
          variance += of[j] * drive[j] * drive[j];
        sums[a][i] += std::sqrt(variance) *
                      reading.noise->normal(
                          (uint64_t(turn) * arrays.size() + a) * lines + i,
                          reading.index);
      }
    if (!interleaved)
      limit(sums[a]);
  }
  const bool single = !reading.lanes.empty();
  if (settings.encoding.pairs() && settings.subtractInArray)
    for (size_t a = 0; a < sums.size(); a += 2) {
      for (size_t i = 0; i < sums[a + 1].size(); ++i) {
        sums[a][i] -= sums[a + 1][i];
        if (single)
          sums[a][i] = static_cast<double>(static_cast<float>(sums[a][i]));
      }
      sums[a + 1].clear();
      if (interleaved)
        limit(sums[a]);
    }
  return sums;
}

void Core::convert(std::vector<std::vector<double>> &sums) const {
  const unsigned sides = settings.encoding.pairs() ? 2 : 1;
  for (size_t a = 0; a < sums.size(); ++a)
    for (uint32_t i = 0; i < sums[a].size(); ++i)
      sums[a][i] = banks[a / sides].convert(sums[a][i], i);
}

std::vector<double> Core::levels(std::span<const double> values) const {
  std::vector<double> out;
  for (double value : values)
    out.push_back(settings.single ? static_cast<double>(settings.dac.level(
                                        static_cast<float>(value)))
                                  : settings.dac.level(value));
  return out;
}

std::vector<double> Core::sliceOf(std::span<const double> levels,
                                  unsigned turn) const {
  std::vector<double> out;
  for (double level : levels)
    out.push_back(settings.single ? static_cast<double>(settings.dac.slice(
                                        static_cast<float>(level), turn))
                                  : settings.dac.slice(level, turn));
  return out;
}

std::vector<double> Core::drive(std::span<const double> values,
                                unsigned turn) const {
  const std::vector<double> whole = levels(values);
  return settings.dac.sliceBits == 0 ? whole : sliceOf(whole, turn);
}

Result<void> Core::multiply(std::span<const double> values,
                            std::span<double> out,
                            const Reading &reading) const {
  const Dac &dac = settings.dac;
  std::vector<std::vector<double>> total;
  const std::vector<double> level = levels(values);
  double driven = 0;
  for (double x : level) {
    driven += x;
    if (!reading.lanes.empty())
      driven = static_cast<double>(static_cast<float>(driven));
  }
  if (dac.sliceBits == 0) {
    Result<std::vector<std::vector<double>>> sums =
        analogSums(level, reading, 0);
    if (!sums)
      return sums.takeError();
    total = std::move(*sums);
    convert(total);
  } else {
    // Shift and add: the lowest bits first.
    std::vector<TurnSum> turns;
    for (unsigned turn = 0; turn < dac.turns(); ++turn) {
      Result<std::vector<std::vector<double>>> sums =
          analogSums(sliceOf(level, turn), reading, turn);
      if (!sums)
        return sums.takeError();
      if (settings.convertTurns)
        convert(*sums);
      if (turns.empty())
        for (const std::vector<double> &of : *sums)
          turns.emplace_back(dac, of.size(), !reading.lanes.empty());
      for (size_t a = 0; a < turns.size(); ++a)
        turns[a].add((*sums)[a]);
    }
    for (TurnSum &sum : turns)
      total.push_back(std::move(sum).finish());
    if (!settings.convertTurns)
      convert(total);
  }
  std::vector<double> weighted(outputCount);
  decode(settings.encoding, total, driven, settings.asPublished, weighted);
  for (uint32_t i = 0; i < outputCount; ++i)
    out[i] += weighted[i];
  return {};
}
