// Rules of projections: which pairs have a synapse.

#include "compiler/Import/DescriptionReader.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <numeric>

using namespace limen;
using namespace limen::description;
using limen::snn::WiringKind;

/// Largest number of drawn synapses of one projection: draws count in 32 bits.
static constexpr uint64_t maxNumber = 0xFFFFFFFF;
/// Largest number of weights of a kernel.
static constexpr int64_t maxKernel = int64_t(1) << 28;

//===----------------------------------------------------------------------===//
// Drawn pairs
//===----------------------------------------------------------------------===//

void Reader::readNumber(YamlMap &map, Projection &projection) {
  const YamlValue number = map.requiredValue("number");
  if (!number)
    return;
  projection.number = number.as<uint64_t>();
  if (projection.number > maxNumber)
    number.fail(fmt::format("number of '{}' is {}; at most {} was wanted",
                            projection.name, projection.number, maxNumber));
}

void Reader::readDensity(YamlMap &map, Projection &projection) {
  const YamlValue density = map.requiredValue("density");
  if (!density)
    return;
  projection.density = density.as<double>();
  if (!(projection.density >= 0 && projection.density <= 1))
    density.fail(fmt::format("density of '{}' is {}; a probability from 0 to "
                             "1 was wanted",
                             projection.name,
                             formatNumber(projection.density)));
}

/// `number`, or `density`: the probability that a pair is connected at all.
void Reader::readTotal(YamlMap &map, Projection &projection) {
  if (!map.has("density"))
    return readNumber(map, projection);
  const YamlValue density = map.value("density");
  if (map.has("number"))
    return map.value("number").fail(
        fmt::format("'{}' has both a number and a density", projection.name));
  readDensity(map, projection);
  const double p = projection.density;
  if (p >= 1)
    return density.fail(
        fmt::format("density of '{}' is 1; no number of synapses drawn with "
                    "repetition connects every pair",
                    projection.name),
        "the rule all_to_all does");
  projection.density = 1;
  // (1 - 1/pairs)^number = 1 - p, rounded as in Potjans and Diesmann, Cerebral
  // Cortex 24 (2014), equation 1.
  const double pairs = static_cast<double>(out.nodes[projection.source].size) *
                       static_cast<double>(out.nodes[projection.target].size);
  double number = 0;
  if (p > 0 && pairs >= 0x1p53) // in doubles (pairs - 1) / pairs is 1
    number = std::nearbyint(-std::log1p(-p) * pairs);
  else if (p > 0 && pairs > 1)
    number = std::nearbyint(std::log(1 - p) / std::log((pairs - 1) / pairs));
  if (number > static_cast<double>(maxNumber))
    return density.fail(fmt::format("'{}' has {} synapses; at most {} was "
                                    "wanted",
                                    projection.name, formatNumber(number),
                                    maxNumber));
  projection.number = static_cast<uint64_t>(number);
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

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

std::vector<int64_t>
Reader::readWindow(YamlMap &map, const Projection &projection, const char *key,
                   size_t low, size_t high, std::vector<int64_t> fallback) {
  const YamlValue value =
      fallback.empty() ? map.requiredValue(key) : map.value(key);
  if (!value)
    return fallback;
  const int64_t least = std::string_view(key) == "padding" ? 0 : 1;
  std::vector<int64_t> found;
  for (const YamlValue &item : value.items()) {
    const int64_t extent = item.as<int64_t>();
    if (item.kind() == YamlValue::Kind::Scalar &&
        (extent < least || extent > 65536))
      item.fail(fmt::format("{} of '{}' has an extent of {}; {} to 65536 was "
                            "wanted",
                            key, projection.name, extent, least));
    found.push_back(std::clamp<int64_t>(extent, least, 65536));
  }
  if (value.kind() != YamlValue::Kind::Sequence)
    return {};
  if (found.size() < low || found.size() > high) {
    value.fail(fmt::format("{} of '{}' has {} numbers; {} was wanted", key,
                           projection.name, found.size(),
                           low == high ? std::to_string(low)
                                       : fmt::format("{} or {}", low, high)));
    return {};
  }
  return found;
}

bool Reader::checkGrids(const YamlMap &map, const Projection &projection,
                        size_t axes) const {
  const Node &source = out.nodes[projection.source];
  const Node &target = out.nodes[projection.target];
  if (source.shape.size() == axes + 1 && target.shape.size() == axes + 1)
    return true;
  map.fail(fmt::format(
      "'{}' joins {}; '{}' has {} dimensions and '{}' {}", projection.name,
      axes == 1 ? "channels x length" : "channels x height x width",
      source.name, source.shape.size(), target.name, target.shape.size()));
  return false;
}

void Reader::readConvolution(YamlMap &map, Projection &projection,
                             size_t axes) {
  projection.rule = Rule::Convolution;
  const std::vector<int64_t> ones(axes, 1), zeros(axes, 0);
  std::vector<int64_t> kernel =
      readWindow(map, projection, "kernel", axes, axes + 1, {});
  projection.stride = readWindow(map, projection, "stride", axes, axes, ones);
  projection.padding =
      readWindow(map, projection, "padding", axes, axes, zeros);
  projection.dilation =
      readWindow(map, projection, "dilation", axes, axes, ones);
  projection.groups = map.optional<int64_t>("groups", 1);
  if (!checkGrids(map, projection, axes))
    return;
  if (kernel.empty() || projection.stride.empty() ||
      projection.padding.empty() || projection.dilation.empty())
    return; // reported
  const Node &source = out.nodes[projection.source];
  const Node &target = out.nodes[projection.target];
  if (projection.groups < 1 || source.shape[0] % projection.groups != 0 ||
      target.shape[0] % projection.groups != 0)
    return map.fail(fmt::format("groups of '{}' is {}; a divisor of the {} "
                                "channels of '{}' and the {} of '{}' was "
                                "wanted",
                                projection.name, projection.groups,
                                source.shape[0], source.name, target.shape[0],
                                target.name));
  for (size_t axis = 0; axis < axes; ++axis) {
    const int64_t taps = kernel[kernel.size() - axes + axis];
    const int64_t wanted =
        snn::windowExtent(source.shape[axis + 1], taps, projection.stride[axis],
                          projection.padding[axis], projection.dilation[axis]);
    if (wanted != target.shape[axis + 1])
      return map.fail(fmt::format(
          "the kernel of '{}' makes {} positions of the {} along axis {} of "
          "'{}'; '{}' has {}",
          projection.name, std::max<int64_t>(wanted, 0), source.shape[axis + 1],
          axis + 1, source.name, target.name, target.shape[axis + 1]));
  }
  if (axes == 1) {
    kernel.insert(kernel.end() - 1, 1);
    projection.stride.insert(projection.stride.begin(), 1);
    projection.padding.insert(projection.padding.begin(), 0);
    projection.dilation.insert(projection.dilation.begin(), 1);
  }
  projection.kernelShape = {target.shape[0],
                            source.shape[0] / projection.groups};
  int64_t count = projection.kernelShape[0] * projection.kernelShape[1];
  for (int64_t extent : kernel) {
    if (count > maxKernel / extent)
      return map.fail(fmt::format("the kernel of '{}' has more than {} weights",
                                  projection.name, maxKernel));
    count *= extent;
    projection.kernelShape.push_back(extent);
  }
}

void Reader::readPool(YamlMap &map, Projection &projection, bool average) {
  projection.rule = Rule::Pool;
  projection.average = average;
  const Node &source = out.nodes[projection.source];
  const Node &target = out.nodes[projection.target];
  const size_t axes = source.shape.size() == 2 ? 1 : 2;
  const std::vector<int64_t> zeros(axes, 0);
  std::vector<int64_t> kernel =
      readWindow(map, projection, "kernel", axes, axes, {});
  projection.stride = readWindow(map, projection, "stride", axes, axes,
                                 kernel.empty() ? zeros : kernel);
  projection.padding =
      readWindow(map, projection, "padding", axes, axes, zeros);
  if (!checkGrids(map, projection, axes) || kernel.empty() ||
      projection.stride.empty() || projection.padding.empty())
    return;
  if (source.shape[0] != target.shape[0])
    return map.fail(fmt::format("'{}' pools channel by channel; '{}' has {} "
                                "channels and '{}' {}",
                                projection.name, source.name, source.shape[0],
                                target.name, target.shape[0]));
  for (size_t axis = 0; axis < axes; ++axis) {
    const int64_t wanted =
        snn::windowExtent(source.shape[axis + 1], kernel[axis],
                          projection.stride[axis], projection.padding[axis], 1);
    if (wanted != target.shape[axis + 1])
      return map.fail(fmt::format(
          "the window of '{}' makes {} positions of the {} along axis {} of "
          "'{}'; '{}' has {}",
          projection.name, std::max<int64_t>(wanted, 0), source.shape[axis + 1],
          axis + 1, source.name, target.name, target.shape[axis + 1]));
  }
  if (axes == 1) {
    kernel.insert(kernel.begin(), 1);
    projection.stride.insert(projection.stride.begin(), 1);
    projection.padding.insert(projection.padding.begin(), 0);
  }
  projection.kernelShape = kernel;
  snn::ModelOp model = source.model;
  const bool spikes = source.isInput || model.isSpiking();
  if (!average && spikes &&
      snn::pooledBits(source.spikeBits, kernel[0] * kernel[1]) > 32)
    map.fail(fmt::format("counts of the windows of '{}' need more than 32 bits",
                         projection.name));
}

//===----------------------------------------------------------------------===//
// Rules by name
//===----------------------------------------------------------------------===//

void Reader::readAutapses(YamlMap &map, Projection &projection) {
  const YamlValue autapses = map.value("autapses");
  if (!autapses)
    return;
  projection.autapses = autapses.as<bool>();
  if (projection.source != projection.target)
    autapses.fail(fmt::format("'{}' joins two populations and has no autapses",
                              projection.name));
  else if ((projection.rule != Rule::Random &&
            projection.rule != Rule::Dense) ||
           projection.wiring == WiringKind::OneToOne)
    autapses.fail(
        fmt::format("autapses of '{}' follow from its rule", projection.name));
}

void Reader::readRule(YamlMap &map, Projection &projection) {
  const YamlValue rule = map.requiredValue("rule");
  const std::string name = rule ? rule.as<std::string>() : "";
  const Node &source = out.nodes[projection.source];
  const Node &target = out.nodes[projection.target];
  if (name == "random" || name == "distance") {
    readDensity(map, projection);
    if (name == "distance")
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
  } else if (name == "fixed_total") {
    projection.wiring = WiringKind::FixedTotal;
    readTotal(map, projection);
  } else if (name == "fixed_in_degree" || name == "fixed_out_degree") {
    projection.wiring = *snn::symbolizeWiringKind(name);
    readNumber(map, projection);
  } else if (name == "list") {
    readSynapses(map, projection);
  } else if (name == "csr") {
    readRows(map, projection);
  } else if (name == "conv1d" || name == "conv2d") {
    readConvolution(map, projection, name == "conv1d" ? 1 : 2);
  } else if (name == "sum_pool" || name == "avg_pool") {
    readPool(map, projection, name == "avg_pool");
  } else if (rule) {
    map.entries(); // the other keys cannot be checked
    rule.fail(
        fmt::format("'{}' has the unknown rule '{}'", projection.name, name),
        "known: random, all_to_all, one_to_one, fixed_total, fixed_in_degree, "
        "fixed_out_degree, distance, list, csr, conv1d, conv2d, sum_pool, "
        "avg_pool");
  }
  readAutapses(map, projection);
}
