// Runs a fuzz target once on each file named: the corpus as tests, a find in a
// debugger. Exits non-zero when a file cannot be read; a find crashes.

#include "hw-models/base/Files.h"

#include <cstdint>
#include <cstdio>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FILE...\n", argv[0]);
    return 1;
  }
  for (int i = 1; i < argc; ++i) {
    limen::Result<std::string> bytes = limen::readFile(argv[i]);
    if (!bytes) {
      std::fprintf(stderr, "%s\n", bytes.error().text().c_str());
      return 1;
    }
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(bytes->data()),
                           bytes->size());
  }
  return 0;
}
