#include "hw-models/base/Parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

using namespace limen;

unsigned limen::processorCount() {
  return std::max(1u, std::thread::hardware_concurrency());
}

void limen::parallelFor(uint64_t pieces, unsigned threads,
                        const std::function<void(uint64_t, unsigned)> &work) {
  if (threads == 0)
    threads = processorCount();
  threads = static_cast<unsigned>(std::min<uint64_t>(threads, pieces));
  std::atomic<uint64_t> next = 0;
  const auto take = [&](unsigned thread) {
    for (uint64_t piece = next++; piece < pieces; piece = next++)
      work(piece, thread);
  };
  std::vector<std::jthread> others;
  for (unsigned thread = 1; thread < threads; ++thread)
    others.emplace_back(take, thread);
  if (threads > 0)
    take(0);
}
