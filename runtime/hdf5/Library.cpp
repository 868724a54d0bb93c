#include "runtime/hdf5/Library.h"

using namespace limen::h5;

static std::recursive_mutex &libraryLock() {
  static std::recursive_mutex mutex;
  return mutex;
}

Session::Session() {
  guard = std::unique_lock(libraryLock());
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5Eclear2(H5E_DEFAULT);
}
