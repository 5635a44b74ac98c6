#include "identity/device_flow.hpp"

#include <gtest/gtest.h>

namespace faasta::identity {
namespace {

using namespace std::chrono_literals;

class DeviceFlowTest : public testing::Test {
 protected:
  SteadyTime now_;
  DeviceFlow flow_{{.most = 3, .clock = [this] { return now_; }}};
  const DeviceGrant grant_{"github's code", "ABCD-1234", "https://github.com/login/device", 5s, 900s};

  Code begin(const std::string& code) {
    const auto polled = flow_.begin_poll(code);
    return polled ? Code::internal_error : polled.error().code;  // internal_error means that GitHub may be asked
  }
};

constexpr Code kMayAsk = Code::internal_error;

TEST_F(DeviceFlowTest, AsksGithubOnceAnIntervalWhateverTheClientDoes) {
  const std::string code = flow_.add(grant_);
  EXPECT_NE(code, grant_.device_code);
  EXPECT_EQ(begin(code), Code::login_slow_down);
  int asked = 0;
  for (int second = 0; second < 100; ++second) {
    now_ += 1s;
    for (int again = 0; again < 3; ++again) {
      if (begin(code) != kMayAsk) continue;
      ++asked;
      flow_.end_poll(code, DeviceState(DeviceWait::pending));
    }
  }
  EXPECT_EQ(asked, 20);
}

TEST_F(DeviceFlowTest, OnePollAtATime) {
  const std::string code = flow_.add(grant_);
  now_ += 5s;
  ASSERT_EQ(begin(code), kMayAsk);
  now_ += 60s;
  EXPECT_EQ(begin(code), Code::login_slow_down);
  flow_.end_poll(code, DeviceState(DeviceWait::pending));
  EXPECT_EQ(begin(code), Code::login_slow_down);  // the interval begins when GitHub has answered
  now_ += 5s;
  EXPECT_EQ(begin(code), kMayAsk);
}

TEST_F(DeviceFlowTest, SaysHowLongToWait) {
  const std::string code = flow_.add(grant_);
  now_ += 1500ms;
  const auto early = flow_.begin_poll(code);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().retry_after, 4s);
}

TEST_F(DeviceFlowTest, SlowsDownWhenGithubSaysSo) {
  const std::string code = flow_.add(grant_);
  now_ += 5s;
  ASSERT_EQ(begin(code), kMayAsk);
  flow_.end_poll(code, DeviceState(DeviceWait::slow_down));
  now_ += 9s;
  EXPECT_EQ(begin(code), Code::login_slow_down);
  now_ += 1s;
  EXPECT_EQ(begin(code), kMayAsk);
}

TEST_F(DeviceFlowTest, IsOverAfterAUserOrAFinalFailure) {
  const std::string found = flow_.add(grant_);
  const std::string denied = flow_.add(grant_);
  const std::string down = flow_.add(grant_);
  now_ += 5s;
  for (const std::string& code : {found, denied, down}) ASSERT_EQ(begin(code), kMayAsk);
  flow_.end_poll(found, DeviceState(GithubUser{7, "ada"}));
  flow_.end_poll(denied, fail(Code::login_denied));
  flow_.end_poll(down, fail(Code::github_unreachable));
  now_ += 5s;
  EXPECT_EQ(begin(found), Code::login_expired);
  EXPECT_EQ(begin(denied), Code::login_expired);
  EXPECT_EQ(begin(down), kMayAsk);
}

TEST_F(DeviceFlowTest, LivesForFiveMinutesOrAsLongAsGithubsCode) {
  const std::string code = flow_.add(grant_);
  DeviceGrant brief = grant_;
  brief.expires_in = 60s;
  const std::string shorter = flow_.add(brief);
  EXPECT_EQ(flow_.life_of(grant_), 300s);
  EXPECT_EQ(flow_.life_of(brief), 60s);
  now_ += 59s;
  EXPECT_EQ(begin(shorter), kMayAsk);
  flow_.end_poll(shorter, DeviceState(DeviceWait::pending));
  now_ += 6s;
  EXPECT_EQ(begin(shorter), Code::login_expired);
  EXPECT_EQ(begin(code), kMayAsk);
  flow_.end_poll(code, DeviceState(DeviceWait::pending));
  now_ += 235s;
  EXPECT_EQ(begin(code), Code::login_expired);
}

TEST_F(DeviceFlowTest, KnowsNoCodeButItsOwnAndDropsTheOldest) {
  EXPECT_EQ(begin("guessed"), Code::login_expired);
  EXPECT_EQ(begin(""), Code::login_expired);
  const std::string first = flow_.add(grant_);
  for (int i = 0; i < 3; ++i) static_cast<void>(flow_.add(grant_));
  EXPECT_EQ(begin(first), Code::login_expired);
}

}  // namespace
}  // namespace faasta::identity
