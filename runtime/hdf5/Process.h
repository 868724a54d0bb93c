// A child process that reads a file for its parent.
//
// The HDF5 library (1.10) checks much of a damaged file but not all of it: it
// reads and writes out of bounds, loops and allocates without limit on some.
// All of that happens in a forked child, which may crash without consequence
// and whose memory, processor time and files are limited. The parent never
// hands bytes of a file to the library, so there is nothing that a file could
// do to it later that it did not do in the child.
//
// The child runs only the serving function: it starts no thread and takes no
// lock of other code (glibc makes its allocator usable after a fork in a
// process with threads). Requests go one way and may hold addresses, as the
// child has the parent's program; replies are not trusted and are checked byte
// by byte (Wire.h).
#pragma once

#include "hw-models/base/Error.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace limen::h5 {

/// One end of a byte stream between parent and child. After the first failure
/// every operation fails.
class Channel {
public:
  /// Takes `descriptor`, a connected stream socket.
  explicit Channel(int descriptor) : descriptor(descriptor) {}
  Channel(const Channel &) = delete;
  Channel &operator=(const Channel &) = delete;
  ~Channel();

  bool write(const void *bytes, size_t size);
  bool flush();
  /// Reads exactly `size` bytes; fails at the end of the stream, after
  /// `silenceSeconds` without any, and beyond the allowance.
  bool read(void *bytes, size_t size);

  /// How many more bytes may be read.
  void allow(uint64_t bytes) { allowance = bytes; }
  uint64_t allowed() const { return allowance; }

  /// How long a read waits for the next byte; without end if 0.
  unsigned silenceSeconds = 0;

private:
  bool fill();

  int descriptor;
  bool failed = false;
  uint64_t allowance = UINT64_MAX;
  std::vector<char> outgoing, incoming;
  size_t next = 0; ///< into `incoming`
};

/// What a child process may use.
struct Limits {
  double memoryBytes = 0;       ///< beyond what its parent has mapped
  unsigned requestSeconds = 30; ///< processor time of one request
};

class Process {
public:
  /// Forks. The child has no open file but its end of the channel and runs
  /// `serve`, then ends. Errors: no process or memory left.
  static Result<std::unique_ptr<Process>>
  start(const std::function<void(Channel &)> &serve, const Limits &limits);

  /// Kills the child.
  ~Process();

  Channel &channel() { return stream; }

  /// Why the child no longer answers: "is a damaged HDF5 file: ..." at `place`.
  Error whyGone(const Place &place);

private:
  Process(int child, int descriptor, unsigned seconds)
      : stream(descriptor), child(child), seconds(seconds) {}

  Channel stream;
  int child;
  int status = 0; ///< of waitpid, once the child is gone
  unsigned seconds;
};

/// In the child, where `serve` finds no memory: ends it.
[[noreturn]] void endForLackOfMemory();

/// In the child: forbids opening any more files, those that a damaged or
/// malicious file names included.
void forbidOpening();

/// In the child: allows the processor time of one more request.
void renewProcessorTime(unsigned seconds);

} // namespace limen::h5
