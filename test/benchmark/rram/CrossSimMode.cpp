#include "test/benchmark/rram/CrossSimCase.h"
#include "test/benchmark/rram/Mode.h"
#include "test/benchmark/rram/SumOrder.h"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <map>

using namespace limen;
using namespace limen::bench;
using namespace limen::imchw;

namespace {

/// How far an approximation of the wires is from the exact network.
struct Approximation {
  std::string name;
  double largest = 0, rms = 0;
};

struct Figures {
  size_t wrong = 0; ///< results off by the tolerance or more
  double largest = 0;
  double cells = 0;     ///< largest difference of conductances that we map
  double deviation = 0; ///< with read noise: rms of error over that of ours
  double slack = 0;     ///< how far from 1 that may be
  double seconds = 0;
  std::vector<Approximation> approximations;
};

std::vector<double> part(const std::vector<double> &matrix, uint32_t columns,
                         uint32_t row, uint32_t rows, uint32_t column,
                         uint32_t width) {
  std::vector<double> out;
  for (uint32_t r = row; r < row + rows; ++r)
    out.insert(out.end(), matrix.begin() + long(size_t(r) * columns + column),
               matrix.begin() + long(size_t(r) * columns + column + width));
  return out;
}

/// Our own conductances for the case's weights.
std::vector<std::vector<double>> mapped(const CrossSimCase &c,
                                        std::vector<double> weights,
                                        uint32_t outputs, uint32_t inputs) {
  if (!c.singleMap)
    return encode<double>(c.settings.encoding, weights, outputs, inputs);
  const std::vector<float> narrow(weights.begin(), weights.end());
  return encode<float>(c.settings.encoding, narrow, outputs, inputs);
}

/// A block of the matrix on arrays of its own.
struct Tile {
  uint32_t row, outputs, column, inputs;
};

std::vector<std::vector<double>> cellsOf(const CrossSimCase &c, const Tile &t) {
  if (c.cells.empty())
    return mapped(
        c, part(c.weights, c.inputs, t.row, t.outputs, t.column, t.inputs),
        t.outputs, t.inputs);
  std::vector<std::vector<double>> arrays;
  const uint32_t unit = c.settings.encoding.hasUnitColumn() ? 1 : 0;
  for (const std::vector<double> &array : c.cells) {
    // A unit column is the first line of every tile.
    std::vector<double> tile =
        unit ? part(array, c.inputs, 0, 1, t.column, t.inputs)
             : std::vector<double>();
    const std::vector<double> rest =
        part(array, c.inputs, t.row + unit, t.outputs, t.column, t.inputs);
    tile.insert(tile.end(), rest.begin(), rest.end());
    arrays.push_back(std::move(tile));
  }
  return arrays;
}

/// Sums of all columns of a batch as CrossSim's solver finds them.
class RelaxedTile {
public:
  RelaxedTile(const CrossSimCase &c,
              const std::vector<std::vector<double>> &cells, const Tile &t)
      : relaxation(*c.relaxation), stride(c.settings.wires.stride()),
        inputs(t.inputs), batch(c.batch) {
    const uint32_t lines = c.settings.encoding.lines(t.outputs);
    for (size_t a = 0; a < cells.size(); a += stride) {
      std::vector<double> sides;
      for (size_t k = 0; k < cells[a].size(); ++k)
        for (uint32_t s = 0; s < stride; ++s)
          sides.push_back(cells[a + s][k]);
      arrays.emplace_back(std::move(sides), lines, inputs * stride,
                          c.settings.wires, relaxation);
    }
  }

  /// `drives` [input][batch] of a turn. Sums of array a are found()[a].
  Result<void> turn(const std::vector<double> &drives) {
    std::vector<double> sides;
    for (uint32_t j = 0; j < inputs; ++j)
      for (uint32_t s = 0; s < stride; ++s)
        for (uint32_t b = 0; b < batch; ++b)
          sides.push_back((s ? -1 : 1) * drives[size_t(j) * batch + b]);
    std::vector<std::vector<double>> sums(arrays.size() * stride);
    for (size_t a = 0; a < arrays.size(); ++a) {
      Result<std::vector<double>> solved = relaxation.together
                                               ? arrays[a].sums(sides, batch)
                                               : oneByOne(arrays[a], sides);
      if (!solved)
        return solved.takeError();
      sums[a * stride] = std::move(*solved);
    }
    turns.push_back(std::move(sums));
    return {};
  }

  /// Sums [line] of array, turn and column.
  std::vector<double> column(unsigned array, unsigned turn, uint32_t b) const {
    const std::vector<double> &all = turns[turn][array];
    std::vector<double> out;
    for (size_t k = b; k < all.size(); k += batch)
      out.push_back(all[k]);
    return out;
  }

private:
  Result<std::vector<double>> oneByOne(RelaxedArray &array,
                                       const std::vector<double> &drives) {
    std::vector<double> out;
    for (uint32_t b = 0; b < batch; ++b) {
      std::vector<double> own;
      for (size_t k = b; k < drives.size(); k += batch)
        own.push_back(drives[k]);
      Result<std::vector<double>> solved = array.sums(own, 1);
      if (!solved)
        return solved;
      out.resize(solved->size() * batch);
      for (size_t i = 0; i < solved->size(); ++i)
        out[i * batch + b] = (*solved)[i];
    }
    return out;
  }

  Relaxation relaxation;
  uint32_t stride, inputs, batch;
  std::vector<RelaxedArray> arrays;
  std::vector<std::vector<std::vector<double>>> turns; ///< [turn][array]
};

/// Which draw of the read noise; none: cells as they are.
using Draw = std::optional<uint32_t>;

std::vector<double> columnOf(const CrossSimCase &c, const Tile &t, uint32_t b) {
  std::vector<double> values(t.inputs);
  for (uint32_t j = 0; j < t.inputs; ++j)
    values[j] = c.drives[size_t(t.column + j) * c.batch + b];
  return values;
}

/// Replaces cells by their means over reads, and writes their variances.
void addNoise(const CellNoise &noise, std::vector<std::vector<double>> &arrays,
              std::vector<std::vector<double>> &variances) {
  std::map<double, CellNoise::Moments> known;
  for (std::vector<double> &array : arrays) {
    variances.emplace_back();
    for (double &g : array) {
      const auto [at, added] = known.try_emplace(g);
      if (added)
        at->second = noise.of(g);
      g = at->second.mean;
      variances.back().push_back(at->second.variance);
    }
  }
}

/// Adds what one tile makes of all drives to `sums` [output][batch].
Result<void> addTile(const CrossSimCase &c, const Tile &t, Draw draw,
                     std::vector<double> &sums) {
  std::vector<std::vector<double>> arrays = cellsOf(c, t);
  CoreSettings settings = c.settings;
  if (c.ends != CrossSimCase::Ends::Given)
    for (Adc &adc : settings.adcs) {
      const AdcEnds ends = c.endsOf(t.inputs);
      adc.low = ends.low;
      adc.range = ends.high;
    }
  if (draw)
    addNoise(*c.readNoise, arrays, settings.variances);
  std::optional<RelaxedTile> relaxed;
  if (c.relaxation)
    relaxed.emplace(c, arrays, t);
  Result<Core> core =
      Core::make(std::move(settings), std::move(arrays), t.outputs, t.inputs);
  if (!core)
    return core.takeError();
  if (relaxed)
    for (unsigned turn = 0; turn < c.settings.dac.turns(); ++turn) {
      std::vector<double> drives(size_t(t.inputs) * c.batch);
      for (uint32_t b = 0; b < c.batch; ++b) {
        const std::vector<double> own = core->drive(columnOf(c, t, b), turn);
        for (uint32_t j = 0; j < t.inputs; ++j)
          drives[size_t(j) * c.batch + b] = own[j];
      }
      if (Result<void> done = relaxed->turn(drives); !done)
        return done;
    }
  const uint32_t lines = c.settings.encoding.lines(t.outputs);
  const std::vector<uint8_t> order =
      c.singleSums ? recordedLanes(lines, c.batch, t.inputs)
                   : std::vector<uint8_t>();
  const std::vector<uint32_t> blocks = recordedBlocks(t.inputs);
  const RandomStream noise(1, Purpose::ReadNoise, t.row * c.inputs + t.column);
  std::vector<double> out(t.outputs);
  std::vector<uint8_t> lanes;
  for (uint32_t b = 0; b < c.batch; ++b) {
    Reading reading;
    lanes.clear();
    for (size_t k = b; k < order.size(); k += c.batch)
      lanes.push_back(order[k]);
    reading.lanes = lanes;
    reading.blocks = blocks;
    if (draw) {
      reading.noise = &noise;
      reading.index = *draw * c.batch + b;
    }
    if (relaxed)
      reading.sums = [&](unsigned array, unsigned turn) {
        return relaxed->column(array, turn, b);
      };
    std::fill(out.begin(), out.end(), 0.0);
    if (Result<void> done = core->multiply(columnOf(c, t, b), out, reading);
        !done)
      return done;
    for (uint32_t i = 0; i < t.outputs; ++i)
      sums[size_t(t.row + i) * c.batch + b] += out[i];
  }
  return {};
}

/// Results [output][batch] of all tiles.
Result<std::vector<double>> multiply(const CrossSimCase &c, Draw draw = {}) {
  std::vector<double> sums(c.results.size(), 0.0);
  for (size_t r = 1; r < c.outputBounds.size(); ++r)
    for (size_t k = 1; k < c.inputBounds.size(); ++k) {
      const uint32_t row = c.outputBounds[r - 1], column = c.inputBounds[k - 1];
      if (Result<void> done = addTile(
              c,
              {row, c.outputBounds[r] - row, column, c.inputBounds[k] - column},
              draw, sums);
          !done)
        return done.takeError();
    }
  for (double &sum : sums)
    sum *= c.scale;
  return sums;
}

/// The noise of the recorded reads beside that of reads of our own: sums of
/// squared distances from `quiet` over all results.
Result<void> compareNoise(const CrossSimCase &c,
                          const std::vector<double> &quiet, Figures &figures) {
  const auto squares = [&](const std::vector<double> &noisy) {
    double sum = 0;
    for (size_t k = 0; k < noisy.size(); ++k)
      sum += (noisy[k] - quiet[k]) * (noisy[k] - quiet[k]);
    return sum;
  };
  constexpr uint32_t draws = 32;
  double mean = 0, square = 0;
  for (uint32_t draw = 0; draw < draws; ++draw) {
    Result<std::vector<double>> noisy = multiply(c, draw);
    if (!noisy)
      return noisy.takeError();
    const double of = squares(*noisy);
    mean += of / draws;
    square += of * of / draws;
  }
  const double deviation =
      std::sqrt(std::max(0.0, square - mean * mean) * draws / (draws - 1));
  figures.deviation = std::sqrt(squares(c.results) / mean);
  // Five deviations of one such sum, and of the mean that it is held against.
  figures.slack = 5 * deviation / mean / 2 * std::sqrt(1 + 1.0 / draws);
  return {};
}

/// Of a case in one tile whose inputs feed the cells.
std::vector<Approximation> approximations(const CrossSimCase &c,
                                          const std::vector<double> &exact) {
  std::vector<Approximation> out;
  const Wires &wires = c.settings.wires;
  if (!wires.any() || !wires.fromInput || wires.interleaved ||
      wires.firstInput > 0 || c.relaxation || c.outputBounds.size() != 2 ||
      c.inputBounds.size() != 2)
    return out;
  CrossSimCase other = c;
  other.settings.wires = {};
  const auto original =
      c.cells.empty() ? mapped(c, c.weights, c.outputs, c.inputs) : c.cells;
  const uint32_t lines = c.settings.encoding.lines(c.outputs);
  const auto add = [&](const char *name) {
    Result<std::vector<double>> near = multiply(other);
    if (!near)
      return;
    Approximation a{name};
    for (size_t k = 0; k < exact.size(); ++k) {
      const double error = std::abs((*near)[k] - exact[k]);
      a.largest = std::max(a.largest, error);
      a.rms += error * error / double(exact.size());
    }
    a.rms = std::sqrt(a.rms);
    out.push_back(a);
  };
  other.cells = original;
  add("none");
  for (size_t k = 0; k < original.size(); ++k)
    other.cells[k] = approximateTransfer(original[k], lines, c.inputs, wires);
  add("line by line");
  return out;
}

Result<Figures> measure(const CrossSimCase &c) {
  const auto start = std::chrono::steady_clock::now();
  Result<std::vector<double>> product = multiply(c);
  if (!product)
    return product.takeError();
  const std::vector<double> &sums = *product;
  Figures figures;
  for (size_t k = 0; k < sums.size(); ++k) {
    const double error = std::abs(sums[k] - c.results[k]);
    // Not-a-number counts as wrong.
    figures.wrong += !(error < c.tolerance);
    figures.largest = std::max(figures.largest, error);
  }
  if (c.readNoise)
    if (Result<void> done = compareNoise(c, sums, figures); !done)
      return done.takeError();
  if (!c.cells.empty() && !c.programmed && c.outputBounds.size() == 2 &&
      c.inputBounds.size() == 2) {
    const auto ours = mapped(c, c.weights, c.outputs, c.inputs);
    for (size_t a = 0; a < ours.size(); ++a)
      for (size_t k = 0; k < ours[a].size(); ++k)
        figures.cells =
            std::max(figures.cells, std::abs(ours[a][k] - c.cells[a][k]));
  }
  figures.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  figures.approximations = approximations(c, sums);
  return figures;
}

Result<void> report(const std::string &file) {
  Result<CrossSimCase> read = readCrossSimCase(file);
  if (!read)
    return read.takeError();
  const CrossSimCase &c = *read;
  Result<Figures> figures = measure(c);
  if (!figures)
    return figures.takeError();
  const bool noisy = c.readNoise.has_value();
  const bool passed = noisy ? std::abs(figures->deviation - 1) < figures->slack
                            : figures->wrong == 0;
  nlohmann::ordered_json line;
  line["case"] = c.name;
  line["codes_wrong"] = figures->wrong;
  line["max_abs_dy"] = figures->largest;
  line["tolerance"] = c.tolerance;
  line["results"] = c.results.size();
  if (!c.cells.empty() && !c.programmed)
    line["max_abs_dg"] = figures->cells;
  if (noisy) {
    line["noise_over_sigma"] = figures->deviation;
    line["noise_slack"] = figures->slack;
  }
  line["sums"] = c.singleSums ? "single" : "double";
  if (c.relaxation)
    line["solver_threshold"] = c.relaxation->threshold;
  line["within"] = passed;
  line["seconds"] = figures->seconds;
  for (const Approximation &a : figures->approximations)
    line["wires_approximated"][a.name] = {{"max_abs_dy", a.largest},
                                          {"rms_dy", a.rms}};
  if (!c.assumed.empty())
    line["assumed"] = c.assumed;
  if (!c.ignored.empty())
    line["ignored"] = c.ignored;
  printLine(line);
  fmt::print(stderr, "{:<28} {:>8} {:>12} {:>12.3g} {:>10.0e} {:>9.2f}  {}\n",
             c.name, c.results.size(), figures->wrong, figures->largest,
             c.tolerance, figures->seconds, passed ? "within" : "OUTSIDE");
  for (const Approximation &a : figures->approximations)
    fmt::print(stderr,
               "  wires {:<18} rms {:.3g}, max {:.3g} off the network\n",
               a.name, a.rms, a.largest);
  return {};
}

void printHeader() {
  fmt::print(stderr, "{:<28} {:>8} {:>12} {:>12} {:>10} {:>9}\n",
             "crosssim case", "results", "codes wrong", "max |dY|", "tolerance",
             "seconds");
}

class CrossSimMode : public Mode {
public:
  void addOptions(CLI::App &app) override {
    app.add_option("--crosssim", files,
                   "Products beside CrossSim's; parameters come from the .json "
                   "beside each file")
        ->type_name("FILE.npz");
  }
  bool chosen() const override { return !files.empty(); }
  Result<void> run(const Common &) override {
    printHeader();
    return forEachFile(files, report);
  }
  Result<void> runRecorded(const Common &common,
                           const std::string &data) override {
    files = filesIn(data + "/rram/crosssim", "c", ".npz");
    std::erase_if(files, [](const std::string &file) {
      return file.find("lsm") != file.npos;
    });
    return run(common);
  }

private:
  std::vector<std::string> files;
};

} // namespace

std::unique_ptr<Mode> bench::makeCrossSimMode() {
  return std::make_unique<CrossSimMode>();
}
