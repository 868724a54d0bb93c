#include "runtime/hdf5/Probe.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace limen;

/// Longest time that the first walk may take, seconds.
static constexpr unsigned limitSeconds = 30;

/// In the child: signals kill at once, nothing is printed, no core is written.
static void becomeExpendable() {
  for (int signal :
       {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM, SIGTRAP}) {
    std::signal(signal, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
  }
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  if (const int null = ::open("/dev/null", O_RDWR); null >= 0) {
    ::dup2(null, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
  }
  ::alarm(limitSeconds);
}

Result<void> limen::h5::survives(const std::function<void()> &walk,
                                 const Place &place) {
  const pid_t child = ::fork();
  if (child < 0)
    return Error(std::string("cannot be checked: ") + std::strerror(errno),
                 place);
  if (child == 0) {
    becomeExpendable();
    walk();
    ::_exit(0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return Error(std::string("cannot be checked: ") + std::strerror(errno),
                   place);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    return Error("could not be read within " + std::to_string(limitSeconds) +
                     " s",
                 place)
        .note("the file is probably damaged");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return Error("is a damaged HDF5 file: its structure contradicts itself",
                 place);
  return {};
}
