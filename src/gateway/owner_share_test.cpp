#include "gateway/owner_share.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace faasta::gateway {
namespace {

store::Quota quota(std::uint32_t requests_per_second, std::uint32_t calls) {
  store::Quota out;
  out.requests_per_second = requests_per_second;
  out.concurrent_calls = calls;
  return out;
}

const http::Client kClient = http::client_at(asio::ip::make_address("192.0.2.1"));
const http::Client kOther = http::client_at(asio::ip::make_address("192.0.2.2"));

TEST(OwnerShare, LimitsRequestsASecondAndSaysHowLongToWait) {
  OwnerShare share(quota(3, 0), 10);
  EXPECT_TRUE(share.is_full());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(share.take_request(kClient), std::nullopt);
  const auto wait = share.take_request(kClient);
  ASSERT_TRUE(wait.has_value());
  EXPECT_GE(*wait, std::chrono::seconds(1));
  EXPECT_FALSE(share.is_full());
  EXPECT_EQ(share.calls(), nullptr);
}

TEST(OwnerShare, OneClientDoesNotUseUpTheRest) {
  OwnerShare share(quota(100, 0), 10);
  int taken = 0;
  while (!share.take_request(kClient)) ++taken;
  EXPECT_GE(taken, 75);
  EXPECT_LT(taken, 100);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(share.take_request(kOther)) << i;
  EXPECT_TRUE(share.take_request(kClient));
}

/// Nobody knows how many clients a proxy has.
TEST(OwnerShare, AProxyThatNamesNobodyMayUseAll) {
  http::Client proxy = kClient;
  proxy.is_proxy = true;
  OwnerShare share(quota(100, 0), 10);
  int taken = 0;
  while (!share.take_request(proxy)) ++taken;
  EXPECT_GE(taken, 100);
}

TEST(OwnerShare, ZeroIsNoLimit) {
  OwnerShare share(quota(0, 0), 10);
  for (int i = 0; i < 100'000; ++i) ASSERT_EQ(share.take_request(kClient), std::nullopt);
  EXPECT_TRUE(share.is_full());
}

class OwnerSharesTest : public testing::Test {
 protected:
  Result<store::Quota> ask() {
    ++asked_;
    if (during_) std::exchange(during_, nullptr)();
    if (fails_) return fail(Code::io_error);
    return quota(static_cast<std::uint32_t>(asked_), 5);
  }
  int asked_ = 0;
  bool fails_ = false;
  std::function<void()> during_;
  OwnerShares shares_{[this](OwnerId) { return ask(); }, 10};
};

TEST_F(OwnerSharesTest, AShareIsMadeOncePerOwner) {
  const auto first = shares_.of(OwnerId{1});
  EXPECT_EQ(*first, *shares_.of(OwnerId{1}));
  EXPECT_NE(*first, *shares_.of(OwnerId{2}));
  EXPECT_EQ(asked_, 2);
  EXPECT_NE((*first)->calls(), nullptr);
}

TEST_F(OwnerSharesTest, AQuotaThatCannotBeReadIsAnError) {
  fails_ = true;
  EXPECT_FALSE(shares_.of(OwnerId{1}).has_value());
  fails_ = false;
  EXPECT_TRUE(shares_.of(OwnerId{1}).has_value());
}

/// The operator changes a quota while it is being read. The share with the old quota is used once, and is not kept.
TEST_F(OwnerSharesTest, AShareOfAnOldQuotaIsNotKept) {
  during_ = [this] { shares_.forget(); };
  const auto old = *shares_.of(OwnerId{1});
  const auto fresh = *shares_.of(OwnerId{1});
  EXPECT_NE(old, fresh);
  EXPECT_EQ(fresh, *shares_.of(OwnerId{1}));
}

/// Two loops request a share at the same time. Both get the share that was made first.
TEST_F(OwnerSharesTest, TwoThatAskAtOnceGetOneShare) {
  std::shared_ptr<OwnerShare> inner;
  during_ = [this, &inner] { inner = *shares_.of(OwnerId{1}); };
  EXPECT_EQ(*shares_.of(OwnerId{1}), inner);
}

TEST_F(OwnerSharesTest, AShareStaysWhileItIsHeldOrNotFullAgain) {
  auto held = *shares_.of(OwnerId{1});
  const std::weak_ptr<OwnerShare> seen = held;
  shares_.drop_idle();
  EXPECT_FALSE(seen.expired());
  static_cast<void>(held->take_request(kClient));
  held.reset();
  shares_.drop_idle();
  EXPECT_FALSE(seen.expired()) << "what was taken would be forgotten";
  const auto untouched = *shares_.of(OwnerId{2});
  static_cast<void>(untouched);
}

}  // namespace
}  // namespace faasta::gateway
