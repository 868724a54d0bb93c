// NIR graphs that HDF5 itself finds in order. The bytes decide about nodes,
// parameters, shapes, types, values and edges of a file that the HDF5 library
// then writes; without any it is Input -> Linear -> LIF -> Output. Contract as
// for bytes: a network that verifies or an error that names the file.

#include "test/fuzz/Bytes.h"
#include "test/fuzz/ImportNIR.h"
#include "test/fuzz/ScratchFile.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <hdf5.h>
#include <limits>
#include <utility>

using namespace limen;
using fuzz::Bytes;

namespace {

using Extents = std::vector<hsize_t>;

/// What the plain shape of a parameter follows from.
enum class Role { Neurons, Matrix, Bias, Kernel, Pair, Number, Shape };

struct Parameter {
  const char *name;
  Role role;
  double value;
};

struct NodeKind {
  const char *type;
  std::vector<Parameter> parameters;
};

const std::vector<NodeKind> &kinds() {
  using enum Role;
  static const std::vector<NodeKind> all = {
      {"Linear", {{"weight", Matrix, 0.5}}},
      {"LIF",
       {{"tau", Neurons, 0.01},
        {"r", Neurons, 1},
        {"v_leak", Neurons, 0},
        {"v_threshold", Neurons, 1},
        {"v_reset", Neurons, 0}}},
      {"Affine", {{"weight", Matrix, 0.5}, {"bias", Bias, 0.1}}},
      {"Conv1d",
       {{"weight", Kernel, 1},
        {"bias", Bias, 0},
        {"input_shape", Number, 4},
        {"stride", Number, 1},
        {"padding", Number, 0},
        {"dilation", Number, 1},
        {"groups", Number, 1}}},
      {"Conv2d",
       {{"weight", Kernel, 1},
        {"bias", Bias, 0},
        {"input_shape", Pair, 4},
        {"stride", Pair, 1},
        {"padding", Pair, 0},
        {"dilation", Pair, 1},
        {"groups", Number, 1}}},
      {"SumPool2d",
       {{"kernel_size", Pair, 2}, {"stride", Pair, 2}, {"padding", Pair, 0}}},
      {"AvgPool2d",
       {{"kernel_size", Pair, 2}, {"stride", Pair, 2}, {"padding", Pair, 0}}},
      {"Flatten",
       {{"input_type", Shape, 0},
        {"start_dim", Number, 1},
        {"end_dim", Number, -1}}},
      {"IF",
       {{"r", Neurons, 1},
        {"v_threshold", Neurons, 1},
        {"v_reset", Neurons, 0}}},
      {"CubaLIF",
       {{"tau_syn", Neurons, 0.01},
        {"tau_mem", Neurons, 0.02},
        {"r", Neurons, 1},
        {"v_leak", Neurons, 0},
        {"w_in", Neurons, 1},
        {"v_threshold", Neurons, 1},
        {"v_reset", Neurons, 0}}},
      {"LI",
       {{"tau", Neurons, 0.01}, {"r", Neurons, 1}, {"v_leak", Neurons, 0}}},
      {"CubaLI",
       {{"tau_syn", Neurons, 0.01},
        {"tau_mem", Neurons, 0.02},
        {"r", Neurons, 1},
        {"v_leak", Neurons, 0},
        {"w_in", Neurons, 1}}},
      {"I", {{"r", Neurons, 1}}},
      {"Threshold", {{"threshold", Neurons, 1}}},
      {"Scale", {{"scale", Neurons, 1}}},
      {"Delay", {{"delay", Neurons, 0.001}}},
      {"Input", {{"shape", Shape, 0}}},
      {"Output", {{"shape", Shape, 0}}},
      {"NIRGraph", {}},
      {"Unheard", {{"of", Neurons, 1}}}};
  return all;
}

class Writer {
public:
  Writer(const std::string &path, Bytes &bytes)
      : file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)),
        links(H5Pcreate(H5P_LINK_CREATE)), bytes(bytes) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5Pset_create_intermediate_group(links, 1);
  }
  ~Writer() {
    H5Pclose(links);
    H5Fclose(file);
  }

  void run() {
    if (!bytes.rarely(32))
      text("/version", {}, {"1.0"});
    graph("/node", 0);
  }

private:
  void graph(const std::string &path, unsigned depth) {
    text(path + "/type", {}, {bytes.rarely(64) ? "LIF" : "NIRGraph"});
    Extents shape = {3};
    std::vector<std::string> names = {"input"};
    node(path, "input", kinds()[16], shape, depth);
    // The plain graph has two nodes between its ports.
    const unsigned count = (bytes.byte() + 2) % 9;
    for (unsigned i = 0; i < count; ++i) {
      names.push_back(bytes.rarely(16) ? "n.0" : std::to_string(i));
      const unsigned kind =
          (bytes.byte() + i) % static_cast<unsigned>(kinds().size());
      node(path, names.back(), kinds()[kind], shape, depth);
    }
    names.push_back("output");
    node(path, "output", kinds()[17], shape, depth);

    std::vector<std::string> edges;
    for (size_t i = 0; i + 1 < names.size(); ++i)
      if (!bytes.rarely(16))
        edges.insert(edges.end(), {names[i], names[i + 1]});
    for (unsigned more = bytes.below(8); more > 0; --more)
      for (int end = 0; end < 2; ++end)
        edges.push_back(
            bytes.rarely(16)
                ? "nowhere"
                : names[bytes.below(static_cast<unsigned>(names.size()))]);
    if (bytes.rarely(32))
      numbers(path + "/edges", {0}, 0);
    else if (!bytes.rarely(32))
      text(path + "/edges",
           {edges.size() / 2, bytes.rarely(64) ? hsize_t{1} : hsize_t{2}},
           edges);
  }

  /// `shape` is what the node receives and becomes what it sends.
  void node(const std::string &graphPath, const std::string &name,
            const NodeKind &kind, Extents &shape, unsigned depth) {
    const std::string path = graphPath + "/nodes/" + name;
    if (std::string_view(kind.type) == "NIRGraph") {
      if (depth < 3)
        graph(path, depth + 1);
      return;
    }
    text(path + "/type", {}, {kind.type});
    const hsize_t outputs = 1 + bytes.below(4);
    Extents sent = shape;
    for (const Parameter &parameter : kind.parameters) {
      if (bytes.rarely(16))
        continue;
      const std::string at = path + "/" + parameter.name;
      switch (parameter.role) {
      case Role::Neurons:
        numbers(at, bytes.rarely(8) ? Extents{} : shape, parameter.value);
        break;
      case Role::Matrix:
        numbers(at, {outputs, shape.empty() ? 1 : shape.back()},
                parameter.value);
        if (!sent.empty())
          sent.back() = outputs;
        break;
      case Role::Bias:
        numbers(at, {outputs}, parameter.value);
        break;
      case Role::Kernel: {
        Extents kernel = {outputs, shape.empty() ? 1 : shape.front()};
        for (size_t axis = 1; axis < std::max<size_t>(shape.size(), 2); ++axis)
          kernel.push_back(1 + bytes.below(3));
        numbers(at, kernel, parameter.value);
        if (!sent.empty())
          sent.front() = outputs;
        break;
      }
      case Role::Pair:
        numbers(at, {2}, parameter.value, /*whole=*/true);
        break;
      case Role::Number:
        numbers(at, {}, parameter.value, /*whole=*/true);
        break;
      case Role::Shape:
        if (std::string_view(kind.type) == "Input" && bytes.rarely(4))
          shape = sent = {1 + hsize_t{bytes.below(3)}, 4, 4};
        extents(at, shape);
        break;
      }
    }
    if (std::string_view(kind.type) == "Flatten")
      sent = {4};
    shape = sent;
  }

  void extents(const std::string &path, const Extents &shape) {
    values.assign(shape.begin(), shape.end());
    for (double &value : values)
      value = number(value);
    write(path, {values.size()}, H5T_STD_I64LE);
  }

  /// A dataset of `value`s, rarely of another shape, type or value.
  void numbers(const std::string &path, Extents shape, double value,
               bool whole = false) {
    if (bytes.rarely(16)) {
      shape.clear();
      for (unsigned rank = bytes.below(6); rank > 0; --rank)
        shape.push_back(bytes.below(5));
    }
    hsize_t count = 1;
    for (hsize_t extent : shape)
      count *= extent;
    if (count > 4096)
      return;
    values.assign(count, value);
    for (hsize_t i = 0; i < std::min<hsize_t>(count, 4); ++i)
      values[i] = number(value);
    const std::array<hid_t, 8> types = {
        H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_STD_I64LE, H5T_STD_I32BE,
        H5T_STD_U8LE,   H5T_STD_U64LE,  H5T_STD_I8LE,  H5T_IEEE_F32BE};
    unsigned type = whole ? 2 : 0;
    if (bytes.rarely(16)) {
      type = bytes.below(9);
      if (type == 8)
        return text(path, shape, std::vector<std::string>(count, "same"));
    }
    if (bytes.rarely(64) && !shape.empty()) {
      // Never written, so the file stays small whatever it claims.
      shape.back() = hsize_t{1} << (bytes.byte() % 63);
      values.clear();
    }
    write(path, shape, types[type]);
  }

  double number(double usual) {
    static constexpr std::array<double, 15> unusual = {
        0,
        -1,
        1e-30,
        1e30,
        1e300,
        -1e300,
        9223372036854775807.0,
        -1e19,
        1 << 20,
        65536,
        4294967296.0,
        0.5,
        std::numeric_limits<double>::quiet_NaN(),
        std::numeric_limits<double>::infinity(),
        std::numeric_limits<double>::denorm_min()};
    if (bytes.rarely(16))
      return unusual[bytes.below(unusual.size())];
    return bytes.rarely(8) ? usual + bytes.below(8) : usual;
  }

  void write(const std::string &path, const Extents &shape, hid_t type) {
    const hid_t space = spaceOf(shape);
    const hid_t set = H5Dcreate2(file, path.c_str(), type, space, links,
                                 H5P_DEFAULT, H5P_DEFAULT);
    if (set >= 0) {
      if (!values.empty())
        H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                 values.data());
      H5Dclose(set);
    }
    H5Sclose(space);
  }

  void text(const std::string &path, const Extents &shape,
            std::vector<std::string> texts) {
    size_t count = 1;
    for (hsize_t extent : shape)
      count *= extent;
    texts.resize(count);
    std::vector<const char *> pointers;
    for (const std::string &each : texts)
      pointers.push_back(each.c_str());
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    const hid_t space = spaceOf(shape);
    const hid_t set = H5Dcreate2(file, path.c_str(), type, space, links,
                                 H5P_DEFAULT, H5P_DEFAULT);
    if (set >= 0) {
      if (count != 0)
        H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data());
      H5Dclose(set);
    }
    H5Sclose(space);
    H5Tclose(type);
  }

  static hid_t spaceOf(const Extents &shape) {
    return shape.empty() ? H5Screate(H5S_SCALAR)
                         : H5Screate_simple(static_cast<int>(shape.size()),
                                            shape.data(), nullptr);
  }

  hid_t file;
  hid_t links;
  Bytes &bytes;
  std::vector<double> values;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const fuzz::ScratchFile file(".nir");
  Bytes bytes(data, size);
  const unsigned variant = bytes.byte();
  Writer(file.path, bytes).run();
  fuzz::importNIR(file.path, variant);
  return 0;
}
