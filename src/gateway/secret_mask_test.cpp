#include "gateway/secret_mask.hpp"

#include <gtest/gtest.h>

namespace faasta::gateway {
namespace {

TEST(SecretMask, HidesEachLineOfAValue) {
  const std::vector<secrets::Opened::Secret> secrets = {{"KEY", "sk_live_12345"},
                                                        {"LONGER", "sk_live_123456789"},
                                                        {"SHORT", "1234567"},
                                                        {"PEM", "-----BEGIN\nabcdefghij\r\nxyz\n"}};
  const SecretMask mask(secrets);
  EXPECT_EQ(mask.masked("key=sk_live_12345."), "key=***KEY***.");
  EXPECT_EQ(mask.masked("sk_live_123456789sk_live_12345"), "***LONGER******KEY***");
  EXPECT_EQ(mask.masked("1234567"), "1234567");
  EXPECT_EQ(mask.masked("abcdefghij"), "***PEM***");
  EXPECT_EQ(mask.masked("-----BEGIN"), "***PEM***");
  EXPECT_EQ(mask.masked("xyz"), "xyz");
  EXPECT_EQ(mask.masked("sk_live_1234"), "sk_live_1234");
}

TEST(SecretMask, WithoutSecretsNothingIsHidden) {
  EXPECT_TRUE(SecretMask().empty());
  EXPECT_TRUE(SecretMask({{"A", "short"}}).empty());
  EXPECT_EQ(SecretMask().masked("text"), "text");
}

}  // namespace
}  // namespace faasta::gateway
