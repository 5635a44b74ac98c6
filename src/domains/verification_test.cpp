#include "domains/verification.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/scripted_dns.hpp"

namespace faasta::domains {
namespace {

using Kind = Finding::Kind;

class VerificationTest : public testing::Test {
 protected:
  VerificationTest() {
    dns_.texts["_faasta.www.shop.example"] = {"v=spf1", "token"};
    dns_.addresses["www.shop.example"] = {"192.0.2.1"};
    dns_.addresses["faasta.example"] = {"192.0.2.1", "2001:db8::1"};
  }
  std::expected<void, Finding> verified() {
    return verify(wanted_, dns_.dns(), [this]() -> std::expected<Issuer, std::string> {
      ++asked_ca_;
      if (ca_is_away_) return std::unexpected("it is away");
      return Issuer{{"ca.example"}, "", "http-01"};
    });
  }
  /// The code and the detail of the finding, "" if all is right.
  std::string found(Kind kind) {
    const auto result = verified();
    if (result) return "";
    EXPECT_EQ(result.error().kind, kind) << result.error().error.detail;
    return std::string(info(result.error().error.code).name) + ": " + result.error().error.detail;
  }

  test::ScriptedDns dns_;
  Wanted wanted_{"www.shop.example", "token", "faasta.example", {}};
  int asked_ca_ = 0;
  bool ca_is_away_ = false;
};

TEST_F(VerificationTest, WithTheRightRecordsNothingIsFound) {
  EXPECT_EQ(found(Kind::no_text), "");
  EXPECT_EQ(asked_ca_, 0) << "without a CAA record, the CA's name is not needed";
}

TEST_F(VerificationTest, TheTextRecordIsNamed) {
  dns_.texts.clear();
  EXPECT_EQ(found(Kind::no_text),
            "domain_not_verified: there is no TXT record _faasta.www.shop.example; it must be \"token\"");
  dns_.texts["_faasta.www.shop.example"] = {"one", "two\x1b"};
  const std::string two = found(Kind::no_text);
  EXPECT_NE(two.find("is \"one, two"), std::string::npos) << two;
  EXPECT_EQ(two.find('\x1b'), std::string::npos);
  dns_.silent.insert("_faasta.www.shop.example");
  EXPECT_NE(found(Kind::no_answer).find("silent"), std::string::npos);
}

TEST_F(VerificationTest, EachAddressMustBeOurs) {
  dns_.addresses["www.shop.example"] = {"192.0.2.1", "198.51.100.7"};
  const std::string other = found(Kind::elsewhere);
  EXPECT_NE(other.find("the address 198.51.100.7"), std::string::npos) << other;
  EXPECT_NE(other.find("CNAME to faasta.example"), std::string::npos) << other;
  dns_.addresses["www.shop.example"] = {"2001:db8:0::1"};
  EXPECT_EQ(found(Kind::elsewhere), "") << "one address in two spellings";
  dns_.addresses["www.shop.example"] = {};
  EXPECT_NE(found(Kind::elsewhere).find("has no address"), std::string::npos);
  wanted_.addresses = {"203.0.113.9"};
  dns_.addresses["www.shop.example"] = {"203.0.113.9"};
  EXPECT_EQ(found(Kind::elsewhere), "") << "the setting replaces the addresses of the base domain";
}

TEST_F(VerificationTest, AServerWithoutAddressesSaysSo) {
  dns_.addresses.erase("faasta.example");
  EXPECT_NE(found(Kind::no_answer).find("domains.addresses"), std::string::npos);
  dns_.silent.insert("faasta.example");
  EXPECT_NE(found(Kind::no_answer).find("faasta.example cannot be looked up"), std::string::npos);
}

TEST_F(VerificationTest, TheNearestCaaRecordsCount) {
  dns_.authorizations["example"] = {{false, "issue", "other.example"}};
  const std::string far = found(Kind::forbidden);
  EXPECT_NE(far.find("domain_caa: the CAA record of example: it allows \"other.example\""), std::string::npos) << far;
  dns_.authorizations["shop.example"] = {{false, "issue", "ca.example"}};
  dns_.asked.clear();
  EXPECT_EQ(found(Kind::forbidden), "");
  EXPECT_EQ(std::count(dns_.asked.begin(), dns_.asked.end(), "example"), 0) << "it does not climb further";
  ca_is_away_ = true;
  EXPECT_NE(found(Kind::no_answer).find("it is away"), std::string::npos);
  ca_is_away_ = false;
  dns_.silent.insert("shop.example");
  EXPECT_NE(found(Kind::no_answer).find("the CAA record of shop.example cannot"), std::string::npos);
}

TEST_F(VerificationTest, ASlowResolverEndsTheClimb) {
  wanted_.host = "a.b.c.d.e.f.shop.example";
  dns_.texts["_faasta." + wanted_.host] = {"token"};
  dns_.addresses[wanted_.host] = {"192.0.2.1"};
  Dns dns = dns_.dns();
  dns.authorizations = [&](const std::string& /*name*/) {
    dns_.now += std::chrono::seconds(9);
    return Dns::Answer<certificates::CaaRecord>();
  };
  const auto result = verify(wanted_, dns, [] { return Issuer{}; });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::no_answer);
  EXPECT_NE(result.error().error.detail.find("too slow"), std::string::npos);
}

}  // namespace
}  // namespace faasta::domains
