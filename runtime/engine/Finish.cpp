// What all engines do at the end of a sample.

#include "runtime/engine/Engine.h"

#include <algorithm>

using namespace limen;
using namespace limen::engine;

void engine::finishOutputs(const network::Network &network,
                           const std::vector<std::vector<float>> &values,
                           SampleResult &result) {
  std::vector<std::vector<float>> scores; // by readout
  for (const network::Readout &readout : network.readouts) {
    std::vector<double> x;
    if (readout.before) {
      const std::vector<float> &layer = scores[*readout.before];
      x.assign(layer.begin(), layer.end());
    } else {
      const double steps =
          std::max<uint32_t>(1, result.stepsOf(readout.source));
      for (uint32_t count : result.counts[readout.source])
        x.push_back(static_cast<double>(count) / steps);
    }
    scores.push_back(readout.apply(x));
  }
  result.outputs.clear();
  for (const network::Output &output : network.outputs) {
    std::vector<float> out;
    if (output.isReadout) {
      out = scores[output.index];
    } else {
      const network::Node &node = network.nodes[output.index];
      if (node.isInput || node.model.spiking)
        out.assign(result.counts[output.index].begin(),
                   result.counts[output.index].end());
      else
        out = values[output.index];
    }
    result.outputs.push_back(std::move(out));
  }
}

int engine::predictedClass(std::span<const float> output) {
  const auto best = std::max_element(output.begin(), output.end());
  return best == output.end() ? -1 : static_cast<int>(best - output.begin());
}

int engine::predictedClass(const SampleResult &result) {
  return result.outputs.empty() ? -1 : predictedClass(result.outputs.front());
}
