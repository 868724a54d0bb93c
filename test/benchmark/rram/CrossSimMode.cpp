#include "test/benchmark/rram/CrossSimCase.h"
#include "test/benchmark/rram/Mode.h"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>

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
  double deviation = 0; ///< with read noise: rms of error over its sigma
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
  if (!c.settings.single)
    return encode<double>(c.settings.encoding, weights, outputs, inputs);
  const std::vector<float> narrow(weights.begin(), weights.end());
  return encode<float>(c.settings.encoding, narrow, outputs, inputs);
}

/// Adds what one tile makes of all drives to `sums` [output][batch].
Result<void> addTile(const CrossSimCase &c, uint32_t row, uint32_t outputs,
                     uint32_t column, uint32_t inputs,
                     std::vector<double> &sums) {
  std::vector<std::vector<double>> arrays;
  if (c.cells.empty()) {
    arrays = mapped(c, part(c.weights, c.inputs, row, outputs, column, inputs),
                    outputs, inputs);
  } else {
    const uint32_t unit = c.settings.encoding.hasUnitColumn() ? 1 : 0;
    for (const std::vector<double> &array : c.cells) {
      // A unit column is the first line of every tile.
      std::vector<double> tile =
          unit ? part(array, c.inputs, 0, 1, column, inputs)
               : std::vector<double>();
      const std::vector<double> rest =
          part(array, c.inputs, row + unit, outputs, column, inputs);
      tile.insert(tile.end(), rest.begin(), rest.end());
      arrays.push_back(std::move(tile));
    }
  }
  CoreSettings settings = c.settings;
  if (c.endsFollowTile)
    for (Adc &adc : settings.adcs) {
      const AdcEnds ends = maximumEnds(inputs, c.bothSigns);
      adc.low = ends.low;
      adc.range = ends.high;
    }
  Result<Core> core =
      Core::make(std::move(settings), std::move(arrays), outputs, inputs);
  if (!core)
    return core.takeError();
  std::vector<double> values(inputs), out(outputs);
  for (uint32_t b = 0; b < c.batch; ++b) {
    for (uint32_t j = 0; j < inputs; ++j)
      values[j] = c.drives[size_t(column + j) * c.batch + b];
    std::fill(out.begin(), out.end(), 0.0);
    if (Result<void> done = core->multiply(values, out); !done)
      return done;
    for (uint32_t i = 0; i < outputs; ++i)
      sums[size_t(row + i) * c.batch + b] += out[i];
  }
  return {};
}

/// Deviation that read noise brings to a result of a pair of cells.
double noiseSigma(const CrossSimCase &c, uint32_t output, uint32_t column) {
  double variance = 0;
  const auto arrays =
      c.cells.empty() ? mapped(c, c.weights, c.outputs, c.inputs) : c.cells;
  for (const std::vector<double> &g : arrays)
    for (uint32_t j = 0; j < c.inputs; ++j) {
      const double x = c.drives[size_t(j) * c.batch + column];
      const double s =
          c.readNoise *
          (c.readNoiseProportional ? g[size_t(output) * c.inputs + j] : 1);
      variance += x * x * s * s;
    }
  return std::sqrt(variance) / c.settings.encoding.range();
}

/// Results [output][batch] of all tiles, unscaled.
Result<std::vector<double>> multiply(const CrossSimCase &c) {
  std::vector<double> sums(c.results.size(), 0.0);
  for (size_t r = 1; r < c.outputBounds.size(); ++r)
    for (size_t k = 1; k < c.inputBounds.size(); ++k) {
      const uint32_t row = c.outputBounds[r - 1], column = c.inputBounds[k - 1];
      if (Result<void> done = addTile(c, row, c.outputBounds[r] - row, column,
                                      c.inputBounds[k] - column, sums);
          !done)
        return done.takeError();
    }
  return sums;
}

/// Of a case in one tile whose inputs feed the cells.
std::vector<Approximation> approximations(const CrossSimCase &c,
                                          const std::vector<double> &exact) {
  std::vector<Approximation> out;
  const Wires &wires = c.settings.wires;
  if (!wires.any() || !wires.fromInput || c.outputBounds.size() != 2 ||
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
      const double error = std::abs((*near)[k] - exact[k]) * c.scale;
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
    const double error = std::abs(sums[k] * c.scale - c.results[k]);
    // Not-a-number counts as wrong.
    figures.wrong += !(error < c.tolerance);
    figures.largest = std::max(figures.largest, error);
  }
  if (c.readNoise > 0) {
    double sum = 0;
    for (size_t k = 0; k < sums.size(); ++k) {
      const double sigma =
          noiseSigma(c, uint32_t(k / c.batch), uint32_t(k % c.batch)) * c.scale;
      const double error = sums[k] * c.scale - c.results[k];
      sum += error * error / (sigma * sigma);
    }
    figures.deviation = std::sqrt(sum / double(sums.size()));
  }
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
  const bool noisy = c.readNoise > 0;
  // 2048 draws: the rms of their sigmas is within 5 of its own deviations.
  const double slack = 5 / std::sqrt(2.0 * double(c.results.size()));
  const bool passed =
      noisy ? std::abs(figures->deviation - 1) < slack : figures->wrong == 0;
  nlohmann::ordered_json line;
  line["case"] = c.name;
  line["codes_wrong"] = figures->wrong;
  line["max_abs_dy"] = figures->largest;
  line["tolerance"] = c.tolerance;
  line["results"] = c.results.size();
  if (!c.cells.empty() && !c.programmed)
    line["max_abs_dg"] = figures->cells;
  if (noisy)
    line["noise_over_sigma"] = figures->deviation;
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
