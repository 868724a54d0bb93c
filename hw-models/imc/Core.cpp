#include "hw-models/imc/Core.h"

#include "hw-models/imc/Cells.h"

#include <algorithm>
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
  if (settings.wires.any() && settings.wires.fromInput)
    for (const std::vector<double> &array : arrays) {
      Result<NodalArray> network =
          NodalArray::make(array, core.lines, inputs, settings.wires);
      if (!network)
        return network.takeError();
      core.networks.push_back(
          std::make_shared<NodalArray>(std::move(*network)));
    }
  core.settings = std::move(settings);
  core.arrays = std::move(arrays);
  return core;
}

Result<std::vector<std::vector<double>>>
Core::analogSums(std::span<const double> levels) const {
  std::vector<double> drive(levels.begin(), levels.end());
  if (settings.nonlinearity != 0)
    for (double &x : drive)
      x = nonlinearDrive(x, settings.nonlinearity);
  std::vector<std::vector<double>> sums(arrays.size());
  for (size_t a = 0; a < arrays.size(); ++a) {
    std::vector<double> &sum = sums[a];
    if (!networks.empty()) {
      Result<std::vector<double>> solved = networks[a]->sums(drive, 1);
      if (!solved)
        return solved.takeError();
      sum = std::move(*solved);
    } else if (settings.wires.any()) {
      // Inputs that only connect cells: the network is that of the driven ones.
      std::vector<double> connected = arrays[a];
      for (size_t k = 0; k < connected.size(); ++k)
        if (drive[k % inputCount] == 0)
          connected[k] = 0;
      Result<NodalArray> network =
          NodalArray::make(connected, lines, inputCount, settings.wires);
      if (!network)
        return network.takeError();
      Result<std::vector<double>> solved = network->sums(drive, 1);
      if (!solved)
        return solved.takeError();
      sum = std::move(*solved);
    } else {
      sum.assign(lines, 0.0);
      const double *cell = arrays[a].data();
      for (uint32_t i = 0; i < lines; ++i, cell += inputCount)
        for (uint32_t j = 0; j < inputCount; ++j)
          sum[i] += cell[j] * drive[j];
    }
    if (settings.lineLimit > 0)
      for (double &value : sum)
        value = std::clamp(value, -settings.lineLimit, settings.lineLimit);
  }
  if (settings.encoding.pairs() && settings.subtractInArray)
    for (size_t a = 0; a < sums.size(); a += 2) {
      for (uint32_t i = 0; i < lines; ++i)
        sums[a][i] -= sums[a + 1][i];
      sums[a + 1].clear();
    }
  return sums;
}

void Core::convert(std::vector<std::vector<double>> &sums) const {
  const unsigned sides = settings.encoding.pairs() ? 2 : 1;
  for (size_t a = 0; a < sums.size(); ++a)
    for (uint32_t i = 0; i < sums[a].size(); ++i)
      sums[a][i] = banks[a / sides].convert(sums[a][i], i);
}

Result<void> Core::multiply(std::span<const double> values,
                            std::span<double> out) const {
  const Dac &dac = settings.dac;
  std::vector<double> drive(inputCount), level(inputCount);
  std::vector<std::vector<double>> total;
  double driven = 0;
  const auto drivenBy = [&](uint32_t j) {
    return settings.single
               ? static_cast<double>(dac.level(static_cast<float>(values[j])))
               : dac.level(values[j]);
  };
  for (uint32_t j = 0; j < inputCount; ++j)
    driven += level[j] = drivenBy(j);
  if (dac.sliceBits == 0) {
    Result<std::vector<std::vector<double>>> sums = analogSums(level);
    if (!sums)
      return sums.takeError();
    total = std::move(*sums);
    convert(total);
  } else {
    // Shift and add: the lowest bits first.
    std::vector<TurnSum> turns;
    for (unsigned turn = 0; turn < dac.turns(); ++turn) {
      for (uint32_t j = 0; j < inputCount; ++j)
        drive[j] = settings.single ? static_cast<double>(dac.slice(
                                         static_cast<float>(level[j]), turn))
                                   : dac.slice(level[j], turn);
      Result<std::vector<std::vector<double>>> sums = analogSums(drive);
      if (!sums)
        return sums.takeError();
      if (settings.convertTurns)
        convert(*sums);
      if (turns.empty())
        for (const std::vector<double> &of : *sums)
          turns.emplace_back(dac, of.size());
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
