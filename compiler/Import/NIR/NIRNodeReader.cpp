#include "compiler/Import/NIR/NIRNodeReader.h"

#include "compiler/Import/NIR/NIRKinds.h"

#include "hw-models/base/Quantity.h"

#include <algorithm>
#include <cmath>

using namespace limen;
using namespace limen::nir;

namespace {

// More elements than 32-bit indices can name are refused.
constexpr double maxElements = 4294967295.0;

class NodeReader {
public:
  NodeReader(const h5::File &file, std::vector<std::string> &assumptions)
      : file(file), assumptions(assumptions) {}

  Result<void> readNode(Node &node);

private:
  Result<void> readPort(Node &node);
  Result<void> readFlatten(Node &node);
  Result<void> readNeuron(Node &node);
  Result<void> readConv(Node &node);
  Result<void> readPool(Node &node);
  Result<void> readPadding(Node &node);
  Result<void> padToSame(Node &node);
  Result<void> readBias(Node &node, int64_t outputs, const char *of);

  Result<Shape> readShape(const std::string &path);
  Result<h5::Data<float>> readWeights(const std::string &path,
                                      std::vector<size_t> ranks);
  Result<void> readExtents(const Node &node, const char *name,
                           std::array<int64_t, 2> &out, bool required);
  Result<void> readInteger(const Node &node, const char *name, int64_t &out);

  Error fail(std::string message, const std::string &path) const {
    return Error(std::move(message), file.place(path));
  }

  const h5::File &file;
  std::vector<std::string> &assumptions;
};

Result<Shape> NodeReader::readShape(const std::string &path) {
  Result<h5::Data<int64_t>> data = file.read<int64_t>(path);
  if (!data)
    return data.takeError();
  // The shape of a 0-d signal: one element.
  if (data->values.empty() && data->shape == Shape{0}) {
    assumptions.push_back(path + " is empty: one element is taken");
    return Shape{1};
  }
  double count = 1;
  for (int64_t extent : data->values) {
    if (extent < 1)
      return fail("has the extent " + std::to_string(extent) +
                      "; extents must be positive",
                  path);
    count *= static_cast<double>(extent);
  }
  if (data->values.empty() || data->values.size() > 16 || count > maxElements)
    return fail("the shape " + h5::toString(data->values) +
                    " is empty or too large",
                path);
  return data->values;
}

Result<h5::Data<float>> NodeReader::readWeights(const std::string &path,
                                                std::vector<size_t> ranks) {
  Result<h5::Data<float>> data = file.read<float>(path);
  if (!data)
    return data;
  if (data->shape.size() < ranks[0] || data->shape.size() > ranks[1])
    return fail("has shape " + h5::toString(data->shape) + "; " +
                    std::to_string(ranks[0]) + " dimensions were wanted",
                path);
  if (data->values.empty())
    return fail("has shape " + h5::toString(data->shape) + ", no elements",
                path);
  for (size_t i = 0; i < data->values.size(); ++i)
    if (!std::isfinite(data->values[i]))
      return fail("element " + std::to_string(i) + " is " +
                      (std::isnan(data->values[i]) ? "not a number"
                                                   : "not a finite float32"),
                  path);
  return data;
}

Result<void> NodeReader::readInteger(const Node &node, const char *name,
                                     int64_t &out) {
  const std::string path = h5::join(node.path, name);
  if (!file.exists(path))
    return {};
  Result<h5::Data<int64_t>> data = file.read<int64_t>(path);
  if (!data)
    return data.takeError();
  if (data->values.size() != 1)
    return fail("has shape " + h5::toString(data->shape) +
                    "; one number was wanted",
                path);
  out = data->values[0];
  return {};
}

/// One or two whole numbers, for height and width; a Conv1d has only a width.
Result<void> NodeReader::readExtents(const Node &node, const char *name,
                                     std::array<int64_t, 2> &out,
                                     bool required) {
  const bool flat = node.kind == Kind::Conv1d;
  const std::string path = h5::join(node.path, name);
  if (!required && !file.exists(path)) {
    assumptions.push_back(
        node.path + " has no " + name + ": " +
        h5::toString(flat ? Shape{out[1]} : Shape{out[0], out[1]}) +
        " is taken");
    return {};
  }
  Result<h5::Data<int64_t>> data = file.read<int64_t>(path);
  if (!data)
    return data.takeError();
  const std::vector<int64_t> &values = data->values;
  if (values.size() != 1 && (flat || values.size() != 2))
    return fail(
        "has shape " + h5::toString(data->shape) + "; " +
            (flat ? "one number was wanted" : "one number or two were wanted"),
        path);
  const int64_t least = std::string_view(name) == "padding" ? 0 : 1;
  for (int64_t value : values)
    if (value < least || value > 1 << 20)
      return fail("is " + std::to_string(value) + ", at least " +
                      std::to_string(least) + " was wanted",
                  path);
  if (!flat)
    out[0] = values.front();
  out[1] = values.back();
  return {};
}

Result<void> NodeReader::readPadding(Node &node) {
  const std::string path = h5::join(node.path, "padding");
  if (file.exists(path)) {
    Result<h5::DatasetInfo> info = file.info(path);
    if (!info)
      return info.takeError();
    if (info->elements == h5::ElementClass::String) {
      Result<std::string> word = file.readString(path);
      if (!word)
        return word.takeError();
      if (*word == "same")
        return padToSame(node);
      if (*word != "valid")
        return fail(
            "is '" + *word + "'; 'same', 'valid' or numbers were wanted", path);
      return {};
    }
  }
  return readExtents(node, "padding", node.padding, false);
}

/// Padding that keeps the extent: d (k - 1) zeros in all, the smaller half
/// before. Where that number is odd, the kernel is written out with its gaps
/// and a zero in front, after which both halves are equal.
Result<void> NodeReader::padToSame(Node &node) {
  const std::string path = h5::join(node.path, "padding");
  for (int axis : {0, 1}) {
    if (node.stride[axis] != 1)
      return fail("is 'same' with stride " + std::to_string(node.stride[axis]) +
                      "; stride 1 was wanted",
                  path);
    const int64_t taps = node.kernel[axis];
    const int64_t step = node.dilation[axis];
    const int64_t reach = step * (taps - 1);
    node.padding[axis] = (reach + 1) / 2;
    if (reach % 2 == 0)
      continue;
    const int64_t wide = reach + 2;
    // [outer, taps, inner] becomes [outer, wide, inner].
    const int64_t inner = axis == 0 ? node.kernel[1] : 1;
    const auto outer =
        static_cast<int64_t>(node.weight.values.size()) / (taps * inner);
    if (static_cast<double>(outer) * wide * inner > 1 << 28)
      return fail("is 'same' with " + std::to_string(taps) +
                      " taps of dilation " + std::to_string(step) +
                      ": too large",
                  path);
    std::vector<float> spread(outer * wide * inner, 0.0f);
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t k = 0; k < taps; ++k)
        std::copy_n(node.weight.values.begin() + (o * taps + k) * inner, inner,
                    spread.begin() + (o * wide + 1 + k * step) * inner);
    node.weight.values = std::move(spread);
    node.weight.shape[node.weight.shape.size() - 2 + axis] = wide;
    node.kernel[axis] = wide;
    node.dilation[axis] = 1;
  }
  return {};
}

/// The bias, which may be one number for all `outputs`.
Result<void> NodeReader::readBias(Node &node, int64_t outputs, const char *of) {
  const std::string path = h5::join(node.path, "bias");
  Result<h5::Data<float>> data = readWeights(path, {0, 16});
  if (!data)
    return data.takeError();
  const auto count = static_cast<int64_t>(data->values.size());
  if (count != 1 && count != outputs)
    return fail("has shape " + h5::toString(data->shape) +
                    ", but the weight has shape " +
                    h5::toString(node.weight.shape) + ", so " +
                    std::to_string(outputs) + " were wanted, one per " + of,
                path);
  node.bias = std::move(*data);
  return {};
}

/// A Conv1d becomes a Conv2d of height 1: weight [Co, Ci / g, 1, K].
Result<void> NodeReader::readConv(Node &node) {
  const size_t axes = node.kind == Kind::Conv1d ? 1 : 2;
  Result<h5::Data<float>> weight =
      readWeights(h5::join(node.path, "weight"), {axes + 2, axes + 2});
  if (!weight)
    return weight.takeError();
  node.weight = std::move(*weight);
  if (file.exists(h5::join(node.path, "bias")))
    if (Result<void> r = readBias(node, node.weight.shape[0], "output channel");
        !r)
      return r;
  if (axes == 1)
    node.weight.shape.insert(node.weight.shape.begin() + 2, 1);
  node.kernel = {node.weight.shape[2], node.weight.shape[3]};
  const std::string input = h5::join(node.path, "input_shape");
  if (file.exists(input)) {
    Result<Shape> shape = readShape(input);
    if (!shape)
      return shape.takeError();
    // One number is for both axes.
    if (shape->size() == 1 && axes == 2)
      shape->push_back(shape->front());
    if (shape->size() != axes)
      return fail("is " + h5::toString(*shape) + "; " +
                      (axes == 1 ? "[length]" : "[height, width]") +
                      " was wanted",
                  input);
    node.shape = *shape;
  }
  if (Result<void> r = readInteger(node, "groups", node.groups); !r)
    return r;
  if (node.groups < 1 || node.weight.shape[0] % node.groups != 0)
    return fail("is " + std::to_string(node.groups) +
                    ", which does not divide " +
                    std::to_string(node.weight.shape[0]) + " output channels",
                h5::join(node.path, "groups"));
  if (Result<void> r = readExtents(node, "stride", node.stride, false); !r)
    return r;
  if (Result<void> r = readExtents(node, "dilation", node.dilation, false); !r)
    return r;
  return readPadding(node);
}

Result<void> NodeReader::readPool(Node &node) {
  if (Result<void> r = readExtents(node, "kernel_size", node.kernel, true); !r)
    return r;
  node.stride = node.kernel;
  if (Result<void> r = readExtents(node, "stride", node.stride, false); !r)
    return r;
  return readExtents(node, "padding", node.padding, false);
}

/// The declared shape. Some writers store the type dictionaries of a port as
/// groups in its place.
Result<void> NodeReader::readPort(Node &node) {
  for (const char *name : {"shape", "input_type", "output_type"}) {
    std::string path = h5::join(node.path, name);
    if (file.kind(path) == h5::Kind::Group) {
      Result<std::vector<std::string>> entries = file.links(path);
      if (!entries)
        return entries.takeError();
      if (entries->empty())
        continue;
      path = h5::join(path, entries->front());
    }
    if (!file.exists(path))
      continue;
    Result<Shape> shape = readShape(path);
    if (!shape)
      return shape.takeError();
    node.shape = std::move(*shape);
    return {};
  }
  if (node.kind == Kind::Input)
    return fail("is missing, a dataset was wanted",
                h5::join(node.path, "shape"));
  assumptions.push_back(node.path + " has no shape: it takes what it is given");
  return {};
}

Result<void> NodeReader::readFlatten(Node &node) {
  std::string path = h5::join(node.path, "input_type");
  if (file.kind(path) == h5::Kind::Group)
    path = h5::join(path, "input");
  if (file.exists(path)) {
    Result<Shape> shape = readShape(path);
    if (!shape)
      return shape.takeError();
    node.shape = std::move(*shape);
  }
  if (Result<void> r = readInteger(node, "start_dim", node.startDim); !r)
    return r;
  return readInteger(node, "end_dim", node.endDim);
}

Result<void> NodeReader::readNeuron(Node &node) {
  for (const ParameterRule &rule : parametersOf(node.kind)) {
    const std::string path = h5::join(node.path, rule.name);
    if (!file.exists(path) && !std::isnan(rule.fallback)) {
      assumptions.push_back(node.path + " has no " + rule.name + ": " +
                            formatNumber(rule.fallback) + " is taken");
      node.parameters[rule.name] = {{}, {rule.fallback}};
      continue;
    }
    Result<Parameter> data = file.read<double>(path);
    if (!data)
      return data.takeError();
    if (data->values.empty())
      return fail("has shape " + h5::toString(data->shape) + ", no elements",
                  path);
    for (size_t i = 0; i < data->values.size(); ++i) {
      const double value = data->values[i];
      if (!std::isfinite(value) || std::abs(value) > 3e38)
        return fail("element " + std::to_string(i) +
                        (std::isnan(value) ? " is not a number"
                                           : " is not a finite float32"),
                    path);
      if (node.kind == Kind::Delay && value < 0)
        return fail("element " + std::to_string(i) + " is " +
                        formatNumber(value) + "; a delay cannot be negative",
                    path);
      if (rule.timeConstant && value <= 0)
        return fail("element " + std::to_string(i) + " is " +
                        formatNumber(value) +
                        "; a time constant must be positive",
                    path);
    }
    node.parameters[rule.name] = std::move(*data);
  }
  return {};
}

Result<void> NodeReader::readNode(Node &node) {
  switch (node.kind) {
  case Kind::Input:
  case Kind::Output:
  case Kind::Port:
    return readPort(node);
  case Kind::Affine:
  case Kind::Linear: {
    Result<h5::Data<float>> weight =
        readWeights(h5::join(node.path, "weight"), {2, 16});
    if (!weight)
      return weight.takeError();
    node.weight = std::move(*weight);
    if (node.kind == Kind::Linear)
      return {};
    return readBias(node,
                    static_cast<int64_t>(node.weight.values.size()) /
                        node.weight.shape.back(),
                    "output");
  }
  case Kind::Conv1d:
  case Kind::Conv2d:
    return readConv(node);
  case Kind::SumPool2d:
  case Kind::AvgPool2d:
    return readPool(node);
  case Kind::Flatten:
    return readFlatten(node);
  case Kind::IF:
  case Kind::LIF:
  case Kind::CubaLIF:
  case Kind::LI:
  case Kind::CubaLI:
  case Kind::I:
  case Kind::Threshold:
  case Kind::Delay:
    return readNeuron(node);
  case Kind::Scale: {
    Result<h5::Data<float>> factors =
        readWeights(h5::join(node.path, "scale"), {0, 16});
    if (!factors)
      return factors.takeError();
    node.weight = std::move(*factors);
    return {};
  }
  }
  return {};
}

} // namespace

Result<void> limen::nir::readNode(const h5::File &file, Node &node,
                                  std::vector<std::string> &assumptions) {
  return NodeReader(file, assumptions).readNode(node);
}
