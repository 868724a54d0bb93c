// What each of several independent networks did in a run.

#include "runtime/engine/Feed.h"
#include "runtime/network/Parts.h"
#include "runtime/report/Report.h"

using namespace limen;
using namespace limen::report;

std::optional<double> NetworkSummary::accuracy() const {
  if (labelled == 0)
    return std::nullopt;
  return static_cast<double>(correct) / static_cast<double>(labelled);
}

/// The node that decides what an output says.
static unsigned nodeOf(const network::Network &net,
                       const network::Output &output) {
  return output.isReadout ? net.readouts[output.index].source : output.index;
}

SampleKey report::keyOf(const network::Network &net,
                        const input::Sample &sample) {
  const network::Parts parts = network::partsOf(net);
  SampleKey key{sample.id, sample.label, engine::labelsOf(net, parts, sample)};
  for (const input::Sample &other : sample.others)
    key.id += "+" + other.id;
  // The first output predicts.
  if (!net.outputs.empty())
    key.label = key.labels[parts.of[nodeOf(net, net.outputs.front())]];
  return key;
}

std::vector<NetworkSummary>
report::summarize(const engine::Engine &engine, std::span<const SampleKey> keys,
                  std::span<const engine::SampleResult> results) {
  const network::Network &net = engine.network();
  const network::Parts parts = network::partsOf(net);
  std::vector<NetworkSummary> out;
  for (unsigned part = 0; part < parts.count(); ++part) {
    NetworkSummary &summary = out.emplace_back();
    summary.name = network::nameOf(net, parts, part);
    std::optional<size_t> output;
    for (size_t k = 0; k < net.outputs.size() && !output; ++k)
      if (parts.of[nodeOf(net, net.outputs[k])] == part)
        output = k;
    if (output)
      summary.output = net.outputs[*output].name;
    unsigned first = 0;
    while (parts.of[first] != part)
      ++first;
    std::vector<uint64_t> actions(engine.actions().size(), 0);
    for (size_t i = 0; i < results.size(); ++i) {
      const engine::SampleResult &result = results[i];
      summary.steps += result.stepsOf(first);
      const int label = part < keys[i].labels.size() ? keys[i].labels[part]
                        : parts.count() == 1         ? keys[i].label
                                                     : -1;
      if (output && label >= 0) {
        ++summary.labelled;
        summary.correct +=
            engine::predictedClass(result.outputs[*output]) == label;
      }
      const bool told = part < result.parts.size();
      if (!told && parts.count() > 1)
        continue;
      summary.cycles += told ? result.parts[part].cycles : result.cycles;
      const std::vector<uint64_t> &own =
          told ? result.parts[part].actions : result.actions;
      for (size_t a = 0; a < own.size(); ++a)
        actions[a] += own[a];
    }
    if (summary.cycles.value() > 0)
      if (Ledger ledger = engine.price(actions, Seconds(0));
          !ledger.rows().empty()) {
        summary.energy = ledger.total();
        summary.range = rangeOf(ledger);
      }
  }
  return out;
}
