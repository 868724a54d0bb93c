// Threads that stay: for many short parallel steps one after another.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace limen {

/// Threads that wait for work. Starting a step costs about a microsecond; a
/// thread that has waited for a while sleeps.
class Team {
public:
  /// As many threads, the caller's included; at least one.
  explicit Team(unsigned threads);
  ~Team();
  Team(const Team &) = delete;
  Team &operator=(const Team &) = delete;

  unsigned size() const { return static_cast<unsigned>(others.size()) + 1; }

  /// Calls `work(piece, thread)` once for each piece below `pieces`, with
  /// thread below size(). Returns when all are done. Pieces must not depend on
  /// one another.
  void forEach(uint64_t pieces,
               const std::function<void(uint64_t, unsigned)> &work);

private:
  void serve(unsigned thread);
  void take(unsigned thread);

  std::vector<std::thread> others;
  const std::function<void(uint64_t, unsigned)> *job = nullptr;
  uint64_t jobPieces = 0;
  std::atomic<uint64_t> next = 0;
  std::atomic<uint32_t> round = 0;   ///< grows with each job
  std::atomic<uint32_t> working = 0; ///< of the others
  std::atomic<bool> leaving = false;
};

} // namespace limen
