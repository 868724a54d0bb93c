// What the reader and the writer share of the HDF5 C library: its lock and its
// identifiers. For the files of this folder only.
#pragma once

#include <hdf5.h>
#include <mutex>
#include <utility>

namespace limen::h5 {

/// Holds the one lock (HDF5 as packaged has global state and no locking of its
/// own) and keeps the library from printing.
class Session {
public:
  Session();

private:
  std::unique_lock<std::recursive_mutex> guard;
};

/// Owns one identifier of the library.
class Handle {
public:
  using Close = herr_t (*)(hid_t);
  Handle(hid_t id, Close close) : id(id), close(close) {}
  Handle(Handle &&other) noexcept
      : id(std::exchange(other.id, -1)), close(other.close) {}
  Handle &operator=(Handle &&) = delete;
  ~Handle() {
    if (id >= 0)
      close(id);
  }
  operator hid_t() const { return id; }
  explicit operator bool() const { return id >= 0; }

private:
  hid_t id;
  Close close;
};

} // namespace limen::h5
