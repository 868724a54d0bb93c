// Writes the circuit of Support.h for tests of the tools: write_sonata FOLDER

#include "test/unit/import_sonata/Support.h"

#include <cstdio>

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_sonata FOLDER\n");
    return 1;
  }
  limen::test::SonataFolder sonata;
  sonata.write();
  std::error_code status;
  std::filesystem::copy(sonata.folder / "", argv[1],
                        std::filesystem::copy_options::recursive, status);
  return status ? 1 : 0;
}
