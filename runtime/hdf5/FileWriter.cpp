#include "runtime/hdf5/FileWriter.h"

#include "hw-models/base/Files.h"
#include "runtime/hdf5/Library.h"

#include <algorithm>
#include <type_traits>

using namespace limen;
using namespace limen::h5;

/// Arrays of at least so many bytes are compressed.
static constexpr size_t compressedBytes = 4096;
/// Bytes by which the image in memory grows.
static constexpr size_t increment = 1 << 20;

static_assert(std::is_same_v<hid_t, int64_t>, "identifiers are 64-bit");

static Handle stringType() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

static Handle spaceOf(const Shape &shape) {
  if (shape.empty())
    return Handle(H5Screate(H5S_SCALAR), H5Sclose);
  const std::vector<hsize_t> extents(shape.begin(), shape.end());
  return Handle(H5Screate_simple(static_cast<int>(extents.size()),
                                 extents.data(), nullptr),
                H5Sclose);
}

FileWriter::FileWriter() {
  const Session session;
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access, increment, /*backing_store=*/false);
  file = H5Fcreate("limen", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  failed = file < 0;
}

FileWriter::~FileWriter() {
  const Session session;
  if (file >= 0)
    H5Fclose(file);
}

void FileWriter::group(const std::string &path) {
  const Session session;
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  const Handle made(
      H5Gcreate2(file, path.c_str(), links, H5P_DEFAULT, H5P_DEFAULT),
      H5Gclose);
  failed |= !made;
}

void FileWriter::store(const std::string &path, int64_t type,
                       const Shape &shape, const void *data,
                       bool compressible) {
  const Handle space = spaceOf(shape);
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation, false);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  if (compressible && count > 0 &&
      static_cast<size_t>(count) * H5Tget_size(type) >= compressedBytes) {
    // Chunks along the first axis, of about 1 MiB.
    std::vector<hsize_t> chunk(shape.begin(), shape.end());
    const auto row = static_cast<size_t>(count / shape[0]) * H5Tget_size(type);
    chunk[0] =
        std::clamp<hsize_t>(increment / std::max<size_t>(row, 1), 1, chunk[0]);
    H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
    H5Pset_shuffle(creation);
    H5Pset_deflate(creation, 4);
  }
  const Handle set(
      H5Dcreate2(file, path.c_str(), type, space, links, creation, H5P_DEFAULT),
      H5Dclose);
  failed |= !set || (count > 0 && H5Dwrite(set, type, H5S_ALL, H5S_ALL,
                                           H5P_DEFAULT, data) < 0);
}

template <typename T>
void FileWriter::numbers(const std::string &path, const Shape &shape,
                         std::span<const T> values) {
  const Session session;
  hid_t type = H5T_IEEE_F32LE;
  if constexpr (std::is_same_v<T, double>)
    type = H5T_IEEE_F64LE;
  else if constexpr (std::is_same_v<T, int64_t>)
    type = H5T_STD_I64LE;
  store(path, type, shape, values.data(), true);
}

void FileWriter::booleans(const std::string &path, const Shape &shape,
                          std::span<const uint8_t> values) {
  const Session session;
  const Handle type(H5Tenum_create(H5T_STD_I8LE), H5Tclose);
  const int8_t no = 0, yes = 1;
  H5Tenum_insert(type, "FALSE", &no);
  H5Tenum_insert(type, "TRUE", &yes);
  store(path, type, shape, values.data(), true);
}

void FileWriter::strings(const std::string &path, const Shape &shape,
                         const std::vector<std::string> &values) {
  const Session session;
  std::vector<const char *> texts;
  for (const std::string &value : values)
    texts.push_back(value.c_str());
  store(path, stringType(), shape, texts.data(), false);
}

void FileWriter::attach(const std::string &object, const std::string &name,
                        int64_t type, const void *data) {
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle made(H5Acreate_by_name(file, object.c_str(), name.c_str(), type,
                                      space, H5P_DEFAULT, H5P_DEFAULT,
                                      H5P_DEFAULT),
                    H5Aclose);
  failed |= !made || H5Awrite(made, type, data) < 0;
}

void FileWriter::attribute(const std::string &object, const std::string &name,
                           const std::string &value) {
  const Session session;
  const char *text = value.c_str();
  attach(object, name, stringType(), &text);
}

void FileWriter::attribute(const std::string &object, const std::string &name,
                           double value) {
  const Session session;
  attach(object, name, H5T_IEEE_F64LE, &value);
}

void FileWriter::attribute(const std::string &object, const std::string &name,
                           int64_t value) {
  const Session session;
  attach(object, name, H5T_STD_I64LE, &value);
}

Result<void> FileWriter::save(const std::string &path) {
  std::string image;
  {
    const Session session;
    ssize_t bytes = -1;
    if (!failed && H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0)
      bytes = H5Fget_file_image(file, nullptr, 0);
    if (bytes > 0) {
      image.resize(static_cast<size_t>(bytes));
      bytes = H5Fget_file_image(file, image.data(), image.size());
    }
    if (bytes <= 0)
      return Error("cannot be written as HDF5", Place{path, 0, 0, {}})
          .note("memory may be exhausted");
  }
  return writeFile(path, image);
}

template void FileWriter::numbers<float>(const std::string &, const Shape &,
                                         std::span<const float>);
template void FileWriter::numbers<double>(const std::string &, const Shape &,
                                          std::span<const double>);
template void FileWriter::numbers<int64_t>(const std::string &, const Shape &,
                                           std::span<const int64_t>);
