#include "hw-models/base/Team.h"

using namespace limen;

/// Waits until `value` is not `old`: busily at first, as the next step mostly
/// comes within microseconds, then asleep.
static void await(const std::atomic<uint32_t> &value, uint32_t old) {
  constexpr unsigned tries = 2000;
  for (unsigned i = 0; i < tries; ++i) {
    if (value.load(std::memory_order_acquire) != old)
      return;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  value.wait(old, std::memory_order_acquire);
}

Team::Team(unsigned threads) {
  for (unsigned thread = 1; thread < threads; ++thread)
    others.emplace_back([this, thread] { serve(thread); });
}

Team::~Team() {
  leaving = true;
  round.fetch_add(1, std::memory_order_release);
  round.notify_all();
  for (std::thread &thread : others)
    thread.join();
}

void Team::take(unsigned thread) {
  for (uint64_t piece = next.fetch_add(1, std::memory_order_relaxed);
       piece < jobPieces; piece = next.fetch_add(1, std::memory_order_relaxed))
    (*job)(piece, thread);
}

void Team::serve(unsigned thread) {
  for (uint32_t seen = 0;;) {
    await(round, seen);
    seen = round.load(std::memory_order_acquire);
    if (leaving)
      return;
    take(thread);
    if (working.fetch_sub(1, std::memory_order_acq_rel) == 1)
      working.notify_one();
  }
}

void Team::forEach(uint64_t pieces,
                   const std::function<void(uint64_t, unsigned)> &work) {
  job = &work;
  jobPieces = pieces;
  next.store(0, std::memory_order_relaxed);
  if (others.empty())
    return take(0);
  working.store(static_cast<uint32_t>(others.size()),
                std::memory_order_relaxed);
  round.fetch_add(1, std::memory_order_release);
  round.notify_all();
  take(0);
  for (uint32_t left = working.load(std::memory_order_acquire); left != 0;
       left = working.load(std::memory_order_acquire))
    await(working, left);
}
