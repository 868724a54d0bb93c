// NIR files as bytes. Contract: any bytes give a network that verifies, or an
// error with a message and the file's name, whatever the HDF5 library does with
// them: it runs in a child process (runtime/hdf5/Process.h).

#include "hw-models/base/Files.h"
#include "test/fuzz/ImportNIR.h"
#include "test/fuzz/ScratchFile.h"

#include <cstdint>
#include <string_view>

using namespace limen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const fuzz::ScratchFile file(".nir");
  if (!writeFile(file.path, {reinterpret_cast<const char *>(data), size}))
    fuzz::broken("the scratch file cannot be written", file.path);
  fuzz::importNIR(file.path, 0);
  return 0;
}
