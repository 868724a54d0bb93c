#include "compiler/Import/Lava/LavaNet.h"

#include "hw-models/base/Quantity.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

using namespace limen;
using namespace limen::lava;

namespace {

int64_t sizeOf(const h5::Shape &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1},
                         std::multiplies<>());
}

class Reader {
public:
  Reader(h5::File file, std::vector<std::string> &assumptions)
      : file(std::move(file)), assumptions(assumptions) {}

  Result<Net> run();

private:
  Result<std::string> text(const std::string &path) const;
  Result<std::vector<double>> whole(const std::string &path, double least,
                                    double most) const;
  Result<std::array<int64_t, 2>> pair(const std::string &path, int64_t least,
                                      int64_t fallback) const;
  Result<h5::Shape> shape(const std::string &path) const;
  Result<void> readInput(const std::string &path, Net &net);
  Result<void> readNeuron(Layer &layer);
  Result<void> readDense(Layer &layer, Net &net);
  Result<void> readConv(Layer &layer, Net &net);
  Result<void> checkShape(const Layer &layer) const;

  const h5::File file;
  std::vector<std::string> &assumptions;
  bool inputKnown = false;
  std::optional<h5::Shape> declaredInput; ///< as the file writes it
  double weightScale = 1;                 ///< 2^wgtExp of the layer
};

/// A string, alone or in a list of one.
Result<std::string> Reader::text(const std::string &path) const {
  Result<h5::Data<std::string>> read = file.readStrings(path);
  if (!read)
    return read.takeError();
  if (read->values.size() != 1)
    return Error(
        fmt::format("holds {} strings, one was wanted", read->values.size()),
        file.place(path));
  return read->values.front();
}

/// Whole numbers from `least` to `most`.
Result<std::vector<double>> Reader::whole(const std::string &path, double least,
                                          double most) const {
  Result<h5::Data<double>> read = file.read<double>(path);
  if (!read)
    return read.takeError();
  for (double value : read->values)
    if (!(value >= least && value <= most) || value != std::floor(value))
      return Error(fmt::format("holds {}; whole numbers from {} to {} were "
                               "wanted",
                               formatNumber(value), formatNumber(least),
                               formatNumber(most)),
                   file.place(path));
  if (read->values.empty())
    return Error("is empty", file.place(path));
  return std::move(read->values);
}

/// One number for both axes, or two: y, x.
Result<std::array<int64_t, 2>>
Reader::pair(const std::string &path, int64_t least, int64_t fallback) const {
  if (!file.exists(path))
    return std::array<int64_t, 2>{fallback, fallback};
  Result<std::vector<double>> values =
      whole(path, static_cast<double>(least), 65536);
  if (!values)
    return values.takeError();
  if (values->size() > 2)
    return Error(
        fmt::format("holds {} numbers; one or two were wanted", values->size()),
        file.place(path));
  return std::array<int64_t, 2>{static_cast<int64_t>(values->front()),
                                static_cast<int64_t>(values->back())};
}

Result<h5::Shape> Reader::shape(const std::string &path) const {
  Result<std::vector<double>> values = whole(path, 1, 1 << 20);
  if (!values)
    return values.takeError();
  h5::Shape out(values->begin(), values->end());
  double size = 1;
  for (int64_t extent : out)
    size *= static_cast<double>(extent);
  if (out.size() > 3 || size > 0x1p31)
    return Error(
        fmt::format("{} is not the shape of a layer", h5::toString(out)),
        file.place(path));
  return out;
}

Result<void> Reader::readInput(const std::string &path, Net &net) {
  if (!net.layers.empty() || declaredInput)
    return Error("an input layer comes after another layer", file.place(path));
  if (file.kind(h5::join(path, "neuron")) == h5::Kind::Group)
    return Error("the input layer has neurons of its own, which turn analog "
                 "values into spikes; only inputs of spikes can be read",
                 file.place(h5::join(path, "neuron")));
  Result<h5::Shape> read = shape(h5::join(path, "shape"));
  if (!read)
    return read.takeError();
  declaredInput = std::move(*read);
  return {};
}

Result<void> Reader::readNeuron(Layer &layer) {
  const std::string path = h5::join(layer.path, "neuron");
  Result<std::string> type = text(h5::join(path, "type"));
  if (!type)
    return type.takeError();
  if (*type != "CUBA" && *type != "LOIHI")
    return Error(fmt::format("neurons of type '{}' cannot be read; CUBA and "
                             "LOIHI can",
                             *type),
                 file.place(path));
  struct {
    const char *name;
    std::vector<double> &to;
    double most;
  } fields[] = {{"iDecay", layer.iDecay, 4096},
                {"vDecay", layer.vDecay, 4096},
                // 17 bits, shifted by 6: the register has 24 with its sign.
                {"vThMant", layer.threshold, (1 << 17) - 1}};
  for (auto &field : fields) {
    Result<std::vector<double>> read =
        whole(h5::join(path, field.name), 0, field.most);
    if (!read)
      return read.takeError();
    const size_t count = read->size();
    if (count != 1 && count != static_cast<size_t>(sizeOf(layer.out)))
      return Error(fmt::format("holds {} numbers for {} neurons", count,
                               sizeOf(layer.out)),
                   file.place(h5::join(path, field.name)));
    field.to = std::move(*read);
  }
  const auto most = [&](const std::string &name,
                        double limit) -> Result<std::optional<double>> {
    if (!file.exists(h5::join(path, name)))
      return std::optional<double>();
    Result<std::vector<double>> read =
        whole(h5::join(path, name), -limit, limit);
    if (!read)
      return read.takeError();
    return std::optional<double>(*std::max_element(read->begin(), read->end()));
  };
  Result<std::optional<double>> refractory = most("refDelay", 1e6);
  if (!refractory)
    return refractory.takeError();
  if (refractory->value_or(1) > 1)
    return Error(fmt::format("refDelay is {}; a refractory time beyond the "
                             "step of the spike cannot be read",
                             formatNumber(**refractory)),
                 file.place(h5::join(path, "refDelay")));
  Result<std::optional<double>> graded = most("gradedSpike", 1);
  if (!graded)
    return graded.takeError();
  if (graded->value_or(0) != 0)
    return Error("graded spikes cannot be read",
                 file.place(h5::join(path, "gradedSpike")));
  return {};
}

/// The declared shape, in either order of axes, must be what was computed.
Result<void> Reader::checkShape(const Layer &layer) const {
  const std::string path = h5::join(layer.path, "shape");
  if (!file.exists(path))
    return {};
  Result<h5::Shape> declared = shape(path);
  if (!declared)
    return declared.takeError();
  const h5::Shape reversed(layer.out.rbegin(), layer.out.rend());
  const bool flat = !layer.isConv && sizeOf(*declared) == sizeOf(layer.out);
  if (*declared != layer.out && *declared != reversed && !flat)
    return Error(fmt::format("is {}, but the layer has {}",
                             h5::toString(*declared), h5::toString(layer.out)),
                 file.place(path));
  return {};
}

Result<void> Reader::readDense(Layer &layer, Net &net) {
  const std::string path = h5::join(layer.path, "weight");
  const int64_t inputs =
      inputKnown
          ? sizeOf(net.layers.empty() ? net.input : net.layers.back().out)
          : 0;
  h5::Shape &shape = layer.weight.shape;
  // Singular trailing axes of a 5-D kernel; a flat one is [out, in].
  while (shape.size() > 2 && shape.back() == 1)
    shape.pop_back();
  if (shape.size() == 1 && inputs > 0 && shape[0] % inputs == 0)
    shape = {shape[0] / inputs, inputs};
  if (shape.size() != 2 || shape[0] < 1 || shape[1] < 1 ||
      (inputKnown && shape[1] != inputs))
    return Error(fmt::format("has shape {}; [neurons, {}] was wanted",
                             h5::toString(shape),
                             inputKnown ? std::to_string(inputs) : "inputs"),
                 file.place(path));
  layer.out = {shape[0]};
  layer.in = {shape[1]};
  if (!inputKnown) {
    net.input = {shape[1]};
    inputKnown = true;
  }
  return {};
}

Result<void> Reader::readConv(Layer &layer, Net &net) {
  const std::string path = h5::join(layer.path, "weight");
  if (!inputKnown)
    return Error("the first layer is a convolution, and no input layer says "
                 "the shape of its input",
                 file.place(layer.path));
  h5::Shape &kernel = layer.weight.shape;
  if (kernel.size() == 5 && kernel[4] == 1)
    kernel.pop_back();
  if (kernel.size() != 4 || sizeOf(kernel) == 0)
    return Error(fmt::format("has shape {}; [Co, Ci / groups, Kh, Kw] or one "
                             "more axis of 1 was wanted",
                             h5::toString(kernel)),
                 file.place(path));
  if (file.exists(h5::join(layer.path, "groups"))) {
    Result<std::vector<double>> groups =
        whole(h5::join(layer.path, "groups"), 1, 65536);
    if (!groups)
      return groups.takeError();
    layer.groups = static_cast<int64_t>(groups->front());
  }
  Result<std::array<int64_t, 2>> stride =
      pair(h5::join(layer.path, "stride"), 1, 1);
  if (!stride)
    return stride.takeError();
  Result<std::array<int64_t, 2>> padding =
      pair(h5::join(layer.path, "padding"), 0, 0);
  if (!padding)
    return padding.takeError();
  Result<std::array<int64_t, 2>> dilation =
      pair(h5::join(layer.path, "dilation"), 1, 1);
  if (!dilation)
    return dilation.takeError();
  layer.stride = *stride;
  layer.padding = *padding;
  layer.dilation = *dilation;

  layer.in = net.layers.empty() ? net.input : net.layers.back().out;
  const int64_t channels = kernel[1] * layer.groups;
  if (net.layers.empty() && layer.in.size() == 3 && layer.in[0] != channels &&
      layer.in[2] == channels) {
    std::reverse(layer.in.begin(), layer.in.end());
    net.input = layer.in;
    assumptions.push_back(fmt::format(
        "the input's shape is width x height x channels: its first layer "
        "reads {} channels",
        channels));
  }
  if (layer.in.size() != 3 || layer.in[0] != channels ||
      kernel[0] % layer.groups != 0)
    return Error(fmt::format("has shape {} in {} groups, which does not fit "
                             "an input of shape {}",
                             h5::toString(kernel), layer.groups,
                             h5::toString(layer.in)),
                 file.place(path));
  layer.out = {kernel[0], 0, 0};
  for (int axis : {0, 1}) {
    const int64_t room = layer.in[1 + axis] + 2 * layer.padding[axis] -
                         layer.dilation[axis] * (kernel[2 + axis] - 1) - 1;
    if (room < 0)
      return Error(fmt::format("the kernel {} is larger than its input {}",
                               h5::toString(kernel), h5::toString(layer.in)),
                   file.place(path));
    layer.out[1 + axis] = room / layer.stride[axis] + 1;
  }
  return {};
}

Result<Net> Reader::run() {
  Net net;
  net.file = file.path();
  if (file.exists("/simulation/Ts")) {
    Result<h5::Data<double>> step = file.read<double>("/simulation/Ts");
    if (!step)
      return step.takeError();
    if (step->values.size() != 1 || !(step->values[0] > 0) ||
        !std::isfinite(step->values[0]))
      return Error("must be one number above 0 (ms)",
                   file.place("/simulation/Ts"));
    net.stepMs = step->values[0];
  }
  Result<std::vector<std::string>> names = file.links("/layer");
  if (!names)
    return names.takeError();
  for (size_t i = 0; i < names->size(); ++i) {
    const std::string path = h5::join("/layer", std::to_string(i));
    if (!file.exists(path))
      return Error(fmt::format("is missing: there are {} layers, numbered from "
                               "0",
                               names->size()),
                   file.place(path));
    Result<std::string> type = text(h5::join(path, "type"));
    if (!type)
      return type.takeError();
    if (*type == "flatten")
      continue; // flat signals are channels first, row-major
    if (*type == "input") {
      if (Result<void> done = readInput(path, net); !done)
        return done.takeError();
      net.input = *declaredInput;
      inputKnown = true;
      continue;
    }
    if (*type != "dense" && *type != "conv")
      return Error(fmt::format("layers of type '{}' cannot be read; input, "
                               "dense, conv and flatten can",
                               *type),
                   file.place(path));
    Layer layer;
    layer.path = path;
    layer.isConv = *type == "conv";
    const std::string weightPath = h5::join(path, "weight");
    if (file.kind(weightPath) == h5::Kind::Group)
      return Error("complex weights cannot be read", file.place(weightPath));
    Result<h5::Data<float>> weight = file.read<float>(weightPath);
    if (!weight)
      return weight.takeError();
    layer.weight = std::move(*weight);
    if (Result<void> done =
            layer.isConv ? readConv(layer, net) : readDense(layer, net);
        !done)
      return done.takeError();
    if (Result<void> done = checkShape(layer); !done)
      return done.takeError();
    if (Result<void> done = readNeuron(layer); !done)
      return done.takeError();

    double scale = 1;
    if (const std::string exponent = h5::join(path, "neuron/wgtExp");
        file.exists(exponent)) {
      Result<std::vector<double>> read = whole(exponent, 0, 7);
      if (!read)
        return read.takeError();
      scale = std::exp2(read->front());
    }
    for (float &value : layer.weight.values) {
      value = static_cast<float>(value * scale);
      if (!(std::abs(value) <= 0x1p20f) || value != std::floor(value))
        return Error(fmt::format("holds {}; whole numbers were wanted",
                                 formatNumber(value)),
                     file.place(weightPath));
    }
    const auto neurons = static_cast<size_t>(sizeOf(layer.out));
    if (const std::string bias = h5::join(path, "bias"); file.exists(bias)) {
      Result<std::vector<double>> read = whole(bias, -0x1p16, 0x1p16);
      if (!read)
        return read.takeError();
      if (layer.isConv && read->size() == static_cast<size_t>(layer.out[0])) {
        for (double value : *read)
          layer.bias.insert(layer.bias.end(),
                            static_cast<size_t>(layer.out[1] * layer.out[2]),
                            value);
      } else {
        layer.bias = std::move(*read);
      }
      if (layer.bias.size() != 1 && layer.bias.size() != neurons)
        return Error(fmt::format("holds {} numbers for {} neurons",
                                 layer.bias.size(), neurons),
                     file.place(bias));
    }
    if (const std::string delay = h5::join(path, "delay"); file.exists(delay)) {
      Result<std::vector<double>> read = whole(delay, 0, 62);
      if (!read)
        return read.takeError();
      layer.delay.assign(read->begin(), read->end());
      if (layer.delay.size() == 1)
        layer.delay.assign(neurons, layer.delay.front());
      if (layer.delay.size() != neurons)
        return Error(fmt::format("holds {} numbers for {} neurons",
                                 layer.delay.size(), neurons),
                     file.place(delay));
    }
    net.layers.push_back(std::move(layer));
  }
  if (net.layers.empty())
    return Error("has no layer of neurons", file.place("/layer"));
  return net;
}

} // namespace

Result<Net> limen::lava::readNet(const std::string &file,
                                 std::vector<std::string> &assumptions) {
  Result<h5::File> opened = h5::File::open(file);
  if (!opened)
    return opened.takeError();
  return Reader(std::move(*opened), assumptions).run();
}
