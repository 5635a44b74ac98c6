#include "certificates/renewer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <thread>

#include "unit/test_certificates.hpp"

namespace faasta::certificates {
namespace {

namespace fs = std::filesystem;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::issue;

constexpr const char* kName = "_.example.com";

/// The certificate is valid at the real time and at the time of the test's clock.
Issued certificate_for(const std::vector<std::string>& names, seconds ends = days(90), bool has_authority = true) {
  const auto made = issue({.names = names, .ends = ends, .has_authority = has_authority});
  return {made.pem, made.key_pem};
}

Failure away() { return {Failure::Kind::unreachable, "the CA is away", {}}; }

/// A CA that gives the answers of the test, in order. When no answer is left, it issues the ordered certificate.
class ScriptedIssuer final : public Issuer {
 public:
  Answer<Issued> obtain(const Order& order, Presenter& /*presenter*/) override {
    orders.push_back(order);
    if (on_order) on_order();
    if (is_away) return std::unexpected(away());
    if (answers.empty()) return certificate_for(order.names, lead() + days(90));
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
  Answer<std::optional<Window>> renewal(const tls::RenewalId& certificate) override {
    asked.push_back(certificate);
    if (is_away) return std::unexpected(away());
    return window;
  }
  [[nodiscard]] std::string account() const override { return "https://ca.test/1"; }

  std::vector<Order> orders;
  std::vector<tls::RenewalId> asked;
  std::deque<Answer<Issued>> answers;
  std::optional<Window> window;
  std::function<void()> on_order;
  std::function<seconds()> lead;  ///< how far the test's clock is ahead
  bool is_away = false;
};

class NoPresenter final : public Presenter {
 public:
  std::string present(const Challenge& /*challenge*/) override { return {}; }
  std::string wait(const Challenge& /*challenge*/) override { return {}; }
  void clean_up(const Challenge& /*challenge*/) override {}
};

class RenewerTest : public testing::Test {
 protected:
  RenewerTest() {
    issuer_.lead = [this] { return std::chrono::duration_cast<seconds>(now_ - system_now()); };
  }
  SystemTime step() { return renewer_.step({}); }
  /// Does all work that is due until `end`, as run() does.
  void run_until(SystemTime end) {
    for (int steps = 0; now_ < end; ++steps) {
      ASSERT_LT(steps, 10'000) << "no progress";
      const SystemTime next = step();
      now_ = std::min(std::max(next, now_ + seconds(2)), end);
    }
  }
  [[nodiscard]] std::string id_in_use() const {
    const auto certificate = files_.current(kName).value();
    return certificate ? text_of(certificate->renewal_id()) : "";
  }
  [[nodiscard]] RenewalState state() const { return files_.state(kName).value(); }
  [[nodiscard]] Renewer::Status status() const {
    const auto all = renewer_.statuses();
    return all.size() == 1 ? all.front() : Renewer::Status{};
  }

  test::TestFolder folder_;
  Files files_ = *Files::open(folder_.path() / "acme");
  ScriptedIssuer issuer_;
  NoPresenter presenter_;
  SystemTime now_ = system_now();
  std::vector<Wanted> wanted_{{.name = kName, .names = {"*.example.com", "example.com"}, .proofs = 4}};
  int issued_ = 0;                  ///< calls of on_issued
  std::vector<std::string> ended_;  ///< calls of on_ended
  Renewer renewer_{{.issuer = issuer_,
                    .presenter = presenter_,
                    .files = files_,
                    .profile = "tlsserver",
                    .wanted = [this] { return wanted_; },
                    .on_issued = [this] { ++issued_; },
                    .on_ended = [this](const std::string& name,
                                       const std::string& problem) { ended_.push_back(name + ": " + problem); },
                    .clock = [this] { return now_; }}};
};

TEST_F(RenewerTest, TheFirstCertificateIsOrderedAtOnce) {
  step();
  ASSERT_EQ(issuer_.orders.size(), 1U);
  const Order& order = issuer_.orders.front();
  EXPECT_EQ(order.names, (std::vector<std::string>{"*.example.com", "example.com"}));
  EXPECT_EQ(order.proofs, 4U);
  EXPECT_EQ(order.profile, "tlsserver");
  EXPECT_EQ(order.replaces, tls::RenewalId{});
  EXPECT_NE(id_in_use(), "");
  EXPECT_EQ(issued_, 1);
  EXPECT_TRUE(status().has_certificate);
  EXPECT_EQ(status().problem, "");
  EXPECT_EQ(renewer_.counts().issued, 1U);
  EXPECT_EQ(renewer_.counts().failed, 0U);
  EXPECT_EQ(state().last_success, now_);
  run_until(now_ + days(1));
  EXPECT_EQ(issuer_.orders.size(), 1U);
}

TEST_F(RenewerTest, TheEndOfEachOrderIsTold) {
  wanted_.push_back({.name = "shop.example", .names = {"shop.example"}, .proofs = 2, .first_retry = minutes(60)});
  issuer_.answers.push_back(certificate_for({"*.example.com", "example.com"}));
  issuer_.answers.emplace_back(std::unexpected(away()));
  step();
  EXPECT_EQ(ended_, (std::vector<std::string>{std::string(kName) + ": ", "shop.example: the CA is away"}));
  now_ += minutes(59);
  step();
  EXPECT_EQ(issuer_.orders.size(), 2U) << "the first retry of this name waits for an hour";
  now_ += minutes(1);
  step();
  EXPECT_EQ(ended_.back(), "shop.example: ");
}

TEST_F(RenewerTest, TheOrderIsKeptBeforeItIsSent) {
  std::size_t kept = 0;
  issuer_.on_order = [&] { kept = state().orders.size(); };
  step();
  EXPECT_EQ(kept, 1U);
}

/// If its orders were not kept in a file, a server that crashes again and again would order without end.
TEST_F(RenewerTest, AnOrderThatCannotBeKeptIsNotSent) {
  fs::remove_all(folder_.path() / "acme" / "states");
  step();
  EXPECT_TRUE(issuer_.orders.empty());
}

TEST_F(RenewerTest, ItRenewsInTheWindowOfTheCa) {
  step();
  const SystemTime begin = now_;
  const auto first = files_.current(kName).value()->renewal_id();
  ASSERT_EQ(first.authority, "\x01\x02\x03\x04");
  issuer_.window = Window{begin + days(20), begin + days(21), hours(6)};
  run_until(begin + days(20));
  EXPECT_EQ(issuer_.orders.size(), 1U);
  issuer_.on_order = [&] { issuer_.window = Window{begin + days(80), begin + days(81), hours(6)}; };
  run_until(begin + days(21) + seconds(2));
  ASSERT_EQ(issuer_.orders.size(), 2U);
  EXPECT_EQ(issuer_.orders.back().replaces, first);
  EXPECT_GT(issuer_.asked.size(), 80U) << "the CA was asked every six hours";
  EXPECT_LT(issuer_.asked.size(), 90U);
  EXPECT_EQ(issuer_.asked.front(), first);
  EXPECT_NE(issuer_.asked.back(), first) << "the new certificate has its own window";
}

TEST_F(RenewerTest, TheCaMayWantACertificateToBeRenewedAtOnce) {
  step();
  issuer_.window = Window{now_ + days(50), now_ + days(51), hours(6)};
  run_until(now_ + days(3));
  issuer_.window = Window{now_ - hours(2), now_ - hours(1), hours(6)};
  issuer_.on_order = [this] { issuer_.window = std::nullopt; };
  run_until(now_ + hours(7));
  EXPECT_EQ(issuer_.orders.size(), 2U);
}

/// The CA answers with the same window in the past for each certificate.
TEST_F(RenewerTest, AWrongWindowMeansFewOrders) {
  issuer_.window = Window{now_ - days(2), now_ - days(1), hours(6)};
  run_until(now_ + days(1));
  EXPECT_LE(issuer_.orders.size(), 5U);
}

/// This certificate has no identifier for the CA, so the CA cannot be asked about it.
TEST_F(RenewerTest, WithoutAnIdentifierTheLifeDecides) {
  issuer_.answers.emplace_back(certificate_for(wanted_.front().names, days(90), false));
  step();
  const SystemTime begin = now_;
  ASSERT_EQ(files_.current(kName).value()->renewal_id().authority, "");
  now_ = begin + days(54);
  step();
  EXPECT_EQ(issuer_.orders.size(), 1U);
  EXPECT_TRUE(issuer_.asked.empty());
  now_ = begin + days(61);
  step();
  EXPECT_EQ(issuer_.orders.size(), 2U);
  EXPECT_EQ(issuer_.orders.back().replaces.authority, "");
}

TEST_F(RenewerTest, WhenTheCaIsAwayTheCertificateStays) {
  step();
  const std::string first = id_in_use();
  issuer_.is_away = true;
  const SystemTime begin = now_ + days(61);
  now_ = begin;
  std::vector<SystemTime> times;
  issuer_.on_order = [&] { times.push_back(now_); };
  run_until(begin + days(7));
  EXPECT_EQ(id_in_use(), first);
  EXPECT_EQ(issued_, 1);
  ASSERT_GT(times.size(), 20U);
  EXPECT_LT(times.size(), 60U);
  EXPECT_EQ(renewer_.counts().failed, times.size());
  for (std::size_t i = 1; i < times.size(); ++i) {
    const minutes doubled{1ULL << std::min<std::size_t>(i - 1, 9)};
    EXPECT_GE(times[i] - times[i - 1], std::min<minutes>(doubled, hours(6)));
    EXPECT_LE(times[i] - times[i - 1], hours(6) + seconds(2));
  }
  EXPECT_EQ(status().problem, "the CA is away");
  EXPECT_TRUE(status().has_certificate);
  issuer_.is_away = false;
  run_until(now_ + hours(7));
  EXPECT_NE(id_in_use(), first);
  EXPECT_EQ(status().problem, "");
  EXPECT_EQ(state().failures, 0U);
}

TEST_F(RenewerTest, ARequestIsAnsweredOnce) {
  step();
  const std::string first = id_in_use();
  ASSERT_TRUE(files_.request(kName));
  step();
  EXPECT_NE(id_in_use(), first);
  EXPECT_FALSE(files_.is_requested(kName));
  step();
  EXPECT_EQ(issuer_.orders.size(), 2U);
}

/// The operator sees the new certificate before the order has ended, and may ask for another one at once.
TEST_F(RenewerTest, ARequestThatComesDuringAnOrderIsAnotherOne) {
  step();
  issuer_.on_order = [this] { ASSERT_TRUE(files_.request(kName)); };
  ASSERT_TRUE(files_.request(kName));
  step();
  EXPECT_TRUE(files_.is_requested(kName));
  issuer_.on_order = {};
  step();
  EXPECT_EQ(issuer_.orders.size(), 3U);
  EXPECT_FALSE(files_.is_requested(kName));
}

TEST_F(RenewerTest, ARequestOfAnOrderThatWasStoppedStays) {
  step();
  ASSERT_TRUE(files_.request(kName));
  issuer_.answers.emplace_back(std::unexpected(Failure{Failure::Kind::stopped, "the server stops", {}}));
  step();
  EXPECT_TRUE(files_.is_requested(kName));
  step();
  EXPECT_EQ(issuer_.orders.size(), 3U);
  EXPECT_FALSE(files_.is_requested(kName));
}

TEST_F(RenewerTest, ARequestWaitsForTheLimit) {
  for (int i = 0; i < 7; ++i) {
    ASSERT_TRUE(files_.request(kName));
    step();
  }
  EXPECT_EQ(issuer_.orders.size(), kOrdersPerHour);
  EXPECT_TRUE(files_.is_requested(kName)) << "it is answered later";
  now_ += hours(1);
  step();
  EXPECT_EQ(issuer_.orders.size(), kOrdersPerHour + 1);
  EXPECT_FALSE(files_.is_requested(kName));
}

/// With thousands of domains, a step is much work. A request that must wait must not cause one each time.
TEST_F(RenewerTest, ARequestThatWaitsIsLookedAtOnce) {
  for (std::size_t i = 0; i < kOrdersPerHour; ++i) {
    ASSERT_TRUE(files_.request(kName));
    step();
  }
  ASSERT_TRUE(files_.request(kName));
  std::atomic<int> looks{0};
  std::atomic<int> steps{0};
  std::atomic<int> back{0};  // the clock was set back by this many hours
  Renewer renewer({.issuer = issuer_,
                   .presenter = presenter_,
                   .files = files_,
                   .profile = "",
                   .wanted =
                       [&] {
                         ++steps;
                         return wanted_;
                       },
                   .on_issued = [] {},
                   .clock =
                       [&] {
                         ++looks;
                         return now_ - hours(back);
                       },
                   .look = std::chrono::milliseconds(1)});
  {
    const std::jthread thread([&](const std::stop_token& stop) { renewer.run(stop); });
    constexpr int kMany = 200;
    while (looks < kMany) std::this_thread::yield();
    EXPECT_LE(steps, 2) << "the first look, and its step";
    const int before = steps;
    back = 2;
    while (steps == before) std::this_thread::yield();
  }
  EXPECT_TRUE(files_.is_requested(kName));
}

TEST_F(RenewerTest, ARequestThatFailsIsNotRepeatedAtOnce) {
  step();
  issuer_.is_away = true;
  ASSERT_TRUE(files_.request(kName));
  step();
  step();
  EXPECT_EQ(issuer_.orders.size(), 2U);
  EXPECT_EQ(status().problem, "the CA is away");
}

TEST_F(RenewerTest, ACertificateThatLacksANameIsOrderedAgain) {
  step();
  wanted_.front().names.emplace_back("www.example.org");
  step();
  EXPECT_EQ(issuer_.orders.size(), 1U) << "not right after the last order";
  now_ += kAfterSuccess;
  step();
  ASSERT_EQ(issuer_.orders.size(), 2U);
  EXPECT_EQ(issuer_.orders.back().names.size(), 3U);
  EXPECT_EQ(files_.current(kName).value()->names().size(), 3U);
}

TEST_F(RenewerTest, ACertificateWhoseKeyDoesNotFitIsAFailure) {
  step();
  const std::string first = id_in_use();
  Issued wrong = certificate_for({"example.com"});
  wrong.key = certificate_for({"example.com"}).key;
  issuer_.answers.emplace_back(wrong);
  issuer_.answers.emplace_back(Issued{"no certificate", "no key"});
  for (int i = 1; i <= 2; ++i) {
    ASSERT_TRUE(files_.request(kName));
    step();
    // The CA has issued the certificate. If the next order came soon, it would use up the CA's limit of equal
    // certificates.
    EXPECT_EQ(state().retry_after, kAfterSuccess);
    now_ += kAfterSuccess;
    EXPECT_EQ(renewer_.counts().failed, static_cast<unsigned>(i));
    EXPECT_EQ(id_in_use(), first);
    EXPECT_NE(status().problem, "");
  }
  EXPECT_EQ(issued_, 1);
}

TEST_F(RenewerTest, AStopIsNoFailure) {
  issuer_.answers.emplace_back(std::unexpected(Failure{Failure::Kind::stopped, "the server stops", {}}));
  step();
  EXPECT_EQ(renewer_.counts().failed, 0U);
  EXPECT_EQ(state().problem, "");
  EXPECT_EQ(state().failures, 0U);
  EXPECT_EQ(state().orders.size(), 1U) << "but the CA may have counted it";
}

/// The disk is full: the CA must not be asked again and again.
TEST_F(RenewerTest, AnAnswerThatCannotBeKeptDoesNotRepeatTheQuestion) {
  step();
  fs::remove_all(folder_.path() / "acme" / "states");
  const SystemTime next = step();
  EXPECT_GT(next, now_ + minutes(1));
}

TEST_F(RenewerTest, EachWantedCertificateIsHandled) {
  wanted_.push_back({.name = "www.test", .names = {"www.test"}, .proofs = 3});
  issuer_.answers.emplace_back(std::unexpected(away()));
  step();
  EXPECT_EQ(issuer_.orders.size(), 2U) << "the failure of one does not stop the other";
  ASSERT_EQ(renewer_.statuses().size(), 2U);
  EXPECT_EQ(renewer_.statuses()[0].problem, "the CA is away");
  EXPECT_TRUE(renewer_.statuses()[1].has_certificate);
}

TEST_F(RenewerTest, TheIdOfACertificateIsText) {
  EXPECT_EQ(text_of({.authority = std::string("\x00\xff", 2), .serial = "\x01"}), "00ff.01");
  EXPECT_EQ(text_of({}), ".");
}

}  // namespace
}  // namespace faasta::certificates
