#include "compiler/Import/NIR/NIRKinds.h"

using namespace limen;
using namespace limen::nir;

namespace {

struct KindName {
  Kind kind;
  std::string_view name;
};
constexpr KindName kindNames[] = {{Kind::Input, "Input"},
                                  {Kind::Output, "Output"},
                                  {Kind::Affine, "Affine"},
                                  {Kind::Linear, "Linear"},
                                  {Kind::Conv1d, "Conv1d"},
                                  {Kind::Conv2d, "Conv2d"},
                                  {Kind::SumPool2d, "SumPool2d"},
                                  {Kind::AvgPool2d, "AvgPool2d"},
                                  {Kind::Flatten, "Flatten"},
                                  {Kind::IF, "IF"},
                                  {Kind::LIF, "LIF"},
                                  {Kind::CubaLIF, "CubaLIF"},
                                  {Kind::LI, "LI"},
                                  {Kind::CubaLI, "CubaLI"},
                                  {Kind::I, "I"},
                                  {Kind::Threshold, "Threshold"},
                                  {Kind::Scale, "Scale"},
                                  {Kind::Delay, "Delay"}};

} // namespace

const std::vector<ParameterRule> &limen::nir::parametersOf(Kind kind) {
  static const std::vector<ParameterRule> integrate = {
      {"r"}, {"v_threshold"}, {"v_reset", 0.0}};
  static const std::vector<ParameterRule> leaky = {
      {"tau", NAN, true}, {"r"}, {"v_leak"}, {"v_threshold"}, {"v_reset", 0.0}};
  static const std::vector<ParameterRule> cuba = {{"tau_syn", NAN, true},
                                                  {"tau_mem", NAN, true},
                                                  {"r"},
                                                  {"v_leak"},
                                                  {"w_in", 1.0},
                                                  {"v_threshold"},
                                                  {"v_reset", 0.0}};
  static const std::vector<ParameterRule> integrator = {
      {"tau", NAN, true}, {"r"}, {"v_leak"}};
  static const std::vector<ParameterRule> cubaIntegrator = {
      {"tau_syn", NAN, true},
      {"tau_mem", NAN, true},
      {"r"},
      {"v_leak"},
      {"w_in", 1.0}};
  static const std::vector<ParameterRule> plainIntegrator = {{"r"}};
  static const std::vector<ParameterRule> threshold = {{"threshold"}};
  static const std::vector<ParameterRule> delay = {{"delay"}};
  static const std::vector<ParameterRule> none;
  switch (kind) {
  case Kind::IF:
    return integrate;
  case Kind::LIF:
    return leaky;
  case Kind::CubaLIF:
    return cuba;
  case Kind::LI:
    return integrator;
  case Kind::CubaLI:
    return cubaIntegrator;
  case Kind::I:
    return plainIntegrator;
  case Kind::Threshold:
    return threshold;
  case Kind::Delay:
    return delay;
  default:
    return none;
  }
}

std::string_view limen::nir::toString(Kind kind) {
  for (const KindName &known : kindNames)
    if (known.kind == kind)
      return known.name;
  return "port";
}

bool limen::nir::isNeuron(Kind kind) {
  return isSpiking(kind) || kind == Kind::LI || kind == Kind::CubaLI ||
         kind == Kind::I;
}

bool limen::nir::isSpiking(Kind kind) {
  return kind == Kind::IF || kind == Kind::LIF || kind == Kind::CubaLIF ||
         kind == Kind::Threshold;
}

std::optional<Kind> limen::nir::kindOf(std::string_view name) {
  for (const KindName &known : kindNames)
    if (known.name == name)
      return known.kind;
  return std::nullopt;
}

std::string limen::nir::supportedTypes() {
  std::string list;
  for (const KindName &known : kindNames)
    list += (list.empty() ? "" : ", ") + std::string(known.name);
  return list;
}
