#include "hw-models/base/Ledger.h"

#include <gtest/gtest.h>

using namespace limen;

TEST(Ledger, CountTimesPricePlusPowerTimesTime) {
  Ledger ledger;
  const Price packet{Joules(1e-9), Status::Published, "table"};
  ledger.charge("router", "packet", 3, packet);
  ledger.charge("router", "packet", 2, packet);
  ledger.hold("chip", "idle", Seconds(2),
              {Watts(0.5), Status::Measured, "meter"});
  ASSERT_EQ(ledger.rows().size(), 2u);
  EXPECT_EQ(ledger.rows()[0].count, 5);
  EXPECT_DOUBLE_EQ(ledger.rows()[0].energy.value(), 5e-9);
  EXPECT_DOUBLE_EQ(ledger.rows()[1].energy.value(), 1.0);
  EXPECT_DOUBLE_EQ(ledger.total().value(), 1.0 + 5e-9);
  EXPECT_EQ(ledger.rows()[1].status, Status::Measured);
}
