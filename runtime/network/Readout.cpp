// Digital layers: what they compute and how many operations that takes.

#include "runtime/network/Network.h"

#include <cmath>
#include <numbers>

using namespace limen::network;

double limen::network::activate(Activation activation, double x) {
  switch (activation) {
  case Activation::None:
    break;
  case Activation::Relu:
    return x > 0 ? x : 0;
  case Activation::Gelu:
    return 0.5 * x * std::erfc(-x / std::numbers::sqrt2);
  }
  return x;
}

std::vector<float> Readout::apply(std::span<const double> x) const {
  std::vector<float> out;
  for (int64_t c = 0; c < classes; ++c) {
    double score = 0;
    for (size_t i = 0; i < x.size(); ++i)
      if (x[i] != 0)
        score += weights[c * x.size() + i] * x[i];
    if (!bias.empty())
      score += bias[c];
    out.push_back(static_cast<float>(activate(activation, score)));
  }
  return out;
}

StepOps Readout::operations() const {
  const auto outputs = static_cast<uint64_t>(classes);
  StepOps ops;
  ops.multiply = weights.size();
  ops.add = weights.size() + bias.size();
  if (!before)
    ops.multiply += static_cast<uint64_t>(inputs());
  if (activation == Activation::Relu) {
    ops.compare = outputs;
    ops.select = outputs;
  } else if (activation == Activation::Gelu) {
    ops.other = outputs;
    ops.multiply += outputs;
  }
  return ops;
}
