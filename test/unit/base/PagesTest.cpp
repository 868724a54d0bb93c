#include "hw-models/base/HugePages.h"

#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <utility>

using namespace limen;

TEST(Pages, HoldWhatIsAskedForAndStartAtALargePage) {
  for (const size_t bytes : {size_t(1), size_t(1000), (size_t(1) << 21) - 1,
                             size_t(1) << 21, (size_t(5) << 20) + 3}) {
    Pages pages(bytes);
    ASSERT_NE(pages.data(), nullptr);
    std::memset(pages.data(), 7, bytes);
    if (bytes >= size_t(1) << 21)
      EXPECT_EQ(reinterpret_cast<uintptr_t>(pages.data()) % (1 << 21), 0u);
    Pages other(std::move(pages));
    EXPECT_EQ(pages.data(), nullptr);
    EXPECT_EQ(static_cast<char *>(other.data())[bytes - 1], 7);
    pages = std::move(other);
    EXPECT_EQ(static_cast<char *>(pages.data())[0], 7);
    pages.release();
    EXPECT_EQ(pages.data(), nullptr);
    pages.release();
  }
  EXPECT_EQ(Pages().data(), nullptr);
  EXPECT_EQ(Pages(0).data(), nullptr);
}
