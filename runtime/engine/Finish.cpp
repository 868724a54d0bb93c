// What all engines do at the end of a sample.

#include "runtime/engine/Engine.h"

using namespace limen;
using namespace limen::engine;

void engine::finishOutputs(const network::Network &network,
                           const std::vector<std::vector<float>> &values,
                           SampleResult &result) {
  const double steps = result.steps == 0 ? 1.0 : result.steps;
  std::vector<std::vector<float>> scores; // by readout
  for (const network::Readout &readout : network.readouts) {
    std::vector<double> x;
    if (readout.before) {
      const std::vector<float> &layer = scores[*readout.before];
      x.assign(layer.begin(), layer.end());
    } else {
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

int engine::predictedClass(const SampleResult &result) {
  if (result.outputs.empty() || result.outputs.front().empty())
    return -1;
  const std::vector<float> &out = result.outputs.front();
  int best = 0;
  for (size_t i = 1; i < out.size(); ++i)
    if (out[i] > out[best])
      best = static_cast<int>(i);
  return best;
}
