#include "hw-models/imc/Reader.h"

#include "hw-models/imc/Cells.h"
#include "hw-models/imc/Timing.h"

#include <algorithm>
#include <cmath>

using namespace limen;
using namespace limen::imchw;
using target::DriveKind;
using target::TurnSum;

RowDrivers RowDrivers::make(const target::ImcDrive &drive, uint64_t seed,
                            unsigned macro, uint32_t firstRow, uint32_t rows) {
  RowDrivers out;
  if (drive.gainSigma == 0 && drive.offsetSigma == 0)
    return out;
  const RandomStream draws(
      seed, Purpose::Converter,
      identityOf("row drivers of macro " + std::to_string(macro)));
  for (uint32_t row = firstRow; row < firstRow + rows; ++row) {
    out.gain.push_back(drive.gainSigma * draws.normal(row, 0));
    out.offset.push_back(drive.offsetSigma * draws.normal(row, 1));
  }
  return out;
}

Reader::Reader(const target::ImcMacro &machine,
               const target::Encoding &encoding, const Crossbar &cells,
               const AdcBank &converters, uint32_t activeRows, uint32_t outputs,
               double scale, const RowDrivers *drivers)
    : machine(machine), encoding(encoding), cells(cells),
      converters(converters), dac(machine.drive.dac()), activeRows(activeRows),
      outputs(outputs), scale(scale), unit(machine.device.gMax.value()),
      drivers(drivers && !drivers->gain.empty() ? drivers : nullptr),
      subtracted(encoding.pairs() && machine.adc.subtractInArray),
      countsAboveFloor(machine.adc.granular && converters.adc().bits > 0 &&
                       converters.adc().rounding != Rounding::Stochastic &&
                       !encoding.pairs()),
      arrays(encoding.cells()), decoded(outputs) {
  for (unsigned s = 0; s < encoding.slices; ++s)
    largestCodes += sliceWeight(s);
  largestCodes *= converters.adc().bits > 0
                      ? static_cast<double>(converters.adc().codes())
                      : 0;
}

bool Reader::read(std::span<const RowValue> rows, ReadNoise &noise,
                  const ReadTrackers &trackers, ReadCounts &counts,
                  std::span<double> out) {
  const std::vector<Turn> turns = turnsOf(rows, trackers, counts);
  if (std::all_of(turns.begin(), turns.end(),
                  [](const Turn &turn) { return turn.rows.empty(); }))
    return false;
  total.assign(cells.sums(), 0.0);
  const uint64_t before = counts.conversions;
  if (dac.sliceBits > 0 && !machine.drive.convertTurns && !trackers.largest)
    readCharge(turns, noise, trackers, counts);
  else
    readTurns(turns, noise, trackers, counts);

  if (machine.drive.kind == DriveKind::Pulses && converters.adc().bits > 0 &&
      !trackers.sums) {
    // Sums that cannot come near an accumulator's end need no closer look, even
    // where a thousand tiles add up.
    const double added = static_cast<double>(counts.conversions - before) /
                         cells.sums() * largestCodes;
    const double close = std::exp2(machine.accumulatorBits - 11.0);
    counts.largestSum =
        std::max(counts.largestSum, added < close ? added : codesOfTotal());
  }
  const uint32_t lines = cells.lines();
  const size_t step = subtracted ? 2 : 1;
  for (size_t a = 0; a < arrays.size(); a += step) {
    const double *from = total.data() + a / step * lines;
    arrays[a].assign(from, from + lines);
    for (double &value : arrays[a])
      value /= unit;
  }
  decode(encoding, arrays, driven, /*asPublished=*/false, decoded);
  for (uint32_t i = 0; i < outputs; ++i)
    out[i] += decoded[i] * scale;
  if (!encoding.pairs())
    // The middle from each output; digitally, the numbers are added up first.
    counts.corrections +=
        outputs + (encoding.hasUnitColumn() ? 0 : rows.size());
  return true;
}

double Reader::sliceWeight(unsigned slice) const {
  return encoding.sliced() ? std::exp2(slice * encoding.bitsPerSlice()) : 1;
}

double Reader::codesOfTotal() const {
  const uint32_t lines = cells.lines();
  const size_t sides = encoding.pairs() && !subtracted ? 2 : 1;
  double largest = 0;
  for (uint32_t line = 0; line < lines; ++line)
    for (size_t side = 0; side < sides; ++side) {
      double sum = 0;
      for (unsigned s = 0; s < encoding.slices; ++s)
        sum +=
            std::abs(total[(s * sides + side) * lines + line]) * sliceWeight(s);
      largest = std::max(largest, sum);
    }
  return largest / converters.adc().lsb();
}

std::vector<Reader::Turn> Reader::turnsOf(std::span<const RowValue> rows,
                                          const ReadTrackers &trackers,
                                          ReadCounts &counts) {
  std::vector<Turn> turns;
  driven = 0;
  if (machine.drive.kind == DriveKind::Pulses) {
    pulses(rows, turns, counts);
    return turns;
  }
  const bool ideal = trackers.largest != nullptr;
  const unsigned count = ideal ? 1 : dac.turns();
  turns.resize(count);
  for (const RowValue &row : rows) {
    const double relative = row.value / scale;
    double level = relative;
    if (ideal) {
      *trackers.largest = std::max(*trackers.largest, std::abs(row.value));
    } else if (dac.bits > 0) {
      counts.clippedDrives +=
          relative > 1 || relative < (dac.isSigned ? -1.0 : 0.0);
      level = dac.level(relative);
    }
    driven += level;
    for (unsigned t = 0; t < count; ++t) {
      const double drive =
          ideal || dac.sliceBits == 0 ? level : dac.slice(level, t);
      if (drive == 0)
        continue;
      // What the row's driver makes of it.
      const double made =
          drivers && !ideal
              ? drive * (1 + drivers->gain[row.row]) + drivers->offset[row.row]
              : drive;
      turns[t].rows.push_back(row.row);
      if (drivers && !ideal)
        turns[t].told.push_back(drive);
      turns[t].drives.push_back(
          nonlinearDrive(made, machine.device.nonlinearity));
      counts.conducted += std::abs(made * turns[t].drives.back()) *
                          cells.rowConductance(row.row);
    }
  }
  for (Turn &turn : turns) {
    counts.rowDrives += turn.rows.size();
    if (std::all_of(turn.drives.begin(), turn.drives.end(),
                    [](double drive) { return drive == 1; }))
      turn.drives.clear();
  }
  return turns;
}

void Reader::pulses(std::span<const RowValue> rows, std::vector<Turn> &turns,
                    ReadCounts &counts) {
  for (const RowValue &row : rows) {
    const auto count = static_cast<size_t>(row.value);
    if (turns.size() < count)
      turns.resize(count);
    for (size_t p = 0; p < count; ++p)
      turns[p].rows.push_back(row.row);
    driven += row.value;
    counts.rowDrives += count;
    counts.conducted += row.value * cells.rowConductance(row.row);
  }
}

void Reader::sumsOf(const Turn &turn, size_t first, size_t last,
                    ReadNoise &noise, ReadCounts &counts) {
  const auto rows = std::span(turn.rows).subspan(first, last - first);
  const bool full = turn.drives.empty();
  const auto drives = full
                          ? std::span<const double>()
                          : std::span(turn.drives).subspan(first, last - first);
  sum.assign(cells.sums(), 0.0);
  if (full)
    cells.addRows(rows, sum.data());
  else
    cells.addRowsAt(rows, drives, sum.data());
  ++counts.reads;
  floor = 0;
  if (countsAboveFloor)
    for (size_t i = first; i < last; ++i)
      floor += machine.device.gMin.value() * (!turn.told.empty() ? turn.told[i]
                                              : full ? 1
                                                     : turn.drives[i]);
  const uint64_t key = noise.sample << 32 | noise.read++;
  if (!machine.device.noisy || noise.off)
    return;
  addShared(rows, drives, key, noise);
  if (machine.device.readNoise == 0)
    return;
  if (machine.device.readNoiseHold == target::NoiseHold::Sample) {
    addHeld(rows, drives, noise);
    return;
  }
  variance.assign(cells.sums(), 0.0);
  if (full)
    cells.addVariance(rows, variance.data());
  else
    cells.addVarianceAt(rows, drives, variance.data());
  deviates.resize(sum.size());
  noise.draws.normals(key, deviates);
  for (uint32_t k = 0; k < sum.size(); ++k)
    sum[k] += std::sqrt(variance[k]) * deviates[k];
}

void Reader::addShared(std::span<const uint32_t> rows,
                       std::span<const double> drives, uint64_t read,
                       const ReadNoise &noise) {
  const target::ImcDevice &device = machine.device;
  if (device.readNoiseRows == 0 && device.readNoiseColumns == 0 &&
      device.readNoiseArray == 0)
    return;
  // Other counters of the stream than those of cells and converters. Noise that
  // is held has no read.
  const bool held = device.readNoiseHold == target::NoiseHold::Sample;
  const uint64_t key = held ? noise.sample << 32 : read;
  const auto draw = [&](uint32_t index, uint32_t kind) {
    return noise.draws.normal(key, index, held ? kind + 3 : kind);
  };
  const double ofArray =
      device.readNoiseArray == 0 ? 0 : device.readNoiseArray * draw(0, 6);
  shared.assign(sum.size(), 0.0);
  for (uint32_t k = 0; k < sum.size(); ++k) {
    const double ofColumn =
        device.readNoiseColumns == 0 ? 0 : device.readNoiseColumns * draw(k, 5);
    shared[k] = sum[k] * (ofColumn + ofArray);
  }
  if (device.readNoiseRows > 0) {
    std::vector<double> deviations;
    for (size_t i = 0; i < rows.size(); ++i)
      deviations.push_back(device.readNoiseRows * draw(rows[i], 4) *
                           (drives.empty() ? 1 : drives[i]));
    cells.addRowsAt(rows, deviations, shared.data());
  }
  for (uint32_t k = 0; k < sum.size(); ++k)
    sum[k] += shared[k];
}

void Reader::addHeld(std::span<const uint32_t> rows,
                     std::span<const double> drives, ReadNoise &noise) {
  noise.held.resize(cells.rows());
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint32_t row = rows[i];
    std::vector<double> &held = noise.held[row];
    if (held.empty()) {
      // The cells of a sum are normal and independent, as in a single read;
      // other counters of the stream than those of reads.
      held.assign(cells.sums(), 0.0);
      cells.addVariance(std::span(&row, 1), held.data());
      const uint64_t key = noise.sample << 32 | row;
      for (uint32_t k = 0; k < held.size(); ++k)
        held[k] = std::sqrt(held[k]) * noise.draws.normal(key, k, 3);
    }
    const double drive = drives.empty() ? 1 : drives[i];
    for (uint32_t k = 0; k < held.size(); ++k)
      sum[k] += drive * held[k];
  }
}

void Reader::convert(ReadNoise &noise, const ReadTrackers &trackers,
                     ReadCounts &counts, bool shifted,
                     std::vector<double> &into) {
  const auto sums = static_cast<uint32_t>(sum.size());
  counts.conversions += sums;
  counts.shifts +=
      shifted ? sums : sums / encoding.slices * (encoding.slices - 1);
  if (trackers.sums || trackers.largest) {
    for (uint32_t k = 0; k < sums; ++k) {
      if (trackers.sums)
        trackers.sums->add(sum[k]);
      into[k] += sum[k];
    }
    return;
  }
  // The converter's own draws: other counters of the read's stream.
  const uint64_t key = noise.sample << 32 | (noise.read - 1);
  const bool drawn = converters.adc().noise > 0 ||
                     converters.adc().rounding == Rounding::Stochastic;
  // A code counts whole steps; the floor is none, and is added as it is.
  const double rest =
      countsAboveFloor ? floor - converters.adc().convert(floor) : 0;
  for (uint32_t k = 0; k < sums; ++k) {
    counts.clipped += converters.adc().clips(sum[k]);
    into[k] += rest;
    into[k] +=
        drawn ? converters.convert(sum[k], k, noise.draws.normal(key, k, 1),
                                   noise.draws.uniform(key, k, 2))
              : converters.convert(sum[k], k);
  }
}

void Reader::readTurns(const std::vector<Turn> &turns, ReadNoise &noise,
                       const ReadTrackers &trackers, ReadCounts &counts) {
  const bool shifting = dac.sliceBits > 0 && !trackers.largest;
  TurnSum shifted(dac, shifting ? total.size() : 0);
  for (size_t t = 0; t < turns.size(); ++t) {
    const Turn &turn = turns[t];
    if (turn.rows.empty()) {
      if (shifting)
        shifted.add({});
      continue;
    }
    if (shifting)
      total.assign(total.size(), 0.0);
    uint64_t groups = 0;
    for (size_t first = 0; first < turn.rows.size(); first += activeRows) {
      sumsOf(turn, first,
             std::min<size_t>(turn.rows.size(), first + activeRows), noise,
             counts);
      convert(noise, trackers, counts, shifting && t > 0, total);
      ++groups;
    }
    counts.cycles += readCycles(machine, {cells.sums(), subtracted}, groups);
    if (shifting)
      shifted.add(total);
  }
  if (shifting)
    total = std::move(shifted).finish();
}

void Reader::readCharge(const std::vector<Turn> &turns, ReadNoise &noise,
                        const ReadTrackers &trackers, ReadCounts &counts) {
  std::vector<uint32_t> rows;
  for (const Turn &turn : turns)
    rows.insert(rows.end(), turn.rows.begin(), turn.rows.end());
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  uint64_t groups = 0, driven = 0;
  for (size_t at = 0; at < rows.size(); at += activeRows) {
    const uint32_t last =
        rows[std::min<size_t>(rows.size(), at + activeRows) - 1];
    TurnSum charge(dac, total.size()), floors(dac, 1);
    for (const Turn &turn : turns) {
      const auto begin = turn.rows.begin();
      const auto from = std::lower_bound(begin, turn.rows.end(), rows[at]);
      const auto to = std::upper_bound(from, turn.rows.end(), last);
      if (from == to) {
        charge.add({});
        floors.add({});
        continue;
      }
      sumsOf(turn, static_cast<size_t>(from - begin),
             static_cast<size_t>(to - begin), noise, counts);
      charge.add(sum);
      floors.add(std::span(&floor, 1));
      ++driven;
    }
    sum = std::move(charge).finish();
    floor = std::move(floors).finish().front();
    convert(noise, trackers, counts, false, total);
    ++groups;
  }
  counts.cycles +=
      chargeCycles(machine, {cells.sums(), subtracted}, groups, driven);
}
