#include "server/crash_list.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faasta::server {

class CrashListTest : public testing::Test {
 protected:
  std::string take(std::string_view text) { return list_.take(text); }

  CrashList list_;
  const std::string a_ = std::string(64, 'a');
  const std::string b_ = std::string(64, 'b');
};

namespace {

TEST_F(CrashListTest, WhatIsFreshIsToldOnceAndTwiceIsTooOften) {
  const std::string kept = take(a_ + " 11 seen\n" + b_ + " 06\n" + a_ + " 04\n");
  EXPECT_EQ(kept, a_ + " 11 seen\n" + b_ + " 06 seen\n" + a_ + " 04 seen\n");
  ASSERT_EQ(list_.fresh().size(), 2U);
  EXPECT_EQ(list_.fresh()[0].component.hex(), b_);
  EXPECT_EQ(list_.fresh()[1].signal, 4);
  EXPECT_TRUE(list_.is_barred(*Sha256::from_hex(a_)));
  EXPECT_FALSE(list_.is_barred(*Sha256::from_hex(b_)));
  EXPECT_FALSE(list_.is_barred(Sha256{}));
}

TEST_F(CrashListTest, WhatNobodyCanReadIsDropped) {
  EXPECT_EQ(take("\n" + a_ + "\n" + a_ + " \n" + a_ + " x\n" + a_ + " 6x\nzz 06\n" + a_.substr(1) + " 06\n\xff\n"), "");
  EXPECT_TRUE(list_.fresh().empty());
  EXPECT_EQ(take(b_ + " 06"), b_ + " 06 seen\n") << "the end of the last line may be missing";
}

}  // namespace
}  // namespace faasta::server
