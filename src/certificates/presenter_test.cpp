#include "certificates/presenter.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <mutex>

#include "certificates/dns_hook.hpp"
#include "unit/test_certificates.hpp"

namespace faasta::certificates {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr const char* kAccount = "https://ca.test/acct/1";
constexpr const char* kName = "_acme-challenge.example.com";
constexpr const char* kLastingName = "_validation-persist.example.com";

Challenge dns(const std::string& value) {
  return {.proof = Proof::dns_01, .name = "example.com", .token = "t-" + value, .dns_value = value};
}
Challenge lasting(bool wildcard = true) {
  return {.proof = Proof::dns_persist_01,
          .name = "example.com",
          .wildcard = wildcard,
          .token = "t",
          .issuers = {"ca.test", "other-ca.test"}};
}

/// Presents a proof that is alone in its order. Returns the problem.
std::string shown(ServerPresenter& presenter, const Challenge& challenge) {
  const std::string problem = presenter.present(challenge);
  return problem.empty() ? presenter.wait(challenge) : problem;
}

TEST(LastingRecord, ItNamesTheCaAndTheAccount) {
  EXPECT_EQ(lasting_record("ca.test", kAccount, false), "ca.test; accounturi=https://ca.test/acct/1");
  EXPECT_EQ(lasting_record("ca.test", kAccount, true), "ca.test; accounturi=https://ca.test/acct/1; policy=wildcard");
  for (const bool wildcard : {false, true})
    EXPECT_EQ(wrong_lasting_record(lasting_record("ca.test", kAccount, wildcard), lasting(wildcard), kAccount, {}), "");
}

TEST(LastingRecord, EachMistakeIsNamed) {
  const SystemTime now{seconds(2'000'000'000)};
  const struct {
    const char* record;
    const char* wrong;
  } kCases[] = {
      {"ca.test;accounturi=https://ca.test/acct/1;policy=wildcard", ""},
      {"other-ca.test ;  policy=wildcard ; accounturi=https://ca.test/acct/1 ;", ""},
      {"ca.test; accounturi=https://ca.test/acct/1; POLICY=Wildcard", ""},
      {"CA.Test; AccountURI=https://ca.test/acct/1; policy=wildcard", ""},
      {"ca.test; accounturi=https://ca.test/acct/1; policy=wildcard; persistUntil=2000000001", ""},
      {"ca.test; accounturi=https://ca.test/acct/1; policy=wildcard; persistUntil=9223372036854775807", ""},
      {"ca.test; accounturi=https://ca.test/acct/1; policy=wildcard; new=1", ""},
      {"", "it names another CA"},
      {";", "it names another CA"},
      {"v=spf1 -all", "it names another CA"},
      {"third-ca.test; accounturi=https://ca.test/acct/1; policy=wildcard", "it names another CA"},
      {"ca.test; accounturi=https://ca.test/acct/2; policy=wildcard", "it names another account"},
      {"ca.test; policy=wildcard", "it names another account"},
      {"ca.test; accounturi=https://ca.test/acct/1", "it lacks policy=wildcard"},
      {"ca.test; accounturi=https://ca.test/acct/1; policy=specific", "it lacks policy=wildcard"},
      {"ca.test; accounturi=https://ca.test/acct/1; policy=wildcard; persistUntil=2000000000",
       "its persistUntil has passed"},
      {"ca.test; accounturi=https://ca.test/acct/1; policy=wildcard; persistUntil=x", "its persistUntil has passed"},
  };
  for (const auto& one : kCases)
    EXPECT_EQ(wrong_lasting_record(one.record, lasting(), kAccount, now), one.wrong) << one.record;
  EXPECT_EQ(wrong_lasting_record("ca.test; accounturi=https://ca.test/acct/1", lasting(false), kAccount, now), "");
}

/// A DNS server that plays the DNS of the Internet, and the presenter of the server.
class PresenterTest : public testing::Test {
 protected:
  PresenterTest() {
    dns_ = std::move(*DnsServer::start("127.0.0.1:0", [this] {
      const std::scoped_lock lock(mutex_);
      auto all = proofs_.zones();
      if (!shows_proofs_) all.clear();
      all.insert(all.end(), zones_.begin(), zones_.end());
      return all;
    }));
    options_.resolver = "127.0.0.1:" + std::to_string(dns_->port());
    options_.dns_listen = "127.0.0.1:0";
    options_.dns_wait = seconds(0);
  }
  [[nodiscard]] ServerPresenter presenter() {
    starter_ = ProcessStarter::open({dns_hook_program(options_.dns_hook)}).value();
    options_.starter = starter_.get();
    return ServerPresenter(proofs_, options_, [] { return std::string(kAccount); }, stop_.get_token());
  }
  void set(const std::string& name, std::vector<std::string> texts) {
    const std::scoped_lock lock(mutex_);
    zones_ = {{name, "ns.test", std::move(texts)}};
  }
  /// Makes the operator's program from lines of sh.
  void make_hook(const std::string& lines) {
    options_.dns_hook = folder_.path() / "hook";
    test::write_text(options_.dns_hook, "#!/bin/sh\n" + lines + "\n");
    ::chmod(options_.dns_hook.c_str(), 0700);
  }
  [[nodiscard]] std::string log_of_hook() const {
    std::ifstream in(folder_.path() / "log");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  test::TestFolder folder_;
  Proofs proofs_{"example.com"};
  std::mutex mutex_;
  std::vector<DnsZone> zones_;  ///< protected by mutex_
  bool shows_proofs_ = true;    ///< whether the test's DNS delegates the name to this server
  std::stop_source stop_;
  std::unique_ptr<ProcessStarter> starter_;
  PresenterOptions options_;
  std::unique_ptr<DnsServer> dns_;
};

TEST_F(PresenterTest, FilesAndCertificatesAreShownAtOnce) {
  auto presenter = this->presenter();
  const Challenge file{.proof = Proof::http_01, .name = "a.test", .token = "t", .key_authorization = "t.key"};
  EXPECT_EQ(presenter.present(file), "");
  EXPECT_EQ(proofs_.file("t"), "t.key");
  const Challenge certificate{.proof = Proof::tls_alpn_01, .name = "a.test", .token = "u"};
  EXPECT_EQ(presenter.present(certificate), "");
  EXPECT_TRUE(proofs_.certificate("a.test"));
  presenter.clean_up(file);
  presenter.clean_up(certificate);
  EXPECT_FALSE(proofs_.file("t"));
  EXPECT_FALSE(proofs_.certificate("a.test"));
}

TEST_F(PresenterTest, ARecordIsShownWhenTheResolverSeesIt) {
  auto presenter = this->presenter();
  // Both records exist before the first look. Otherwise the resolver would keep an answer with only one record.
  EXPECT_EQ(presenter.present(dns("one")), "");
  EXPECT_EQ(presenter.present(dns("two")), "");
  EXPECT_EQ(proofs_.zones().at(0).texts.size(), 2U);
  EXPECT_EQ(presenter.wait(dns("one")), "");
  EXPECT_EQ(presenter.wait(dns("two")), "");
  presenter.clean_up(dns("one"));
  presenter.clean_up(dns("two"));
  EXPECT_TRUE(proofs_.zones().empty());
  EXPECT_EQ(shown(presenter, dns("three")), "") << "the next order";
  presenter.clean_up(dns("three"));
}

TEST_F(PresenterTest, ARecordThatTheResolverDoesNotSeeIsAProblem) {
  shows_proofs_ = false;
  set(kName, {"old"});
  auto presenter = this->presenter();
  const std::string other = shown(presenter, dns("one"));
  EXPECT_NE(other.find("the TXT record _acme-challenge.example.com cannot be seen: it has another value, 'old'"),
            std::string::npos)
      << other;
  EXPECT_NE(other.find("faastad certificates setup"), std::string::npos) << other;
  set(kName, {});
  const std::string none = shown(presenter, dns("two"));
  EXPECT_NE(none.find("it does not exist"), std::string::npos) << none;
  set("other.test", {});
  const std::string refused = shown(presenter, dns("three"));
  EXPECT_NE(refused.find("cannot be seen: "), std::string::npos) << refused;
  for (const char* value : {"one", "two", "three"}) presenter.clean_up(dns(value));
  EXPECT_TRUE(proofs_.zones().empty());
}

TEST_F(PresenterTest, AnAddressThatCannotBeUsedIsAProblem) {
  options_.dns_listen = "192.0.2.1:0";
  auto presenter = this->presenter();
  EXPECT_NE(shown(presenter, dns("one")).find("192.0.2.1"), std::string::npos);
  presenter.clean_up(dns("one"));
  EXPECT_TRUE(proofs_.zones().empty());
}

TEST_F(PresenterTest, AStopEndsTheWait) {
  shows_proofs_ = false;
  set(kName, {});
  options_.dns_wait = std::chrono::hours(1);
  stop_.request_stop();
  auto presenter = this->presenter();
  EXPECT_EQ(shown(presenter, dns("one")), "the server stops");
  presenter.clean_up(dns("one"));
}

TEST_F(PresenterTest, TheProgramWritesTheRecord) {
  make_hook("echo \"$@\" >> '" + (folder_.path() / "log").string() + "'");
  set(kName, {"one", "two"});
  auto presenter = this->presenter();
  EXPECT_EQ(shown(presenter, dns("one")), "");
  EXPECT_TRUE(proofs_.zones().empty()) << "this server does not answer";
  presenter.clean_up(dns("one"));
  EXPECT_EQ(log_of_hook(), std::string("present ") + kName + ". one\ncleanup " + kName + ". one\n");
  EXPECT_EQ(shown(presenter, dns("three")), "") << "the resolver may be wrong, so the CA decides";
}

TEST_F(PresenterTest, AProgramThatFailsIsNamed) {
  const auto problem = [this] { return presenter().present(dns("one")); };
  make_hook("exit 7");
  EXPECT_EQ(problem(), options_.dns_hook.string() + " present " + kName + ": it ended with status 7");
  make_hook("kill -9 $$");
  EXPECT_NE(problem().find(" present "), std::string::npos);
  options_.dns_hook = folder_.path() / "none";
  EXPECT_NE(problem().find("No such file"), std::string::npos) << problem();
  test::write_text(options_.dns_hook, "no program");
  EXPECT_NE(problem().find("Permission denied"), std::string::npos) << problem();
}

TEST_F(PresenterTest, ALastingRecordIsOnlyRead) {
  auto presenter = this->presenter();
  set(kLastingName, {"v=spf1 -all", lasting_record("ca.test", kAccount, true)});
  EXPECT_EQ(presenter.present(lasting()), "");
  presenter.clean_up(lasting());
  EXPECT_TRUE(proofs_.zones().empty());
}

TEST_F(PresenterTest, AMissingLastingRecordIsToldWhole) {
  auto presenter = this->presenter();
  const std::string wanted = "its value must be: ca.test; accounturi=https://ca.test/acct/1; policy=wildcard";
  set(kLastingName, {});
  std::string problem = presenter.present(lasting());
  EXPECT_EQ(problem, std::string("the TXT record ") + kLastingName + " is needed, once: it does not exist; " + wanted);
  set(kLastingName, {lasting_record("ca.test", kAccount, false)});
  problem = presenter.present(lasting());
  EXPECT_NE(problem.find("it lacks policy=wildcard; " + wanted), std::string::npos) << problem;
  dns_.reset();
  problem = presenter.present(lasting());
  EXPECT_NE(problem.find("it cannot be looked up ("), std::string::npos) << problem;
}

}  // namespace
}  // namespace faasta::certificates
