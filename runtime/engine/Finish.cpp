// What all engines do at the end of a sample.

#include "runtime/engine/Engine.h"

#include <algorithm>

using namespace limen;
using namespace limen::engine;

void engine::finishOutputs(const network::Network &network,
                           const std::vector<std::vector<float>> &values,
                           SampleResult &result) {
  result.outputs.clear();
  for (const network::Output &output : network.outputs) {
    std::vector<float> out;
    if (!output.isReadout) {
      const network::Node &node = network.nodes[output.index];
      if (node.isInput || node.model.spiking)
        out.assign(result.counts[output.index].begin(),
                   result.counts[output.index].end());
      else
        out = values[output.index];
    } else {
      const network::Readout &readout = network.readouts[output.index];
      const std::vector<uint32_t> &counts = result.counts[readout.source];
      const double steps =
          std::max<uint32_t>(1, result.stepsOf(readout.source));
      for (int64_t c = 0; c < readout.classes; ++c) {
        double score = 0;
        for (size_t i = 0; i < counts.size(); ++i)
          if (counts[i] != 0)
            score += readout.weights[c * counts.size() + i] *
                     (static_cast<double>(counts[i]) / steps);
        if (!readout.bias.empty())
          score += readout.bias[c];
        out.push_back(static_cast<float>(score));
      }
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
