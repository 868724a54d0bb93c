#include "runtime/report/NirData.h"

#include "runtime/hdf5/FileWriter.h"

#include <algorithm>
#include <cmath>
#include <set>

using namespace limen;
using namespace limen::report;

Result<void>
report::writeNirData(const std::string &path, const network::Network &network,
                     std::span<const engine::TraceRequest> traces, Seconds dt,
                     std::span<const SampleKey> keys,
                     std::span<const engine::SampleResult> results) {
  if (traces.empty())
    return Error("NIRData would be empty: nothing is recorded",
                 Place{path, 0, 0, {}})
        .note("--record says what to record");
  const auto samples = static_cast<int64_t>(results.size());
  std::vector<int64_t> lengths;
  std::vector<std::string> names;
  for (size_t s = 0; s < results.size(); ++s) {
    const int64_t size = network.nodes[traces[0].node].size;
    lengths.push_back(static_cast<int64_t>(results[s].traces.at(0).size()) /
                      size);
    names.push_back(keys[s].id);
  }
  const int64_t steps = *std::max_element(lengths.begin(), lengths.end());

  h5::FileWriter file;
  file.attribute("/", "__type__", std::string("NIRGraphData"));
  file.numbers<int64_t>("/steps", {samples}, lengths);
  file.strings("/samples", {samples}, names);
  std::set<std::string> seen;
  for (size_t t = 0; t < traces.size(); ++t) {
    const network::Node &node = network.nodes[traces[t].node];
    const bool spikes = traces[t].state < 0 && node.model.spiking;
    const std::string variable = traces[t].state >= 0
                                     ? node.model.states[traces[t].state].name
                                 : spikes ? "spikes"
                                          : "output";
    std::string name = node.name;
    std::replace(name.begin(), name.end(), '/', '_');
    const std::string group = "/nodes/" + name;
    const std::string observable = group + "/observables/" + variable;
    if (!seen.insert(observable).second)
      continue;
    const float nothing = spikes ? 0.0f : std::nanf("");
    std::vector<float> data(samples * steps * node.size, nothing);
    bool plain = spikes;
    for (int64_t s = 0; s < samples; ++s) {
      const std::vector<float> &trace = results[s].traces[t];
      std::copy(trace.begin(), trace.end(),
                data.begin() + s * steps * node.size);
      plain = plain && std::all_of(trace.begin(), trace.end(), [](float value) {
                return value == 0 || value == 1;
              });
    }
    const h5::Shape shape{samples, steps, node.size};
    if (plain) {
      const std::vector<uint8_t> flags(data.begin(), data.end());
      file.booleans(observable + "/data", shape, flags);
    } else {
      file.numbers<float>(observable + "/data", shape, data);
    }
    file.attribute(observable, "__type__", std::string("TimeGriddedData"));
    file.attribute(observable, "dt", dt.value());
    if (seen.insert(group).second)
      file.attribute(group, "__type__", std::string("NIRNodeData"));
  }
  return file.save(path);
}
