// What the tests of the RRAM path share.
#pragma once

#include "hw-models/target/ImcMacro.h"
#include "hw-models/target/Target.h"

#include <gtest/gtest.h>

namespace limen {

inline target::ImcMacro
imcMachine(const std::vector<std::string> &overrides = {}) {
  auto target = target::loadDocument("rram-40nm", overrides);
  EXPECT_TRUE(bool(target)) << target.error().text();
  auto machine = target::ImcMacro::parse(target->document);
  EXPECT_TRUE(bool(machine)) << machine.error().text();
  return std::move(*machine);
}

} // namespace limen
