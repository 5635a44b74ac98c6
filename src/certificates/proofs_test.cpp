#include "certificates/proofs.hpp"

#include <gtest/gtest.h>

namespace faasta::certificates {
namespace {

Challenge http(const std::string& token) {
  return {.proof = Proof::http_01, .name = "a.test", .token = token, .key_authorization = token + ".key"};
}
Challenge tls_alpn(const std::string& name) {
  return {.proof = Proof::tls_alpn_01, .name = name, .token = "t", .key_authorization = "t.key"};
}
Challenge dns(const std::string& name, const std::string& value) {
  return {.proof = Proof::dns_01, .name = name, .token = value, .dns_value = value};
}

class ProofsTest : public testing::Test {
 protected:
  void add(const Challenge& challenge) {
    const auto added = proofs_.add(challenge);
    ASSERT_TRUE(added) << added.error().detail;
  }

  Proofs proofs_{"ns.test"};
};

TEST_F(ProofsTest, AFileIsShownWhileItsProofIsUnderWay) {
  EXPECT_EQ(proofs_.file("one"), std::nullopt);
  add(http("one"));
  add(http("two"));
  EXPECT_EQ(proofs_.file("one"), "one.key");
  EXPECT_EQ(proofs_.file("two"), "two.key");
  for (const char* token : {"", "on", "one/", "ONE", "../one"}) EXPECT_EQ(proofs_.file(token), std::nullopt) << token;
  proofs_.remove(http("one"));
  EXPECT_EQ(proofs_.file("one"), std::nullopt);
  EXPECT_EQ(proofs_.file("two"), "two.key");
  proofs_.remove(http("one"));
}

TEST_F(ProofsTest, ACertificateIsShownForItsNameAlone) {
  add(tls_alpn("a.test"));
  const auto shown = proofs_.certificate("a.test");
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->certificate->names(), std::vector<std::string>{"a.test"});
  EXPECT_FALSE(proofs_.certificate("b.test"));
  EXPECT_FALSE(proofs_.certificate(""));
  EXPECT_FALSE(proofs_.file("t")) << "a proof has one form";
  proofs_.remove(tls_alpn("b.test"));
  EXPECT_TRUE(proofs_.certificate("a.test"));
  proofs_.remove(tls_alpn("a.test"));
  EXPECT_FALSE(proofs_.certificate("a.test"));
}

/// "example.com" and "*.example.com" have records of one name.
TEST_F(ProofsTest, ANameMayHaveTwoRecords) {
  EXPECT_TRUE(proofs_.zones().empty());
  add(dns("example.com", "one"));
  add(dns("other.test", "x"));
  add(dns("example.com", "two"));
  const auto zones = proofs_.zones();
  ASSERT_EQ(zones.size(), 2U);
  EXPECT_EQ(zones[0].name, "_acme-challenge.example.com");
  EXPECT_EQ(zones[0].name_server, "ns.test");
  EXPECT_EQ(zones[0].texts, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(zones[1].name, "_acme-challenge.other.test");
  proofs_.remove(dns("example.com", "one"));
  EXPECT_EQ(proofs_.zones()[0].texts, std::vector<std::string>{"two"});
  proofs_.remove(dns("example.com", "one"));
  EXPECT_EQ(proofs_.zones()[0].texts, std::vector<std::string>{"two"});
  proofs_.remove(dns("example.com", "two"));
  proofs_.remove(dns("other.test", "x"));
  EXPECT_TRUE(proofs_.zones().empty());
}

TEST_F(ProofsTest, TheSameValueTwiceIsRemovedTwice) {
  add(dns("example.com", "one"));
  add(dns("example.com", "one"));
  proofs_.remove(dns("example.com", "one"));
  EXPECT_EQ(proofs_.zones().size(), 1U);
  proofs_.remove(dns("example.com", "one"));
  EXPECT_TRUE(proofs_.zones().empty());
}

TEST_F(ProofsTest, TheLastingRecordIsNotOurs) {
  const Challenge lasting{.proof = Proof::dns_persist_01, .name = "example.com"};
  EXPECT_EQ(dns_name(lasting), "_validation-persist.example.com");
  add(lasting);
  EXPECT_TRUE(proofs_.zones().empty());
}

}  // namespace
}  // namespace faasta::certificates
