#include "runtime/hdf5/Library.h"

using namespace limen::h5;

static bool insideProbe = false;

static std::recursive_mutex &libraryLock() {
  static std::recursive_mutex mutex;
  return mutex;
}

Session::Session() {
  if (!insideProbe)
    guard = std::unique_lock(libraryLock());
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5Eclear2(H5E_DEFAULT);
}

void limen::h5::becomeProbe() { insideProbe = true; }
