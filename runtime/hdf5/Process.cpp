#include "runtime/hdf5/Process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace limen;
using namespace limen::h5;

static constexpr size_t blockBytes = 1 << 16;

/// The parent gives up on a child that uses no processor time either.
static constexpr unsigned silenceSeconds = 300;

/// Exit status of a child that lacked memory.
static constexpr int memoryStatus = 3;

//===----------------------------------------------------------------------===//
// Channel
//===----------------------------------------------------------------------===//

Channel::~Channel() { ::close(descriptor); }

bool Channel::write(const void *bytes, size_t size) {
  const auto *from = static_cast<const char *>(bytes);
  if (outgoing.size() + size >= blockBytes && !flush())
    return false;
  if (size < blockBytes) {
    outgoing.insert(outgoing.end(), from, from + size);
    return !failed;
  }
  while (!failed && size != 0) {
    // A child that died must not kill its parent by SIGPIPE.
    const ssize_t sent = ::send(descriptor, from, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR)
      continue;
    failed |= sent <= 0;
    if (!failed) {
      from += sent;
      size -= static_cast<size_t>(sent);
    }
  }
  return !failed;
}

bool Channel::flush() {
  for (size_t done = 0; !failed && done < outgoing.size();) {
    const ssize_t sent = ::send(descriptor, outgoing.data() + done,
                                outgoing.size() - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR)
      continue;
    failed |= sent <= 0;
    done += failed ? 0 : static_cast<size_t>(sent);
  }
  outgoing.clear();
  return !failed;
}

/// Waits for more bytes; `incoming` is empty then.
bool Channel::fill() {
  incoming.resize(blockBytes);
  next = 0;
  while (!failed) {
    pollfd wait{descriptor, POLLIN, 0};
    // Not in the child, whose limit of open files makes poll fail.
    const int ready =
        silenceSeconds == 0
            ? 1
            : ::poll(&wait, 1, static_cast<int>(silenceSeconds * 1000));
    if (ready < 0 && errno == EINTR)
      continue;
    const ssize_t got =
        ready <= 0 ? -1 : ::recv(descriptor, incoming.data(), blockBytes, 0);
    if (ready > 0 && got < 0 && errno == EINTR)
      continue;
    failed |= got <= 0;
    incoming.resize(failed ? 0 : static_cast<size_t>(got));
    break;
  }
  return !failed;
}

bool Channel::read(void *bytes, size_t size) {
  failed |= size > allowance;
  if (failed)
    return false;
  allowance -= size;
  auto *to = static_cast<char *>(bytes);
  while (size != 0) {
    if (next == incoming.size() && !fill())
      return false;
    const size_t part = std::min(size, incoming.size() - next);
    std::memcpy(to, incoming.data() + next, part);
    next += part;
    to += part;
    size -= part;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// The child
//===----------------------------------------------------------------------===//

static void limit(int resource, rlim_t most) {
  rlimit current{};
  ::getrlimit(static_cast<__rlimit_resource_t>(resource), &current);
  current.rlim_cur = std::min(most, current.rlim_max);
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &current);
}

/// What this process has mapped, bytes.
static double mappedBytes() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE *)> file(
      std::fopen("/proc/self/statm", "r"), std::fclose);
  unsigned long pages = 0;
  if (!file || std::fscanf(file.get(), "%lu", &pages) != 1)
    return 0;
  return static_cast<double>(pages) *
         static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Signals kill at once, nothing is printed or written, no core is left, and
/// every descriptor but `channel` is closed: an end of another child's channel
/// would keep that child alive.
static void becomeExpendable(int channel, double memoryBytes) {
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM, SIGTRAP,
                     SIGXCPU, SIGXFSZ, SIGTERM}) {
    std::signal(signal, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
  }
  if (const int null = ::open("/dev/null", O_RDWR); null >= 0)
    for (int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      ::dup2(null, standard);
  if (channel > STDERR_FILENO + 1)
    ::close_range(STDERR_FILENO + 1, static_cast<unsigned>(channel) - 1, 0);
  ::close_range(static_cast<unsigned>(channel) + 1, ~0u, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  if (const double mapped = mappedBytes(); mapped > 0)
    limit(RLIMIT_AS, static_cast<rlim_t>(mapped + memoryBytes));
}

void limen::h5::endForLackOfMemory() { ::_exit(memoryStatus); }

void limen::h5::forbidOpening() { limit(RLIMIT_NOFILE, 0); }

void limen::h5::renewProcessorTime(unsigned seconds) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  limit(RLIMIT_CPU, static_cast<rlim_t>(used.ru_utime.tv_sec +
                                        used.ru_stime.tv_sec + 1 + seconds));
}

//===----------------------------------------------------------------------===//
// Process
//===----------------------------------------------------------------------===//

Result<std::unique_ptr<Process>>
Process::start(const std::function<void(Channel &)> &serve,
               const Limits &limits) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return Error(std::string("cannot be read: no socket: ") +
                 std::strerror(errno));
  const pid_t child = ::fork();
  if (child < 0) {
    Error error(std::string("cannot be read: no process: ") +
                std::strerror(errno));
    ::close(ends[0]);
    ::close(ends[1]);
    return error;
  }
  if (child == 0) {
    becomeExpendable(ends[1], limits.memoryBytes);
    renewProcessorTime(limits.requestSeconds);
    {
      Channel channel(ends[1]);
      serve(channel);
    }
    // Neither destructors nor handlers of the parent's program run here.
    ::_exit(0);
  }
  ::close(ends[1]);
  std::unique_ptr<Process> process(
      new Process(child, ends[0], limits.requestSeconds));
  process->stream.silenceSeconds = silenceSeconds;
  return process;
}

Process::~Process() {
  if (child <= 0)
    return;
  ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR)
    ;
}

Error Process::whyGone(const Place &place) {
  if (child > 0) {
    // It may be alive: silent, or talking nonsense.
    ::kill(child, SIGKILL);
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR)
      ;
    child = 0;
  }
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
    return Error("could not be read within " + std::to_string(seconds) +
                     " s of processor time",
                 place)
        .note("the file is probably damaged");
  if (WIFEXITED(status) && WEXITSTATUS(status) == memoryStatus)
    return Error("needs more memory to be read than a file of its size may",
                 place)
        .note("the file is probably damaged");
  return Error("is a damaged HDF5 file: its structure contradicts itself",
               place);
}
