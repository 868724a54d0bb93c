#include "hw-models/base/Parallel.h"

#include <atomic>
#include <gtest/gtest.h>
#include <vector>

using namespace limen;

TEST(Parallel, EveryPieceIsTakenOnce) {
  for (unsigned threads : {0u, 1u, 2u, 7u})
    for (uint64_t pieces : {0u, 1u, 5u, 1000u}) {
      std::vector<std::atomic<int>> taken(pieces);
      std::atomic<bool> outside = false;
      parallelFor(pieces, threads, [&](uint64_t piece, unsigned thread) {
        ++taken[piece];
        if (thread >= (threads == 0 ? processorCount() : threads))
          outside = true;
      });
      for (uint64_t i = 0; i < pieces; ++i)
        ASSERT_EQ(taken[i], 1) << i;
      EXPECT_FALSE(outside);
    }
}

TEST(Parallel, OneThreadTakesThemInOrder) {
  std::vector<uint64_t> order;
  parallelFor(5, 1, [&](uint64_t piece, unsigned) { order.push_back(piece); });
  EXPECT_EQ(order, (std::vector<uint64_t>{0, 1, 2, 3, 4}));
}
