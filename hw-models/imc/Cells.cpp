#include "hw-models/imc/Cells.h"

#include "hw-models/base/RandomBatch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <span>

using namespace limen;
using namespace limen::imchw;

/// A polynomial by its coefficients from order 0 up.
static double polynomial(std::span<const double> coefficients, double x) {
  double value = 0;
  for (size_t k = coefficients.size(); k-- > 0;)
    value = value * x + coefficients[k];
  return value;
}

double imchw::programmingSigma(const target::ImcDevice &device, double target) {
  using Error = target::ProgrammingError;
  constexpr double micro = 1e-6;
  const auto fitted = [&](std::initializer_list<double> coefficients,
                          double low, double high, double unit) {
    const double g = std::clamp(target / micro, low, high) / unit;
    return device.programmingMagnitude * micro *
           std::max(0.0, polynomial(std::span(coefficients.begin(),
                                              coefficients.size()),
                                    g));
  };
  switch (device.programmingError) {
  case Error::None:
    return 0;
  case Error::Independent:
    return device.programmingMagnitude * device.gMax.value();
  case Error::Proportional:
    return device.programmingMagnitude * target;
  case Error::Wan:
    return fitted({1.053, 0.2374, -1.167e-2, 1.536e-4}, 0, 39.26, 1);
  case Error::Milo:
    return fitted({4.782321, -0.009107}, 0, 225, 1);
  case Error::Joshi:
    return fitted({0.28638599, 0.07585724, -0.00178767}, 0, 25, 1);
  case Error::Wan1Second:
    return fitted({0.348, 16.030, -43.853, 45.393, -16.815}, 0, 40, 40);
  case Error::Wan1Day:
    return fitted({0.701, 22.086, -50.773, 47.095, -16.458}, 0, 40, 40);
  case Error::Wan2Days:
    return fitted({0.782, 20.274, -43.507, 37.062, -11.934}, 0, 40, 40);
  }
  return 0;
}

double imchw::readSigma(const target::ImcDevice &device, double conductance) {
  return device.readNoise *
         (device.readNoiseKind == target::ReadNoise::Proportional
              ? conductance
              : device.gMax.value());
}

double imchw::formedShare(const target::ImcDevice &device, Volts forming) {
  const double z = (forming.value() - device.formingMean.value()) /
                   device.formingSigma.value();
  return std::erfc(-z / std::numbers::sqrt2) / 2;
}

Volts imchw::formingVoltage(const target::ImcDevice &device, double share) {
  return Volts(device.formingMean.value() +
               device.formingSigma.value() * normalQuantile(share));
}

double imchw::drifted(const target::ImcDevice &device, double conductance,
                      Seconds time, double draw) {
  switch (device.drift) {
  case target::Drift::None:
    return conductance;
  case target::Drift::Power: {
    if (conductance <= 0)
      return 0;
    constexpr double start = 20; // seconds
    const double log = std::log(conductance / device.gMax.value());
    const double nu = std::clamp(-0.0155 * log + 0.0244, 0.049, 0.1) +
                      draw * std::clamp(-0.0125 * log - 0.0059, 0.008, 0.045);
    return conductance *
           std::pow(std::max(1.0, time.value() / start), -std::max(0.0, nu));
  }
  case target::Drift::Logarithmic: {
    const double log = std::log(std::max(1.0, time.value()));
    const double shift =
        -0.08900206 * log + draw * (0.04201137 * log + 0.41183342);
    return std::max(0.0, conductance + shift * 1e-6);
  }
  }
  return conductance;
}

double imchw::nonlinearDrive(double drive, double k) {
  return k == 0 ? drive : std::sinh(k * drive) / std::sinh(k);
}

Cells::Cells(const target::ImcDevice &device, uint64_t seed, uint32_t identity,
             Load load)
    : device(device), load(load),
      error(seed, Purpose::CellProgramming, identity),
      drift(seed, Purpose::CellDrift, identity),
      stuck(seed, Purpose::StuckCell, identity) {}

double Cells::aged(double conductance, uint32_t row, uint32_t column) const {
  if (device.drift != target::Drift::None)
    conductance = drifted(device, conductance, device.retention,
                          drift.normal(row, column));
  if (device.stuckLow > 0 || device.stuckHigh > 0) {
    const double draw = stuck.uniform(row, column);
    if (draw < device.stuckLow)
      return device.gMin.value();
    if (draw < device.stuckLow + device.stuckHigh)
      return device.gMax.value();
  }
  return conductance;
}

double Cells::written(double target, uint32_t row, uint32_t column) const {
  const double low = device.gMin.value(), high = device.gMax.value();
  if (device.cellBits > 0) {
    const double steps = (std::exp2(device.cellBits) - 1) / (high - low);
    target = std::nearbyint((target - low) * steps) / steps + low;
  }
  if (!device.noisy)
    return target;
  if (device.programmingError != target::ProgrammingError::None)
    target += programmingSigma(device, target) *
              error.normal(static_cast<uint64_t>(load.sample) << 32 | row,
                           column, load.index);
  target = device.clip ? std::clamp(target, low, high) : std::max(0.0, target);
  return aged(target, row, column);
}

double Cells::formed(double conductance, uint32_t row, uint32_t column) const {
  if (!device.noisy)
    return conductance;
  // A cell that is intact conducts a little.
  return aged(conductance == 0 ? device.gUnformed.value() : conductance, row,
              column);
}

Result<void> Endurance::write(uint64_t times) {
  if (limit > 0 && times > limit - std::min(limit, count))
    return Error(fmt::format("cells would be written {} times; they survive {}",
                             count + times, limit));
  count += times;
  return {};
}
