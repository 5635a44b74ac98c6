#include "domains/desk.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "unit/scripted_dns.hpp"
#include "unit/test_store.hpp"

namespace faasta::domains {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using store::DomainState;

FunctionName name(std::string_view text) { return *FunctionName::parse(text); }

/// A real catalog. The resolver, the CA, the renewer and the request to the domain are the test.
class DeskTest : public testing::Test {
 protected:
  DeskTest() {
    dns_.addresses["faasta.example"] = {"192.0.2.1"};
    other_ =
        test::value_of(store_.accounts().sign_in(7, "other", {sha256("token"), "t", "admin", {}}, "test")).account.id;
    deploy(kSingleOwner, "hello");
    deploy(other_, "theirs");
  }
  void deploy(OwnerId owner, std::string_view function) {
    const store::NewVersion version{sha256("x"), 1, 1, {}, {}, ""};
    ASSERT_TRUE(store_.catalog().deploy({owner}, name(function), version, store::Quota{}));
  }
  Desk::Parts parts() {
    return {.store = domains_,
            .dns = dns_.dns(),
            .issuer = []() -> std::expected<Issuer, std::string> { return Issuer{{"ca.example"}, "", "http-01"}; },
            .order =
                [this](const std::string& host) {
                  orders_.push_back(host);
                  return Result<>{};
                },
            .has_certificate = [this](const std::string& host) { return certificates_.contains(host); },
            .try_host = [this](const std::string& host) -> std::expected<void, std::string> {
              tried_.push_back(host);
              if (on_try_) on_try_();
              if (!problem_.empty()) return std::unexpected(problem_);
              return {};
            },
            .serve = [this](auto functions) { served_ = std::move(functions); },
            .keep_certificates =
                [this](const std::vector<std::string>& hosts) {
                  std::erase_if(certificates_,
                                [&](const auto& one) { return std::ranges::find(hosts, one) == hosts.end(); });
                },
            .clock = [this] { return now_; }};
  }
  /// Adds a domain; sets its records right.
  std::string add(std::string_view host, std::string_view function = "hello", OwnerId owner = kSingleOwner) {
    const auto claimed = desk_.add({owner}, name(function), host);
    if (!claimed) return std::string(info(claimed.error().code).name);
    dns_.texts["_faasta." + claimed->domain.host].push_back(claimed->domain.token);
    dns_.addresses[claimed->domain.host] = {"192.0.2.1"};
    return claimed->domain.host;
  }
  /// The state after a check, or the name of the error's code.
  std::string check(std::string_view host, std::string_view function = "hello", OwnerId owner = kSingleOwner) {
    const auto checked = desk_.check({owner}, name(function), host);
    return std::string(checked ? store::name_of(checked->state) : info(checked.error().code).name);
  }
  /// The CA issues the certificate, or refuses.
  void end_order(const std::string& host, const std::string& problem = {}) {
    if (problem.empty()) certificates_.insert(host);
    desk_.order_ended(host, problem);
    desk_.step({});
  }
  void live(const std::string& host) {
    ASSERT_EQ(add(host), host);
    ASSERT_EQ(check(host), "verified");
    end_order(host);
    ASSERT_EQ(state(host), "live");
  }
  std::string state(std::string_view host) {
    const auto holder = test::value_of(domains_.holder(host));
    return holder ? std::string(store::name_of(holder->state)) : "nobody's";
  }
  std::string problem(std::string_view host) { return test::value_of(domains_.holder(host))->problem; }
  void pass(std::chrono::milliseconds time) {
    now_ += time;
    desk_.step({});
  }

  test::TestStore store_;
  store::Domains domains_{store_.shared_connections()};
  test::ScriptedDns dns_;
  OwnerId other_{};
  SystemTime now_ = system_now();
  std::vector<std::string> orders_, tried_;
  std::set<std::string> certificates_;
  std::map<std::string, std::string, std::less<>> served_;
  std::string problem_;  ///< of the request to the domain
  std::function<void()> on_try_;
  Desk desk_{parts(),
             {.base_domain = "faasta.example",
              .addresses = {},
              .retry = minutes(60),
              .quota = {.domains = 3, .domain_orders_per_day = 4}}};
};

TEST_F(DeskTest, FromAClaimToALiveDomain) {
  ASSERT_EQ(add("Shop.example"), "shop.example");
  EXPECT_EQ(state("shop.example"), "nobody's");
  EXPECT_TRUE(desk_.hosts_to_certify().empty());
  EXPECT_EQ(check("shop.example"), "verified");
  EXPECT_EQ(orders_, std::vector<std::string>{"shop.example"});
  EXPECT_EQ(desk_.hosts_to_certify(), std::vector<std::string>{"shop.example"});
  EXPECT_TRUE(served_.empty()) << "without a certificate nobody is sent there";
  on_try_ = [this] {
    EXPECT_EQ(served_, (std::map<std::string, std::string, std::less<>>{{"shop.example", "hello"}}));
  };
  end_order("shop.example");
  EXPECT_EQ(state("shop.example"), "live");
  EXPECT_EQ(tried_.size(), 1U);
  EXPECT_EQ(desk_.counts().live, 1U);
  // A check of a live domain orders nothing.
  EXPECT_EQ(check("shop.example"), "live");
  EXPECT_EQ(orders_.size(), 1U);
  EXPECT_EQ(tried_.size(), 2U);
}

TEST_F(DeskTest, ADomainThatDoesNotAnswerIsNotLive) {
  add("shop.example");
  check("shop.example");
  problem_ = "refused";
  end_order("shop.example");
  EXPECT_EQ(state("shop.example"), "failing");
  EXPECT_EQ(problem("shop.example"), "refused");
  EXPECT_EQ(check("shop.example"), "domain_tls");
  problem_.clear();
  EXPECT_EQ(check("shop.example"), "live") << "its certificate is there, so nothing waits for an hour";
  EXPECT_EQ(orders_.size(), 1U);
}

TEST_F(DeskTest, AnHourPassesAfterAFailedOrder) {
  add("shop.example");
  check("shop.example");
  end_order("shop.example", "the CA saw nothing");
  EXPECT_EQ(state("shop.example"), "failing");
  EXPECT_TRUE(desk_.hosts_to_certify().empty()) << "the renewer does not order by itself";
  const auto waits = desk_.check({kSingleOwner}, name("hello"), "shop.example");
  ASSERT_FALSE(waits);
  EXPECT_EQ(waits.error().code, Code::domain_waits);
  EXPECT_EQ(waits.error().detail, "the CA saw nothing");
  EXPECT_EQ(waits.error().retry_after, hours(1));
  pass(minutes(59));
  EXPECT_EQ(check("shop.example"), "domain_waits");
  now_ -= days(300);  // a clock that was set back makes no wait longer
  EXPECT_EQ(desk_.check({kSingleOwner}, name("hello"), "shop.example").error().retry_after, hours(1));
  now_ += days(300);
  pass(minutes(1));
  EXPECT_EQ(check("shop.example"), "verified");
  EXPECT_EQ(orders_.size(), 2U);
}

TEST_F(DeskTest, AFailedRenewalLeavesTheDomainLive) {
  live("shop.example");
  end_order("shop.example", "the CA is away");
  EXPECT_EQ(state("shop.example"), "live");
  EXPECT_EQ(problem("shop.example"), "the CA is away");
  EXPECT_EQ(check("shop.example"), "live");
  EXPECT_EQ(problem("shop.example"), "");
}

TEST_F(DeskTest, Limits) {
  for (const char* host : {"a.example", "b.example", "c.example"}) ASSERT_EQ(add(host), host);
  EXPECT_EQ(add("d.example"), "quota_domains");
  EXPECT_EQ(add("a.example"), "a.example") << "it is there already";
  for (int order = 0; order < 4; ++order) {
    EXPECT_EQ(check("a.example"), "verified");
    end_order("a.example", "no");
    pass(hours(1));
  }
  EXPECT_EQ(check("b.example"), "quota_domain_orders");
  EXPECT_EQ(state("b.example"), "nobody's");
  pass(hours(20));
  EXPECT_EQ(check("b.example"), "verified") << "a day after the first order";
  EXPECT_EQ(orders_.size(), 5U);
}

// ---- two at once ----

TEST_F(DeskTest, OfTwoWhoClaimANameTheFirstWhoShowsItHoldsIt) {
  ASSERT_EQ(add("shop.example"), "shop.example");
  ASSERT_EQ(add("shop.example", "theirs", other_), "shop.example");
  // While the first check asks DNS, the second one runs from its beginning to its end.
  bool nested = false;
  dns_.on_text = [&](const std::string&) {
    if (!std::exchange(nested, true)) EXPECT_EQ(check("shop.example", "theirs", other_), "verified");
  };
  EXPECT_EQ(check("shop.example"), "domain_taken");
  EXPECT_EQ(orders_.size(), 1U);
  EXPECT_EQ(add("shop.example", "theirs", other_), "shop.example");
  ASSERT_TRUE(desk_.remove({kSingleOwner}, name("hello"), "shop.example"));
  EXPECT_EQ(add("shop.example"), "domain_taken");
  deploy(other_, "second");
  const auto own = desk_.add({other_}, name("second"), "shop.example");
  EXPECT_NE(own.error().detail.find("your function 'theirs'"), std::string::npos);
}

TEST_F(DeskTest, TwoChecksAtOnceMakeOneOrder) {
  add("shop.example");
  bool nested = false;
  dns_.on_text = [&](const std::string&) {
    if (!std::exchange(nested, true)) EXPECT_EQ(check("shop.example"), "verified");
  };
  EXPECT_EQ(check("shop.example"), "verified");
  EXPECT_EQ(check("shop.example"), "verified");
  EXPECT_EQ(test::value_of(domains_.find(kSingleOwner, name("hello"), "shop.example")).state, DomainState::verified);
  EXPECT_EQ(orders_.size(), 1U);
  store::Quota one_order{.domain_orders_per_day = 1};
  Desk strict(parts(), {.base_domain = "faasta.example", .addresses = {}, .quota = one_order});
  EXPECT_TRUE(strict.check({kSingleOwner}, name("hello"), "shop.example")) << "only one order was counted";
}

TEST_F(DeskTest, ADomainThatIsRemovedWhileItIsChecked) {
  add("shop.example");
  dns_.on_text = [&](const std::string&) {
    if (orders_.empty()) static_cast<void>(desk_.remove({kSingleOwner}, name("hello"), "shop.example"));
  };
  EXPECT_EQ(check("shop.example"), "domain_not_found");
  EXPECT_TRUE(orders_.empty());
}

/// The answer of DNS was for the token of the first claim.
TEST_F(DeskTest, ADomainThatIsAddedAgainWhileItIsChecked) {
  add("shop.example");
  dns_.on_text = [&](const std::string&) {
    dns_.on_text = {};
    static_cast<void>(desk_.remove({kSingleOwner}, name("hello"), "shop.example"));
    ASSERT_TRUE(desk_.add({kSingleOwner}, name("hello"), "shop.example"));
  };
  EXPECT_EQ(check("shop.example"), "domain_not_found");
  EXPECT_EQ(check("shop.example"), "domain_not_verified");
  EXPECT_TRUE(orders_.empty());
}

TEST_F(DeskTest, AFunctionThatIsDeletedDuringItsOrder) {
  add("shop.example");
  check("shop.example");
  ASSERT_TRUE(store_.catalog().remove({kSingleOwner}, name("hello")));
  EXPECT_TRUE(desk_.hosts_to_certify().empty());
  end_order("shop.example");
  EXPECT_TRUE(tried_.empty());
  EXPECT_TRUE(served_.empty());
  EXPECT_TRUE(certificates_.empty()) << "the certificate is taken out of use";
  EXPECT_EQ(add("shop.example", "theirs", other_), "shop.example");
  dns_.texts["_faasta.shop.example"].erase(dns_.texts["_faasta.shop.example"].begin());
  EXPECT_EQ(check("shop.example", "theirs", other_), "verified");
}

TEST_F(DeskTest, AFunctionThatIsDeletedWhileItsDomainIsTried) {
  add("shop.example");
  check("shop.example");
  on_try_ = [this] { static_cast<void>(store_.catalog().remove({kSingleOwner}, name("hello"))); };
  end_order("shop.example");
  EXPECT_EQ(state("shop.example"), "nobody's");
  desk_.catalog_changed();
  desk_.step({});
  EXPECT_TRUE(served_.empty());
  EXPECT_TRUE(certificates_.empty());
}

/// The server ended between the certificate and the note of it.
TEST_F(DeskTest, AnOrderWhoseEndWasNotNoticed) {
  add("shop.example");
  check("shop.example");
  certificates_.insert("shop.example");
  Desk next(parts(), {.base_domain = "faasta.example", .addresses = {}, .quota = {}});
  next.step({});
  EXPECT_EQ(state("shop.example"), "live");
}

/// A resolver may need half a minute for each name. Meanwhile the certificate of somebody else is issued.
TEST_F(DeskTest, AnOrderThatEndsDuringTheRegularChecks) {
  for (const char* host : {"a.example", "b.example"}) live(host);
  ASSERT_EQ(add("c.example", "theirs", other_), "c.example");
  ASSERT_EQ(check("c.example", "theirs", other_), "verified");
  int looks = 0;
  Desk* busy = nullptr;
  Desk::Parts shared = parts();
  shared.dns.texts = [&, usual = shared.dns.texts](const std::string& asked) {
    if (++looks == 1) {
      certificates_.insert("c.example");
      busy->order_ended("c.example", {});
    }
    return usual(asked);
  };
  Desk desk(shared, {.base_domain = "faasta.example", .addresses = {}, .quota = {}});
  busy = &desk;
  now_ += std::chrono::days(8);
  desk.step({});
  EXPECT_EQ(looks, 1) << "the second domain waits";
  desk.step({});
  EXPECT_EQ(state("c.example"), "live");
  EXPECT_EQ(looks, 3) << "the other two were due too";
}

TEST_F(DeskTest, ManyAtOnce) {
  for (const char* host : {"a.example", "b.example", "c.example"}) add(host);
  const Desk::Options options{.base_domain = "faasta.example", .addresses = {}, .quota = {}};
  // The scripted resolver is not for many threads: it has fixed answers here.
  Desk::Parts shared = parts();
  shared.dns.texts = [texts = dns_.texts](const std::string& asked) {
    return Dns::Answer<std::string>(texts.at(asked));
  };
  shared.dns.addresses = [](const std::string&) {
    return Dns::Answer<std::string>(std::vector<std::string>{"192.0.2.1"});
  };
  shared.dns.authorizations = [](const std::string&) { return Dns::Answer<certificates::CaaRecord>(); };
  std::atomic<int> orders{0};
  shared.order = [&](const std::string&) {
    ++orders;
    return Result<>{};
  };
  shared.serve = [](auto) {};
  shared.keep_certificates = [](const auto&) {};
  Desk desk(shared, options);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      for (const char* host : {"a.example", "b.example", "c.example"}) {
        EXPECT_TRUE(desk.check({kSingleOwner}, name("hello"), host));
        desk.catalog_changed();
        desk.step({});
      }
    });
  threads.clear();
  EXPECT_EQ(orders, 3);
  for (const char* host : {"a.example", "b.example", "c.example"}) EXPECT_EQ(state(host), "verified");
}

// ---- as time passes ----

TEST_F(DeskTest, ItIsVerifiedEachWeek) {
  live("shop.example");
  const std::size_t asked = dns_.asked.size();
  pass(days(6));
  EXPECT_EQ(dns_.asked.size(), asked);
  pass(days(1));
  EXPECT_GT(dns_.asked.size(), asked);
  EXPECT_EQ(state("shop.example"), "live");
  EXPECT_EQ(tried_.size(), 2U);
}

TEST_F(DeskTest, WithoutItsRecordItIsReleasedAfterAWeek) {
  live("shop.example");
  dns_.texts.clear();
  pass(days(7));
  EXPECT_EQ(state("shop.example"), "failing");
  EXPECT_TRUE(served_.contains("shop.example")) << "it goes on answering";
  for (int day = 0; day < 6; ++day) pass(days(1));
  EXPECT_EQ(state("shop.example"), "failing");
  pass(days(1));
  EXPECT_EQ(state("shop.example"), "nobody's");
  EXPECT_EQ(desk_.counts().released, 1U);
  EXPECT_TRUE(served_.empty());
  EXPECT_TRUE(certificates_.empty());
}

TEST_F(DeskTest, ARecordThatComesBackBeginsANewWeek) {
  live("shop.example");
  const auto texts = dns_.texts;
  dns_.texts.clear();
  pass(days(7));
  pass(days(6));
  dns_.texts = texts;
  pass(days(1));
  EXPECT_EQ(state("shop.example"), "live");
  dns_.texts.clear();
  pass(days(7));
  pass(days(6));
  EXPECT_EQ(state("shop.example"), "failing");
  pass(days(1));
  EXPECT_EQ(state("shop.example"), "nobody's");
}

TEST_F(DeskTest, AResolverWithoutAnswersReleasesNothing) {
  live("shop.example");
  dns_.silent.insert("_faasta.shop.example");
  pass(days(7));
  for (int day = 0; day < 30; ++day) pass(days(1));
  EXPECT_EQ(state("shop.example"), "live");
  EXPECT_NE(problem("shop.example").find("silent"), std::string::npos);
}

TEST_F(DeskTest, AnAddressElsewhereReleasesNothing) {
  live("shop.example");
  dns_.addresses["shop.example"] = {"198.51.100.1"};
  pass(days(7));
  for (int day = 0; day < 30; ++day) pass(days(1));
  EXPECT_EQ(state("shop.example"), "failing");
  dns_.addresses["shop.example"] = {"192.0.2.1"};
  pass(days(1));
  EXPECT_EQ(state("shop.example"), "live");
}

TEST_F(DeskTest, AClockThatIsSetBackDelaysNoCheckForLong) {
  live("shop.example");
  dns_.texts.clear();
  pass(-days(300));
  EXPECT_EQ(state("shop.example"), "failing");
}

}  // namespace
}  // namespace faasta::domains
