#include "test/benchmark/rram/CrossSimReader.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::bench;
using namespace limen::imchw;

void CrossSimReader::readDevice(CrossSimCase &out) {
  Encoding &e = out.settings.encoding;
  const double least = p.number("xbar.device.Rmin", 1000),
               most = p.number("xbar.device.Rmax", 10000);
  if (!(least > 0))
    p.fail("xbar.device.Rmin", fmt::format("is {}", least));
  if (p.flag("xbar.device.infinite_on_off_ratio", false))
    e.gMin = 0;
  else if (most > least)
    e.gMin = least / most;
  else
    p.fail("xbar.device.Rmax",
           fmt::format("is {}; more than Rmin ({}) was wanted", most, least));
  const std::string ideal = "IdealDevice";
  for (const char *kind : {"programming_error", "drift_error"}) {
    const std::string path = std::string("xbar.device.") + kind;
    const std::string model = p.text(path + ".model", ideal);
    static const std::vector<std::string> known = {
        "IdealDevice",
        "NormalIndependentDevice",
        "NormalProportionalDevice",
        "NormalInverseProportionalDevice",
        "UniformIndependentDevice",
        "UniformProportionalDevice",
        "UniformInverseProportionalDevice",
        "RRAMWan",
        "RRAMMilo",
        "PCMJoshi",
        "SONOS"};
    if (std::find(known.begin(), known.end(), model) == known.end())
      p.fail(path + ".model", fmt::format("is '{}', an unknown model", model));
    p.number(path + ".magnitude", 0);
    out.programmed |= p.flag(path + ".enable", false) && model != ideal;
  }
  readNoise(out);
  readNonlinearity(out);
  p.ask("xbar.device.time");
  out.settings.lineLimit = p.number("xbar.array.Icol_max", 0);
}

void CrossSimReader::readNoise(CrossSimCase &out) {
  const std::string path = "xbar.device.read_noise";
  const std::string model = p.text(path + ".model", "IdealDevice");
  CellNoise noise;
  noise.magnitude = p.number(path + ".magnitude", 0);
  const bool clip = p.flag("xbar.device.clip_conductance", false);
  const bool lumped = p.flag(path + ".lumped", false);
  if (!p.flag(path + ".enable", false) || model == "IdealDevice" ||
      noise.magnitude == 0)
    return;
  static const std::vector<std::pair<std::string, CellNoise::Scale>> scales = {
      {"IndependentDevice", CellNoise::Scale::Independent},
      {"InverseProportionalDevice", CellNoise::Scale::Inverse},
      {"ProportionalDevice", CellNoise::Scale::Proportional}};
  bool known = false;
  for (const auto &[name, scale] : scales)
    for (const bool uniform : {false, true})
      if (model == (uniform ? "Uniform" : "Normal") + name) {
        noise.scale = scale;
        noise.uniform = uniform;
        known = true;
      }
  if (!known)
    return p.fail(path + ".model",
                  fmt::format("is '{}'; Normal- or Uniform- with "
                              "IndependentDevice, ProportionalDevice or "
                              "InverseProportionalDevice is handled",
                              model));
  if (lumped) {
    noise.low = -INFINITY;
  } else if (clip) {
    noise.low = out.settings.encoding.gMin;
    noise.high = 1;
  }
  out.readNoise = noise;
}

CellNoise::Moments CellNoise::of(double g) const {
  double size = magnitude;
  if (scale == Scale::Proportional)
    size *= std::abs(g);
  else if (scale == Scale::Inverse)
    size = g > 0 ? size / g : 0;
  if (size == 0) {
    const double held = std::clamp(g, low, high);
    return {held, 0};
  }
  // Nothing is held where it would be far off.
  const double reach = (uniform ? 0.5 : 8) * size;
  if (g - reach >= low && g + reach <= high)
    return {g, size * size / (uniform ? 12 : 1)};
  // Moments of what is held between low and high, by the midpoint rule over a
  // distribution of width 1, or of deviation 1 up to 8 deviations.
  constexpr int steps = 400;
  double weights = 0, first = 0, second = 0;
  for (int k = 0; k < steps; ++k) {
    const double place = (k + 0.5) / steps - 0.5;
    const double x = uniform ? place : 16 * place;
    const double weight = uniform ? 1 : std::exp(-x * x / 2);
    const double held = std::clamp(g + size * x, low, high);
    weights += weight;
    first += weight * held;
    second += weight * held * held;
  }
  const double mean = first / weights;
  return {mean, std::max(0.0, second / weights - mean * mean)};
}

void CrossSimReader::readNonlinearity(CrossSimCase &out) {
  const std::string path = "xbar.device.nonlinear_IV";
  const std::string model = p.text(path + ".model", "IdealDevice");
  const double volts = p.number("xbar.device.Vread", 0.1);
  p.ask(path + ".magnitude");
  if (!p.flag(path + ".enable", false) || model == "IdealDevice")
    return;
  if (model != "CubicDevice")
    return p.fail(path + ".model",
                  fmt::format("is '{}'; IdealDevice and CubicDevice are "
                              "handled",
                              model));
  // I = G (V - V^3 / 4), with V = Vread x.
  out.settings.cubic = volts * volts / 4;
}

void CrossSimReader::readWires(CrossSimCase &out) {
  const std::string path = "xbar.array.parasitics";
  const double least = p.number("xbar.device.Rmin", 1000);
  const auto relative = [&](const char *key) {
    return p.number(path + "." + key, 0) / least;
  };
  Wires wires{relative("Rp_row"), relative("Rp_col"),
              relative("Rp_row_terminal"), relative("Rp_col_terminal"),
              p.flag(path + ".current_from_input", true)};
  const bool top = p.text(path + ".selected_rows", "top") == "top";
  wires.interleaved = interleaved;
  if (p.flag(path + ".gate_input", false))
    wires.fromInput = false;
  if (const nlohmann::json *off = p.find(path + ".disable_slices"))
    if (off->is_array() &&
        std::find(off->begin(), off->end(), true) != off->end())
      p.fail(path + ".disable_slices", "is true for a slice");
  if (!p.flag(path + ".enable", false) || !wires.any())
    return;
  if (wires.fromInput) {
    // CrossSim adds it to the segments of the first input line, and to no
    // other.
    wires.firstInput = wires.inputTerminal;
    wires.inputTerminal = 0;
  } else {
    // Inputs that the matrix does not use lie between it and the converters,
    // or between it and the supply.
    const unsigned rows = p.whole(
        "core.rows_max", noted({"rows_max[ =:]*([0-9]+)"}).value_or(1024));
    for (size_t k = 1; k < out.inputBounds.size(); ++k)
      if (out.inputBounds[k] - out.inputBounds[k - 1] != out.inputBounds[1])
        p.fail(path + ".current_from_input",
               "is false with input tiles of different sizes");
    const double unused =
        std::max(0.0, double(rows) - double(out.inputBounds[1]));
    (top ? wires.outputTerminal : wires.inputTerminal) +=
        unused * (top ? wires.output : wires.input);
    if (!p.has("core.rows_max") && unused > 0)
      out.assumed.push_back(
          fmt::format("core.rows_max {}, {}", rows,
                      rows == 1024 ? "CrossSim's default" : "from the note"));
  }
  if (out.readNoise)
    p.fail("xbar.device.read_noise.enable",
           "is true with parasitics; noise is compared without wires");
  if (out.settings.cubic != 0)
    p.fail("xbar.device.nonlinear_IV.enable",
           "is true with parasitics; linear cells are handled with wires");
  out.settings.wires = wires;
  readRelaxation(out);
}

void CrossSimReader::readRelaxation(CrossSimCase &out) {
  // The solution of the network is what CrossSim finds within a threshold. Only
  // where that is loose do its steps matter.
  constexpr double tight = 1.5e-6;
  Relaxation r;
  r.threshold = p.number(
      "simulation.Verr_th_mvm",
      notedNumber("Verr(?:_th)?(?:_mvm)?[ =:]*([0-9.]+(?:e[-+]?[0-9]+)?)")
          .value_or(tight));
  r.gamma = p.number("simulation.relaxation_gamma",
                     notedNumber("gamma[ =:]*([0-9.]+)").value_or(1));
  r.steps = p.whole("simulation.Niters_max_parasitics", 100);
  r.together = !p.flag("simulation.disable_fast_matmul", false);
  if (p.text("simulation.Verr_matmul_criterion", "max_max") != "max_max")
    p.fail("simulation.Verr_matmul_criterion", "is not max_max");
  if (!(r.threshold > 0) || !(r.gamma > 0) || r.gamma > 2)
    p.fail("simulation.relaxation_gamma",
           fmt::format("is {}, with a threshold of {}", r.gamma, r.threshold));
  if (r.threshold > tight)
    out.relaxation = r;
}
