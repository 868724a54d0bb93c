// Writes small HDF5 files for tests, and damaged copies of them.
#pragma once

#include "hw-models/base/Files.h"
#include "test/unit/TemporaryFolder.h"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <string>
#include <vector>

namespace limen::test {

/// Writes datasets; groups on the way are created.
class Writer {
public:
  explicit Writer(const std::string &path)
      : file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)),
        links(H5Pcreate(H5P_LINK_CREATE)) {
    H5Pset_create_intermediate_group(links, 1);
  }
  ~Writer() {
    H5Pclose(links);
    H5Fclose(file);
  }

  Writer &group(const std::string &path) {
    H5Gclose(H5Gcreate2(file, path.c_str(), links, H5P_DEFAULT, H5P_DEFAULT));
    return *this;
  }

  /// Numbers converted to the type `stored`; `gzip` chunks the whole dataset.
  Writer &numbers(const std::string &path, std::vector<hsize_t> shape,
                  const std::vector<double> &values,
                  hid_t stored = H5T_IEEE_F32LE, bool gzip = false) {
    const hid_t space = shape.empty()
                            ? H5Screate(H5S_SCALAR)
                            : H5Screate_simple(static_cast<int>(shape.size()),
                                               shape.data(), nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (gzip) {
      H5Pset_chunk(creation, static_cast<int>(shape.size()), shape.data());
      H5Pset_deflate(creation, 6);
    }
    const hid_t set = H5Dcreate2(file, path.c_str(), stored, space, links,
                                 creation, H5P_DEFAULT);
    if (!values.empty())
      H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
               values.data());
    H5Dclose(set);
    H5Pclose(creation);
    H5Sclose(space);
    return *this;
  }
  Writer &integers(const std::string &path, std::vector<hsize_t> shape,
                   const std::vector<double> &values) {
    return numbers(path, std::move(shape), values, H5T_STD_I64LE);
  }

  /// Variable-length UTF-8 strings; a scalar with an empty shape.
  Writer &strings(const std::string &path, std::vector<hsize_t> shape,
                  const std::vector<std::string> &values) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    std::vector<const char *> texts;
    for (const std::string &value : values)
      texts.push_back(value.c_str());
    store(path, type, shape, texts.data());
    H5Tclose(type);
    return *this;
  }
  /// One string of fixed width, padded with NUL.
  Writer &fixedString(const std::string &path, const std::string &value,
                      size_t width) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, width);
    std::string padded = value;
    padded.resize(width, '\0');
    store(path, type, {1}, padded.data());
    H5Tclose(type);
    return *this;
  }

  /// Attributes of a group or dataset that is there: a string of fixed width,
  /// whole numbers.
  Writer &attribute(const std::string &object, const std::string &name,
                    const std::string &value) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, std::max<size_t>(value.size(), 1));
    attach(object, name, type, H5Screate(H5S_SCALAR), value.c_str());
    H5Tclose(type);
    return *this;
  }
  Writer &attribute(const std::string &object, const std::string &name,
                    const std::vector<int64_t> &values) {
    const hsize_t count = values.size();
    attach(object, name, H5T_NATIVE_INT64, H5Screate_simple(1, &count, nullptr),
           values.data());
    return *this;
  }

  hid_t id() const { return file; }

private:
  void attach(const std::string &object, const std::string &name, hid_t type,
              hid_t space, const void *data) {
    const hid_t made =
        H5Acreate_by_name(file, object.c_str(), name.c_str(), type, space,
                          H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(made, type, data);
    H5Aclose(made);
    H5Sclose(space);
  }
  void store(const std::string &path, hid_t type,
             const std::vector<hsize_t> &shape, const void *data) {
    const hid_t space = shape.empty()
                            ? H5Screate(H5S_SCALAR)
                            : H5Screate_simple(static_cast<int>(shape.size()),
                                               shape.data(), nullptr);
    const hid_t set = H5Dcreate2(file, path.c_str(), type, space, links,
                                 H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    H5Dclose(set);
    H5Sclose(space);
  }

  hid_t file;
  hid_t links;
};

/// Calls `use(path)` for copies of `original` that were cut short at `cuts`
/// places or had one byte changed at `flips` places, chosen by a fixed
/// generator.
template <typename Use>
void forDamagedCopies(const std::string &original, int cuts, int flips,
                      Use use) {
  const TemporaryFolder folder;
  Result<std::string> bytes = readFile(original);
  ASSERT_TRUE(bytes);
  uint64_t state = 0x9E3779B97F4A7C15u;
  auto draw = [&](uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  for (int i = 0; i < cuts; ++i)
    use(folder.file("cut", bytes->substr(0, bytes->size() * i / cuts)));
  for (int i = 0; i < flips; ++i) {
    std::string copy = *bytes;
    copy[draw(copy.size())] ^= static_cast<char>(1 + draw(255));
    use(folder.file("flipped", copy));
  }
}

} // namespace limen::test
