// Projections of a network description: receptors, weights, delays, signs.

#include "compiler/Import/DescriptionReader.h"
#include "compiler/Import/DescriptionUnits.h"

#include <algorithm>
#include <fmt/ranges.h>

using namespace limen;
using namespace limen::description;
using limen::snn::DistributionKind;
using limen::snn::WiringKind;

static constexpr uint64_t maxDelay = 65535;

Sign Reader::signOf(const YamlValue &value, const std::string &culprit) {
  const std::string text = value.as<std::string>();
  if (text == "excitatory")
    return Sign::Excitatory;
  if (text == "inhibitory")
    return Sign::Inhibitory;
  value.fail(fmt::format("the sign of '{}' is '{}'; excitatory or inhibitory "
                         "was wanted",
                         culprit, text));
  return Sign::Any;
}

void Reader::readReceptor(YamlMap &map, Projection &projection) {
  const YamlValue value = map.value("receptor");
  const Node &target = out.nodes[projection.target];
  snn::ModelOp model = target.model;
  const std::vector<std::string> receptors = texts(model.getReceptors());
  if (receptors.empty()) {
    (value ? value : map.value("to"))
        .fail(fmt::format("the model '{}' of '{}' has no receptor",
                          model.getSymName().str(), target.name));
    return;
  }
  projection.weightUnit = model.unitOf(receptors.front()).str();
  if (!value) {
    if (receptors.size() > 1)
      assume("projection '{}': receptor '{}', the first of the model '{}'",
             projection.name, receptors.front(), model.getSymName().str());
    return;
  }
  const std::string name = value.as<std::string>();
  const auto found = std::find(receptors.begin(), receptors.end(), name);
  if (found == receptors.end())
    value.fail(fmt::format("'{}' has no receptor '{}'", target.name, name),
               fmt::format("the receptors of its model '{}' are {}",
                           model.getSymName().str(),
                           fmt::join(receptors, ", ")));
  else
    projection.receptor = static_cast<unsigned>(found - receptors.begin());
  projection.weightUnit = model.unitOf(receptors[projection.receptor]).str();
}

//===----------------------------------------------------------------------===//
// Delays
//===----------------------------------------------------------------------===//

/// A number of steps: a time over dt, or a number without a unit.
std::optional<double> Reader::readSteps(const YamlValue &value,
                                        const Projection &projection) {
  const std::string text = value.scalar();
  if (value.kind() == YamlValue::Kind::Absent)
    return std::nullopt;
  if (!text.empty() &&
      text.find_first_not_of("0123456789-.") == std::string::npos) {
    if (const Result<double> steps = parseIn(text, ""))
      return *steps;
    value.fail(fmt::format("delay of '{}': '{}' is not a number",
                           projection.name, text));
    return std::nullopt;
  }
  const Result<double> seconds = parseQuantity(text, "s");
  if (seconds)
    return *seconds / out.dt.value();
  value.fail(fmt::format("delay of '{}': {}", projection.name,
                         seconds.error().message),
             "a number without a unit is a number of steps");
  return std::nullopt;
}

void Reader::readDelay(const YamlValue &value, Projection &projection) {
  const std::string text = value.scalar();
  if (text.find_first_not_of("0123456789-") == std::string::npos) {
    projection.delay = value.as<uint64_t>();
  } else {
    const std::optional<double> steps = readSteps(value, projection);
    if (!steps)
      return;
    const double whole = std::round(*steps);
    // Both are decimal texts in double precision; 1e-9 is far above their
    // rounding and far below any delay that is meant to differ.
    if (!(*steps >= 0) ||
        std::abs(*steps - whole) > 1e-9 * std::max(1.0, whole)) {
      value.fail(fmt::format("the delay {} of '{}' is {} steps of {}; a whole "
                             "number of steps was wanted",
                             text, projection.name, formatNumber(*steps),
                             format(out.dt)));
      return;
    }
    projection.delay = static_cast<uint64_t>(std::min(whole, 2.0 * maxDelay));
  }
  if (projection.delay > maxDelay)
    value.fail(fmt::format("the delay {} of '{}' is more than {} steps", text,
                           projection.name, maxDelay));
}

void Reader::readDelays(const YamlValue &value, Projection &projection) {
  YamlMap map = value.map();
  const YamlValue kind = map.requiredValue("distribution");
  Draw draw;
  const auto steps = [&](const YamlValue &number) {
    return readSteps(number, projection).value_or(0);
  };
  if (!kind || !readNumbers(kind, map, projection.name, draw, steps)) {
    map.entries();
    return;
  }
  if (draw.distribution == DistributionKind::FormedPair)
    return kind.fail(fmt::format("delays of '{}' are a formed_pair, which is a "
                                 "distribution of weights",
                                 projection.name));
  // Drawn delays are rounded to whole steps within these bounds.
  const YamlValue low = map.value("min"), high = map.value("max");
  draw.low = low ? std::ceil(steps(low) - 1e-9) : 1;
  draw.high = high ? std::floor(steps(high) + 1e-9) : double(maxDelay);
  map.finish();
  if (draw.distribution == DistributionKind::Constant &&
      std::abs(draw.a - std::round(draw.a)) > 1e-9 * std::max(1.0, draw.a))
    map.value("value").fail(
        fmt::format("the delay of '{}' is {} steps of {}; a whole number of "
                    "steps was wanted",
                    projection.name, formatNumber(draw.a), format(out.dt)));
  if (!low)
    assume("projection '{}': delays of at least 1 step (no min was given)",
           projection.name);
  if (!high && draw.distribution == DistributionKind::Constant)
    draw.high = std::max(draw.low, std::round(draw.a));
  else if (!high && draw.distribution == DistributionKind::Uniform)
    draw.high = std::max(draw.low, std::round(draw.b));
  else if (!high)
    map.fail(fmt::format("'{}' draws delays without a max", projection.name),
             "the longest delay decides how much memory buffers take");
  if (!(draw.low >= 0 && draw.low <= draw.high && draw.high <= maxDelay))
    map.fail(fmt::format("the delays of '{}' go from {} to {} steps; 0 to {}, "
                         "in this order, was wanted",
                         projection.name, formatNumber(draw.low),
                         formatNumber(draw.high), maxDelay));
  projection.delays = draw;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

bool Reader::readNumbers(const YamlValue &kind, YamlMap &map,
                         const std::string &culprit, Draw &draw,
                         const NumberReader &number) {
  const std::string name = kind.as<std::string>();
  const bool truncated = name == "truncated_normal";
  const std::optional<DistributionKind> distribution =
      truncated ? DistributionKind::Normal
                : snn::symbolizeDistributionKind(name);
  if (!distribution) {
    if (kind.kind() == YamlValue::Kind::Scalar)
      kind.fail(
          fmt::format("'{}' has the unknown distribution '{}'", culprit, name),
          "known: constant, normal, truncated_normal, uniform, "
          "lognormal, formed_pair");
    return false;
  }
  draw.distribution = *distribution;
  auto read = [&](const char *key) {
    const YamlValue value = map.requiredValue(key);
    return value ? number(value) : 0;
  };
  auto wrong = [&](const char *key, double value, const char *wanted) {
    map.value(key).fail(fmt::format("{} of '{}' is {}; {} was wanted", key,
                                    culprit, formatNumber(value), wanted));
  };
  switch (*distribution) {
  case DistributionKind::Constant:
    draw.a = read("value");
    break;
  case DistributionKind::Normal:
    draw.a = read("mean");
    draw.b = read("std");
    if (draw.b < 0)
      wrong("std", draw.b, "0 or more");
    if (truncated && !map.has("min") && !map.has("max"))
      kind.fail(fmt::format("'{}' is truncated, but has neither min nor max",
                            culprit));
    break;
  case DistributionKind::Uniform:
    draw.a = read("low");
    draw.b = read("high");
    if (map.has("low") && map.has("high") && draw.a > draw.b)
      wrong("high", draw.b, "a number not below 'low'");
    break;
  case DistributionKind::LogNormal:
  case DistributionKind::FormedPair:
    draw.a = read("median");
    // The deviation of a logarithm has no unit.
    draw.b = map.required<double>("sigma");
    if (map.has("median") && !(draw.a > 0))
      wrong("median", draw.a, "a number above 0");
    if (draw.b < 0)
      wrong("sigma", draw.b, "0 or more");
    break;
  }
  return true;
}

void Reader::readWeights(const YamlValue &value, Projection &projection) {
  YamlMap map = value.map();
  if (map.has("values") || map.has("file")) {
    readValues(map, projection);
    map.finish();
    return;
  }
  const YamlValue kind = map.requiredValue("distribution");
  if (!kind)
    return;
  Draw &draw = projection.weights;
  const std::string culprit = fmt::format("weight of '{}'", projection.name);
  const auto number = [&](const YamlValue &v) {
    return readIn(v, projection.weightUnit, culprit).value_or(0);
  };
  if (!readNumbers(kind, map, projection.name, draw, number)) {
    map.entries();
    return;
  }
  if (const YamlValue low = map.value("min"))
    draw.low = number(low);
  if (const YamlValue high = map.value("max"))
    draw.high = number(high);
  map.finish();
  if (!(draw.low < draw.high))
    map.fail(fmt::format("weights of '{}' go from {} to {}; min must be below "
                         "max",
                         projection.name, formatNumber(draw.low),
                         formatNumber(draw.high)));
  if (draw.isBounded() && draw.distribution == DistributionKind::FormedPair)
    kind.fail(fmt::format("'{}' is a formed_pair, whose weights have no min or "
                          "max",
                          projection.name));
}

/// Dale's rule: of the projection, else of its source.
void Reader::readSign(YamlMap &map, Projection &projection) {
  const Node &source = out.nodes[projection.source];
  const YamlValue value = map.value("sign");
  Sign sign = value ? signOf(value, projection.name) : Sign::Any;
  if (value && source.sign != Sign::Any && sign != source.sign)
    value.fail(fmt::format("'{}' starts at '{}', whose sign is the other one",
                           projection.name, source.name));
  if (!value)
    sign = source.sign;
  if (sign == Sign::Any)
    return;
  // After the gain the weight must have the sign; before it, that of sign /
  // gain.
  const bool positive = (sign == Sign::Excitatory) == (projection.gain >= 0);
  Draw &draw = projection.weights;
  const auto complain = [&](double weight) {
    map.fail(fmt::format("'{}' is {}, but has the weight {}", projection.name,
                         sign == Sign::Excitatory ? "excitatory" : "inhibitory",
                         formatNumber(weight)));
  };
  for (float weight : projection.values)
    if (positive ? weight < 0 : weight > 0)
      return complain(static_cast<double>(weight) * projection.gain);
  if (!projection.values.empty())
    return;
  if (draw.distribution == DistributionKind::Constant) {
    if (positive ? draw.a < 0 : draw.a > 0)
      complain(draw.a * projection.gain);
    return;
  }
  if (draw.distribution == DistributionKind::FormedPair)
    return map.fail(
        fmt::format("'{}' is a formed_pair, whose weights have both "
                    "signs",
                    projection.name));
  if (positive)
    draw.low = std::max(draw.low, 0.0);
  else
    draw.high = std::min(draw.high, 0.0);
  if (!(draw.low < draw.high))
    map.fail(fmt::format("no weight of '{}' between min and max has its sign",
                         projection.name));
}

/// Weights are single precision, gain included.
void Reader::checkRange(const YamlMap &map, const Projection &projection) {
  constexpr double most = std::numeric_limits<float>::max();
  const auto fits = [&](double weight) {
    if (std::abs(weight * projection.gain) <= most)
      return true;
    map.fail(fmt::format("a weight of '{}' is {} with its gain; at most {} in "
                         "size was wanted",
                         projection.name,
                         formatNumber(weight * projection.gain),
                         formatNumber(most)));
    return false;
  };
  for (float weight : projection.values)
    if (!fits(weight))
      return;
  if (projection.values.empty() && fits(projection.weights.a))
    fits(projection.weights.b);
}

/// What a rule can take for weights.
static std::string refusal(const Projection &projection) {
  const bool values = !projection.values.empty();
  const bool constant =
      projection.weights.distribution == DistributionKind::Constant;
  switch (projection.rule) {
  case Rule::Random:
    if (values && projection.wiring != WiringKind::OneToOne)
      return "its synapses are drawn, so single weights cannot be given";
    return {};
  case Rule::List:
    return values || constant ? "" : "its weights are listed, or one constant";
  case Rule::Convolution:
    return values || constant ? "" : "its kernel has values, or one constant";
  case Rule::Pool:
    return values || constant ? "" : "a pool has one constant weight";
  case Rule::Dense:
    return {};
  }
  return {};
}

/// One delay for all synapses, delays of a distribution, or listed ones.
void Reader::readDelayKeys(YamlMap &map, Projection &projection) {
  const YamlValue delay = map.value("delay"), delays = map.value("delays");
  if (!(out.dt.value() > 0))
    return; // reported
  const std::string &name = projection.name;
  if (delay)
    readDelay(delay, projection);
  if (!delays) {
    if (!delay && projection.synapseDelays.empty())
      assume("projection '{}': delay 0 steps (none was given)", name);
    return;
  }
  if (delay)
    return delays.fail(fmt::format("'{}' has both delay and delays", name));
  YamlMap inner = delays.map();
  const bool single = projection.rule == Rule::Dense ||
                      projection.rule == Rule::List ||
                      projection.wiring == WiringKind::OneToOne;
  if (inner.has("values") || inner.has("file")) {
    if (!projection.synapseDelays.empty())
      return delays.fail(
          fmt::format("the synapses of '{}' already have delays", name));
    if (!single)
      return delays.fail(
          fmt::format("'{}': its synapses are drawn or are a kernel, so single "
                      "delays cannot be given",
                      name));
    readDelayValues(inner, projection);
    inner.finish();
    return;
  }
  if ((projection.rule != Rule::Random && projection.rule != Rule::Dense) ||
      !projection.values.empty())
    return delays.fail(fmt::format("'{}' does not draw its delays", name),
                       "lists hold them, or {values: [...]} gives them; a "
                       "kernel may have a delay axis");
  readDelays(delays, projection);
}

void Reader::readProjection(const std::string &name, const YamlValue &value) {
  YamlMap map = value.map();
  Projection projection;
  projection.name = name;
  projection.place = value.place();
  const std::optional<size_t> source =
      nodeNamed(map.requiredValue("from"), false);
  const std::optional<size_t> target = nodeNamed(map.requiredValue("to"), true);
  if (!source || !target) {
    // Its ends decide what the other keys mean.
    map.entries();
    return;
  }
  projection.source = *source;
  projection.target = *target;
  readReceptor(map, projection);
  projection.gain = map.optional<double>("gain", 1.0);
  readRule(map, projection);

  const YamlValue weights = map.value("weights");
  if (weights)
    readWeights(weights, projection);
  else if (projection.values.empty() &&
           (projection.rule != Rule::List || !projection.targets.empty()))
    map.requiredValue("weights");
  if (weights)
    if (const std::string text = refusal(projection); !text.empty())
      weights.fail(fmt::format("'{}': {}", name, text));
  checkRange(map, projection);
  readSign(map, projection);

  readDelayKeys(map, projection);
  if (const YamlValue learning = map.value("plasticity"))
    readLearning(learning, projection);

  const YamlValue seed = map.value("seed");
  projection.seed = seed ? seed.as<uint64_t>() : networkSeed;
  const bool drawn =
      (projection.rule == Rule::Random &&
       projection.wiring != WiringKind::OneToOne) ||
      projection.delays ||
      (projection.values.empty() &&
       projection.weights.distribution != DistributionKind::Constant);
  if (seed && !drawn)
    seed.fail(fmt::format("'{}' draws nothing, but has a seed", name));
  if (!seed && drawn)
    seedUsed = true;
  map.finish();
  out.projections.push_back(std::move(projection));
}
