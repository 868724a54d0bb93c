// Projections of a network description: rules, weights, delays, signs.

#include "compiler/Import/DescriptionReader.h"

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

void Reader::readReceptor(const YamlValue &value, Projection &projection) {
  const Node &target = out.nodes[projection.target];
  snn::ModelOp model = target.model;
  const std::vector<std::string> receptors = texts(model.getReceptors());
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
}

//===----------------------------------------------------------------------===//
// Delays
//===----------------------------------------------------------------------===//

/// A number of steps: a time over dt, or a number without a unit.
std::optional<double> Reader::readSteps(const YamlValue &value,
                                        const Projection &projection) {
  const std::string text = value.scalar();
  if (text.find_first_not_of("0123456789-.") == std::string::npos)
    return value.as<double>();
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
  if (!kind || !readNumbers(kind, map, projection, draw, steps))
    return;
  // Drawn delays are rounded to whole steps within these bounds.
  const YamlValue low = map.value("min"), high = map.value("max");
  draw.low = low ? std::ceil(steps(low) - 1e-9) : 1;
  draw.high = high ? std::floor(steps(high) + 1e-9) : double(maxDelay);
  map.finish();
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
                         const Projection &projection, Draw &draw,
                         const NumberReader &number) {
  const std::string name = kind.as<std::string>();
  const bool truncated = name == "truncated_normal";
  const std::optional<DistributionKind> distribution =
      truncated ? DistributionKind::Normal
                : snn::symbolizeDistributionKind(name);
  if (!distribution) {
    kind.fail(fmt::format("'{}' has the unknown distribution '{}'",
                          projection.name, name),
              "known: constant, normal, truncated_normal, uniform, lognormal, "
              "formed_pair");
    return false;
  }
  draw.distribution = *distribution;
  auto read = [&](const char *key) {
    const YamlValue value = map.requiredValue(key);
    return value ? number(value) : 0;
  };
  auto wrong = [&](const char *key, double value, const char *wanted) {
    map.value(key).fail(fmt::format("{} of '{}' is {}; {} was wanted", key,
                                    projection.name, formatNumber(value),
                                    wanted));
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
                            projection.name));
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
    projection.values = readValues(map, projection);
    map.finish();
    return;
  }
  const YamlValue kind = map.requiredValue("distribution");
  if (!kind)
    return;
  Draw &draw = projection.weights;
  const auto plain = [](const YamlValue &v) { return v.as<double>(); };
  if (!readNumbers(kind, map, projection, draw, plain))
    return;
  if (const YamlValue low = map.value("min"))
    draw.low = low.as<double>();
  if (const YamlValue high = map.value("max"))
    draw.high = high.as<double>();
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

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

void Reader::readNumber(YamlMap &map, Projection &projection) {
  const YamlValue number = map.requiredValue("number");
  if (!number)
    return;
  projection.number = number.as<uint64_t>();
  if (projection.number > 0xFFFFFFFFu)
    number.fail(fmt::format("number of '{}' is {}; at most {} was wanted",
                            projection.name, projection.number, 0xFFFFFFFFu));
}

void Reader::readDistance(YamlMap &map, Projection &projection) {
  const YamlValue profile = map.requiredValue("profile");
  const std::string name = profile ? profile.as<std::string>() : "gaussian";
  projection.wiring =
      name == "exponential" ? WiringKind::Exponential : WiringKind::Gaussian;
  if (name != "gaussian" && name != "exponential")
    profile.fail(
        fmt::format("'{}' has the unknown profile '{}'", projection.name, name),
        "known: gaussian, exponential");
  projection.scale = map.required<double>("scale");
  if (map.has("scale") && !(projection.scale > 0))
    map.value("scale").fail(
        fmt::format("scale of '{}' is {}; a number above 0 was wanted",
                    projection.name, formatNumber(projection.scale)),
        "grids have extent 1 along every axis");
  projection.periodic = map.optional<bool>("periodic", false);
  const Node &source = out.nodes[projection.source];
  const Node &target = out.nodes[projection.target];
  if (source.shape.size() != target.shape.size())
    map.fail(fmt::format("'{}' connects by distance, but '{}' has {} axes and "
                         "'{}' {}",
                         projection.name, source.name, source.shape.size(),
                         target.name, target.shape.size()));
}

void Reader::readConvolution(YamlMap &map, Projection &projection) {
  projection.rule = Rule::Conv2d;
  const Node &source = out.nodes[projection.source];
  const Node &target = out.nodes[projection.target];
  auto numbers = [&](const char *key, size_t low, size_t high,
                     std::vector<int64_t> fallback) {
    const YamlValue value = map.value(key);
    if (!value && !fallback.empty())
      return fallback;
    std::vector<int64_t> found;
    if (!value) {
      map.requiredValue(key);
      return found;
    }
    for (const YamlValue &item : value.items())
      found.push_back(item.as<int64_t>());
    if (found.size() < low || found.size() > high)
      value.fail(fmt::format("{} of '{}' has {} numbers; {} was wanted", key,
                             projection.name, found.size(),
                             low == high ? std::to_string(low)
                                         : fmt::format("{} or {}", low, high)));
    return found;
  };
  const std::vector<int64_t> kernel = numbers("kernel", 2, 3, {});
  projection.stride = numbers("stride", 2, 2, {1, 1});
  projection.padding = numbers("padding", 2, 2, {0, 0});
  projection.dilation = numbers("dilation", 2, 2, {1, 1});
  projection.groups = map.optional<int64_t>("groups", 1);
  if (source.shape.size() != 3 || target.shape.size() != 3)
    return map.fail(fmt::format("'{}' is a convolution, which joins channels x "
                                "height x width; '{}' has {} dimensions and "
                                "'{}' {}",
                                projection.name, source.name,
                                source.shape.size(), target.name,
                                target.shape.size()));
  if (projection.groups < 1 || source.shape[0] % projection.groups != 0)
    return map.fail(fmt::format("groups of '{}' is {}; a divisor of the {} "
                                "channels of '{}' was wanted",
                                projection.name, projection.groups,
                                source.shape[0], source.name));
  projection.kernelShape = {target.shape[0],
                            source.shape[0] / projection.groups};
  for (int64_t extent : kernel) {
    if (extent < 1 || extent > 65536)
      return map.value("kernel").fail(
          fmt::format("kernel of '{}' has an extent of {}; 1 to 65536 was "
                      "wanted",
                      projection.name, extent));
    projection.kernelShape.push_back(extent);
  }
}

void Reader::readRule(YamlMap &map, Projection &projection) {
  const YamlValue rule = map.requiredValue("rule");
  const std::string name = rule ? rule.as<std::string>() : "";
  const Node &source = out.nodes[projection.source];
  const Node &target = out.nodes[projection.target];
  const bool byDistance = name == "distance";
  if (name == "random" || byDistance) {
    const YamlValue density = map.requiredValue("density");
    if (density)
      projection.density = density.as<double>();
    if (!(projection.density >= 0 && projection.density <= 1))
      density.fail(fmt::format("density of '{}' is {}; a probability from 0 to "
                               "1 was wanted",
                               projection.name,
                               formatNumber(projection.density)));
    if (byDistance)
      readDistance(map, projection);
  } else if (name == "dense" || name == "all_to_all") {
    projection.rule = Rule::Dense;
  } else if (name == "one_to_one") {
    projection.wiring = WiringKind::OneToOne;
    if (source.size != target.size)
      rule.fail(fmt::format("'{}' is one_to_one, but '{}' has {} elements and "
                            "'{}' has {}",
                            projection.name, source.name, source.size,
                            target.name, target.size));
  } else if (name == "fixed_total" || name == "fixed_in_degree" ||
             name == "fixed_out_degree") {
    projection.wiring = *snn::symbolizeWiringKind(name);
    readNumber(map, projection);
  } else if (name == "list") {
    readList(map, projection);
  } else if (name == "conv2d") {
    readConvolution(map, projection);
  } else if (rule) {
    for (const char *key : {"density", "number", "profile", "scale"})
      map.value(key); // they cannot be checked
    rule.fail(
        fmt::format("'{}' has the unknown rule '{}'", projection.name, name),
        "known: random, all_to_all, one_to_one, fixed_total, fixed_in_degree, "
        "fixed_out_degree, distance, list, conv2d");
  }
  const YamlValue autapses = map.value("autapses");
  if (!autapses)
    return;
  projection.autapses = autapses.as<bool>();
  if (projection.source != projection.target)
    autapses.fail(fmt::format("'{}' joins two populations and has no autapses",
                              projection.name));
  else if (projection.rule != Rule::Random && projection.rule != Rule::Dense)
    autapses.fail(
        fmt::format("autapses of '{}' follow from its rule", projection.name));
}

/// What a rule can take for weights.
static std::string refusal(const Projection &projection) {
  const bool values = !projection.values.empty();
  if (projection.wiring == WiringKind::Pairwise &&
      projection.rule == Rule::Random && values)
    return "its synapses are drawn, so single weights cannot be given";
  if (projection.rule == Rule::Random && values)
    return "its rule takes a distribution of weights";
  if (projection.rule == Rule::List && !values &&
      projection.weights.distribution != DistributionKind::Constant)
    return "its weights are listed, or one constant";
  if (projection.rule == Rule::Conv2d && !values &&
      projection.weights.distribution != DistributionKind::Constant)
    return "its kernel has values, or one constant";
  return {};
}

void Reader::readProjection(const std::string &name, const YamlValue &value) {
  YamlMap map = value.map();
  Projection projection;
  projection.name = name;
  projection.place = value.place();
  const std::optional<size_t> source =
      nodeNamed(map.requiredValue("from"), false);
  const std::optional<size_t> target = nodeNamed(map.requiredValue("to"), true);
  const YamlValue receptor = map.value("receptor");
  if (!source || !target) {
    // Its ends decide what the other keys mean.
    map.entries();
    return;
  }
  projection.source = *source;
  projection.target = *target;
  readReceptor(receptor, projection);
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
  readSign(map, projection);

  const YamlValue delay = map.value("delay"), delays = map.value("delays");
  if (out.dt.value() > 0) {
    if (delay)
      readDelay(delay, projection);
    if (delays && delay)
      delays.fail(fmt::format("'{}' has both delay and delays", name));
    else if (delays && projection.rule != Rule::Random &&
             projection.rule != Rule::Dense)
      delays.fail(fmt::format("'{}' does not draw its delays", name),
                  "a list holds them; a kernel may have a delay axis");
    else if (delays)
      readDelays(delays, projection);
    else if (!delay && projection.synapseDelays.empty())
      assume("projection '{}': delay 0 steps (none was given)", name);
  }

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
