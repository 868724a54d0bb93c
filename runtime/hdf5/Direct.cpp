#include "runtime/hdf5/Direct.h"

#include "hw-models/base/Quantity.h"
#include "runtime/hdf5/Library.h"

#include <algorithm>
#include <array>
#include <cmath>

using namespace limen;
using namespace limen::h5;

namespace {

/// The library's innermost complaint, "" if it has none.
std::string libraryReason() {
  std::string reason;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned, const H5E_error2_t *error, void *out) -> herr_t {
        auto &text = *static_cast<std::string *>(out);
        if (text.empty() && error->desc)
          text = error->desc;
        return 0;
      },
      &reason);
  return reason;
}

template <typename T> hid_t memoryType();
template <> hid_t memoryType<float>() { return H5T_NATIVE_FLOAT; }
template <> hid_t memoryType<double>() { return H5T_NATIVE_DOUBLE; }
template <> hid_t memoryType<int64_t>() { return H5T_NATIVE_INT64; }

} // namespace

struct DirectFile::Impl {
  std::string path;
  hid_t file = -1;
  double bytes = 0;

  ~Impl() {
    if (file >= 0)
      H5Fclose(file);
  }

  /// `object` is absolute in messages, whatever the caller wrote.
  Place at(const std::string &object) const {
    return {path, 0, 0,
            object.empty() || object[0] == '/' ? object : "/" + object};
  }

  /// An error at `object`, with the library's reason as a note.
  Error fail(std::string message, const std::string &object) const {
    Error error(std::move(message), at(object));
    if (std::string reason = libraryReason(); !reason.empty())
      error.note("the HDF5 library says: " + reason);
    return error;
  }

  Kind kind(const std::string &object) const;

  struct Opened {
    Handle dataset, space, type;
    DatasetInfo info;
    uint64_t count = 1;
  };
  Result<Opened> openDataset(const std::string &object) const;
  Result<Opened> openNumeric(const std::string &object) const;
  /// Not open if there is none.
  Handle openAttribute(const std::string &object,
                       const std::string &name) const {
    return Handle(H5Aopen_by_name(file, object.c_str(), name.c_str(),
                                  H5P_DEFAULT, H5P_DEFAULT),
                  H5Aclose);
  }
};

Kind DirectFile::Impl::kind(const std::string &object) const {
  // Each component must be there before the library may be asked for the next.
  for (size_t end = 1; end <= object.size(); ++end) {
    end = std::min(object.find('/', end), object.size());
    const std::string part = object.substr(0, end);
    if (part == "/")
      continue;
    if (H5Lexists(file, part.c_str(), H5P_DEFAULT) <= 0)
      return Kind::Missing;
    H5L_info_t link;
    if (H5Lget_info(file, part.c_str(), &link, H5P_DEFAULT) < 0 ||
        (link.type != H5L_TYPE_HARD && link.type != H5L_TYPE_SOFT))
      return Kind::Other;
    if (H5Oexists_by_name(file, part.c_str(), H5P_DEFAULT) <= 0)
      return Kind::Other; // a soft link that leads nowhere
  }
  H5O_info_t info;
  if (H5Oget_info_by_name2(file, object.c_str(), &info, H5O_INFO_BASIC,
                           H5P_DEFAULT) < 0)
    return Kind::Other;
  if (info.type == H5O_TYPE_GROUP)
    return Kind::Group;
  return info.type == H5O_TYPE_DATASET ? Kind::Dataset : Kind::Other;
}

Result<DirectFile::Impl::Opened>
DirectFile::Impl::openDataset(const std::string &object) const {
  switch (kind(object)) {
  case Kind::Missing:
    return Error("is missing, a dataset was wanted", at(object));
  case Kind::Group:
    return Error("is a group, a dataset was wanted", at(object));
  case Kind::Other:
    return fail("cannot be read as a dataset", object);
  case Kind::Dataset:
    break;
  }
  Handle dataset(H5Dopen2(file, object.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset)
    return fail("the dataset is damaged", object);
  Handle space(H5Dget_space(dataset), H5Sclose);
  Handle type(H5Dget_type(dataset), H5Tclose);
  const int rank = space ? H5Sget_simple_extent_ndims(space) : -1;
  if (!space || !type || rank < 0 || rank > H5S_MAX_RANK)
    return fail("the dataset's shape or type is damaged", object);
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  if (H5Sget_simple_extent_dims(space, extents.data(), nullptr) < 0)
    return fail("the dataset's shape is damaged", object);

  DatasetInfo info;
  double claimed = static_cast<double>(H5Tget_size(type));
  uint64_t count = H5Sget_simple_extent_type(space) == H5S_NULL ? 0 : 1;
  for (int axis = 0; axis < rank; ++axis) {
    info.shape.push_back(static_cast<int64_t>(extents[axis]));
    claimed *= static_cast<double>(extents[axis]);
    count *= extents[axis];
  }
  // A chunk is decompressed as a whole, whatever the dataset's own extent.
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  if (creation && H5Pget_layout(creation) == H5D_CHUNKED) {
    std::array<hsize_t, H5S_MAX_RANK + 1> chunk{};
    const int chunkRank = H5Pget_chunk(creation, H5S_MAX_RANK, chunk.data());
    double chunkBytes = static_cast<double>(H5Tget_size(type));
    for (int axis = 0; axis < chunkRank; ++axis)
      chunkBytes *= static_cast<double>(chunk[axis]);
    claimed = std::max(claimed, chunkBytes);
  }
  if (!(claimed <= bytes * maxCompression + slackBytes))
    return Error("claims " + formatNumber(claimed) + " bytes in shape " +
                     toString(info.shape) + ", but the whole file has " +
                     formatNumber(bytes),
                 at(object))
        .note("the file is damaged or was cut short");
  switch (H5Tget_class(type)) {
  case H5T_INTEGER:
  case H5T_ENUM:
    info.elements = ElementClass::Integer;
    break;
  case H5T_FLOAT:
    info.elements = ElementClass::Float;
    break;
  case H5T_STRING:
    info.elements = ElementClass::String;
    break;
  default:
    break;
  }
  return Opened{std::move(dataset), std::move(space), std::move(type),
                std::move(info), count};
}

Result<DirectFile::Impl::Opened>
DirectFile::Impl::openNumeric(const std::string &object) const {
  Result<Opened> opened = openDataset(object);
  if (opened && opened->info.elements != ElementClass::Integer &&
      opened->info.elements != ElementClass::Float)
    return Error(std::string("holds ") +
                     (opened->info.elements == ElementClass::String
                          ? "text"
                          : "no plain numbers") +
                     ", integers or floating-point numbers were wanted",
                 at(object));
  return opened;
}

DirectFile::DirectFile(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
DirectFile::DirectFile(DirectFile &&) noexcept = default;
DirectFile::~DirectFile() = default;

Result<DirectFile> DirectFile::open(const std::string &path, double bytes) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); // it would print
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->bytes = bytes;
  if (H5Fis_hdf5(path.c_str()) <= 0)
    return Error("is not an HDF5 file", {path, 0, 0, {}});
  impl->file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (impl->file < 0)
    return impl->fail("is a damaged or truncated HDF5 file of " +
                          formatNumber(bytes) + " bytes",
                      {});
  return DirectFile(std::move(impl));
}

Kind DirectFile::kind(const std::string &object) const {
  return impl->kind(object);
}

Result<std::vector<std::string>>
DirectFile::links(const std::string &group) const {
  const Kind found = impl->kind(group);
  if (found == Kind::Missing)
    return Error("is missing, a group was wanted", impl->at(group));
  if (found != Kind::Group)
    return impl->fail("is not a readable group", group);
  std::vector<std::string> names;
  hsize_t next = 0;
  const Handle handle(H5Gopen2(impl->file, group.c_str(), H5P_DEFAULT),
                      H5Gclose);
  const herr_t walked =
      handle
          ? H5Literate(
                handle, H5_INDEX_NAME, H5_ITER_NATIVE, &next,
                [](hid_t, const char *name, const H5L_info_t *,
                   void *out) -> herr_t {
                  static_cast<std::vector<std::string> *>(out)->push_back(name);
                  return 0;
                },
                &names)
          : -1;
  if (walked < 0)
    return impl->fail("the group is damaged", group);
  std::sort(names.begin(), names.end());
  return names;
}

Result<DatasetInfo> DirectFile::info(const std::string &dataset) const {
  Result<Impl::Opened> opened = impl->openDataset(dataset);
  if (!opened)
    return opened.takeError();
  return opened->info;
}

template <typename T>
Result<Data<T>> DirectFile::read(const std::string &dataset) const {
  Result<Impl::Opened> opened = impl->openNumeric(dataset);
  if (!opened)
    return opened.takeError();
  if constexpr (std::is_same_v<T, int64_t>) {
    if (opened->info.elements == ElementClass::Float) {
      Result<Data<double>> real = read<double>(dataset);
      if (!real)
        return real.takeError();
      Data<int64_t> whole{real->shape, {}};
      for (double value : real->values) {
        if (!(std::abs(value) <= 0x1p53) || value != std::floor(value))
          return Error("holds " + formatNumber(value) +
                           ", whole numbers were wanted",
                       impl->at(dataset));
        whole.values.push_back(static_cast<int64_t>(value));
      }
      return whole;
    }
  }
  Data<T> data{opened->info.shape, std::vector<T>(opened->count)};
  if (opened->count != 0 &&
      H5Dread(opened->dataset, memoryType<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT,
              data.values.data()) < 0)
    return impl->fail("the data cannot be read", dataset);
  return data;
}

template <typename T>
Result<Data<T>> DirectFile::readEntry(const std::string &dataset,
                                      int64_t index) const {
  Result<Impl::Opened> opened = impl->openNumeric(dataset);
  if (!opened)
    return opened.takeError();
  const Shape &shape = opened->info.shape;
  if (shape.empty() || index < 0 || index >= shape[0])
    return Error("has no entry " + std::to_string(index) + " in shape " +
                     toString(shape),
                 impl->at(dataset));
  std::vector<hsize_t> start(shape.size(), 0);
  std::vector<hsize_t> extent(shape.begin(), shape.end());
  start[0] = static_cast<hsize_t>(index);
  extent[0] = 1;
  Data<T> data{Shape(shape.begin() + 1, shape.end()),
               std::vector<T>(opened->count / shape[0])};
  const Handle memory(
      H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr),
      H5Sclose);
  if (!memory ||
      H5Sselect_hyperslab(opened->space, H5S_SELECT_SET, start.data(), nullptr,
                          extent.data(), nullptr) < 0)
    return impl->fail("the data cannot be selected", dataset);
  if (!data.values.empty() &&
      H5Dread(opened->dataset, memoryType<T>(), memory, opened->space,
              H5P_DEFAULT, data.values.data()) < 0)
    return impl->fail("the data cannot be read", dataset);
  return data;
}

Result<Data<double>> DirectFile::readList(const std::string &dataset,
                                          int64_t index) const {
  Result<Impl::Opened> opened = impl->openDataset(dataset);
  if (!opened)
    return opened.takeError();
  const Shape &shape = opened->info.shape;
  const Handle element(
      H5Tget_class(opened->type) == H5T_VLEN ? H5Tget_super(opened->type) : -1,
      H5Tclose);
  const H5T_class_t kind = element ? H5Tget_class(element) : H5T_NO_CLASS;
  if (kind != H5T_INTEGER && kind != H5T_FLOAT)
    return Error("holds no lists of numbers", impl->at(dataset));
  if (shape.size() != 1 || index < 0 || index >= shape[0])
    return Error("has no entry " + std::to_string(index) + " in shape " +
                     toString(shape),
                 impl->at(dataset));
  const auto start = static_cast<hsize_t>(index);
  const hsize_t one = 1;
  const Handle memory(H5Screate_simple(1, &one, nullptr), H5Sclose);
  const Handle list(H5Tvlen_create(H5T_NATIVE_DOUBLE), H5Tclose);
  if (!memory || !list ||
      H5Sselect_hyperslab(opened->space, H5S_SELECT_SET, &start, nullptr, &one,
                          nullptr) < 0)
    return impl->fail("the data cannot be selected", dataset);
  hvl_t values{};
  const herr_t done = H5Dread(opened->dataset, list, memory, opened->space,
                              H5P_DEFAULT, &values);
  Data<double> data;
  if (done >= 0 && values.p != nullptr) {
    const auto *from = static_cast<const double *>(values.p);
    data.values.assign(from, from + values.len);
  }
  data.shape = {static_cast<int64_t>(data.values.size())};
  H5Dvlen_reclaim(list, memory, H5P_DEFAULT, &values);
  if (done < 0)
    return impl->fail("the list cannot be read", dataset);
  return data;
}

Result<Data<std::string>>
DirectFile::readStrings(const std::string &dataset) const {
  Result<Impl::Opened> opened = impl->openDataset(dataset);
  if (!opened)
    return opened.takeError();
  if (opened->info.elements != ElementClass::String)
    return Error("holds no text, strings were wanted", impl->at(dataset));
  Data<std::string> data{opened->info.shape, {}};
  if (opened->count == 0)
    return data;
  const htri_t variable = H5Tis_variable_str(opened->type);
  if (variable < 0)
    return impl->fail("the string type is damaged", dataset);
  const Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
  // The character set must agree, or the library refuses to convert.
  H5Tset_cset(memory, H5Tget_cset(opened->type));
  if (variable > 0) {
    H5Tset_size(memory, H5T_VARIABLE);
    std::vector<char *> texts(opened->count, nullptr);
    const herr_t done = H5Dread(opened->dataset, memory, H5S_ALL, H5S_ALL,
                                H5P_DEFAULT, texts.data());
    if (done >= 0)
      for (const char *text : texts)
        data.values.emplace_back(text ? text : "");
    H5Dvlen_reclaim(memory, opened->space, H5P_DEFAULT, texts.data());
    if (done < 0)
      return impl->fail("the text cannot be read", dataset);
    return data;
  }
  const size_t width = H5Tget_size(opened->type);
  H5Tset_size(memory, width);
  H5Tset_strpad(memory, H5Tget_strpad(opened->type));
  std::vector<char> texts(width * opened->count, '\0');
  if (H5Dread(opened->dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT,
              texts.data()) < 0)
    return impl->fail("the text cannot be read", dataset);
  const bool spaces = H5Tget_strpad(opened->type) == H5T_STR_SPACEPAD;
  for (uint64_t i = 0; i < opened->count; ++i) {
    std::string text(texts.data() + i * width, width);
    text.resize(std::min(text.find('\0'), text.size()));
    while (spaces && text.ends_with(' '))
      text.pop_back();
    data.values.push_back(std::move(text));
  }
  return data;
}

Result<std::string> DirectFile::attributeString(const std::string &object,
                                                const std::string &name) const {
  if (kind(object) == Kind::Missing)
    return Error("is missing", impl->at(object));
  const Handle attribute = impl->openAttribute(object, name);
  const Handle type(attribute ? H5Aget_type(attribute) : -1, H5Tclose);
  const Handle space(attribute ? H5Aget_space(attribute) : -1, H5Sclose);
  if (!attribute || !type || !space)
    return impl->fail("has no attribute '" + name + "'", object);
  if (H5Tget_class(type) != H5T_STRING ||
      H5Sget_simple_extent_npoints(space) != 1)
    return Error("the attribute '" + name + "' is not one string",
                 impl->at(object));
  const Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_cset(memory, H5Tget_cset(type));
  if (H5Tis_variable_str(type) > 0) {
    H5Tset_size(memory, H5T_VARIABLE);
    char *text = nullptr;
    if (H5Aread(attribute, memory, &text) < 0)
      return impl->fail("the attribute '" + name + "' cannot be read", object);
    const std::string value(text ? text : "");
    H5Dvlen_reclaim(memory, space, H5P_DEFAULT, &text);
    return value;
  }
  const size_t width = H5Tget_size(type);
  if (width > 4096)
    return Error("the attribute '" + name + "' is too long", impl->at(object));
  H5Tset_size(memory, width);
  H5Tset_strpad(memory, H5Tget_strpad(type));
  std::string text(width, '\0');
  if (H5Aread(attribute, memory, text.data()) < 0)
    return impl->fail("the attribute '" + name + "' cannot be read", object);
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

Result<double> DirectFile::attributeNumber(const std::string &object,
                                           const std::string &name) const {
  if (kind(object) == Kind::Missing)
    return Error("is missing", impl->at(object));
  const Handle attribute = impl->openAttribute(object, name);
  const Handle type(attribute ? H5Aget_type(attribute) : -1, H5Tclose);
  const Handle space(attribute ? H5Aget_space(attribute) : -1, H5Sclose);
  if (!attribute || !type || !space)
    return impl->fail("has no attribute '" + name + "'", object);
  const H5T_class_t kind = H5Tget_class(type);
  double value = 0;
  if ((kind != H5T_INTEGER && kind != H5T_FLOAT) ||
      H5Sget_simple_extent_npoints(space) != 1 ||
      H5Aread(attribute, H5T_NATIVE_DOUBLE, &value) < 0)
    return Error("the attribute '" + name + "' is not one number",
                 impl->at(object));
  return value;
}

template Result<Data<float>> DirectFile::read<float>(const std::string &) const;
template Result<Data<double>>
DirectFile::read<double>(const std::string &) const;
template Result<Data<int64_t>>
DirectFile::read<int64_t>(const std::string &) const;
template Result<Data<float>> DirectFile::readEntry<float>(const std::string &,
                                                          int64_t) const;
template Result<Data<double>> DirectFile::readEntry<double>(const std::string &,
                                                            int64_t) const;
template Result<Data<int64_t>>
DirectFile::readEntry<int64_t>(const std::string &, int64_t) const;
