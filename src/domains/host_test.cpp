#include "domains/host.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace faasta::domains {
namespace {

const std::string kBase = "faasta.example.com";

Code refused(std::string_view text) {
  const auto host = parse_host(text, kBase);
  return host ? Code::internal_error : host.error().code;
}
std::string detail(std::string_view text) {
  const auto host = parse_host(text, kBase);
  return host ? "accepted as " + host->name : host.error().detail;
}
std::string accepted(std::string_view text) {
  const auto host = parse_host(text, kBase);
  return host ? host->name : "refused: " + host.error().detail;
}

TEST(DomainHost, OneNameHasOneForm) {
  for (const auto& [typed, name] : std::vector<std::pair<std::string, std::string>>{
           {"www.shop.example", "www.shop.example"},
           {"WWW.Shop.Example.", "www.shop.example"},
           {"bücher.example", "xn--bcher-kva.example"},
           {"BÜCHER.example", "xn--bcher-kva.example"},
           {"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
           {"bu\u0308cher.example", "xn--bcher-kva.example"},  // u with a combining mark
           {"straße.example", "xn--strae-oqa.example"},        // not "strasse"
           {"shop。example。", "shop.example"},                // the full stop of Chinese and Japanese
           {"example.com", "example.com"},                     // above the base domain: another zone of its owner
           {"notfaasta.example.com", "notfaasta.example.com"}})
    EXPECT_EQ(accepted(typed), name) << typed;
}

TEST(DomainHost, EachMistakeIsNamed) {
  for (const auto& [typed, why] : std::vector<std::pair<std::string, std::string>>{
           {"", "it is empty"},
           {".", "it is empty"},
           {"..", "two dots in a row"},
           {"a..b.example", "two dots in a row"},
           {".shop.example", "a dot at its start"},
           {"shop.example..", "two dots in a row"},
           {"shop。example。.", "two dots in a row"},
           {"http://shop.example", "a scheme"},
           {"shop.example/", "a path"},
           {"shop.example?a", "a query or a fragment"},
           {"shop.example#a", "a query or a fragment"},
           {"a@shop.example", "a user name"},
           {"shop .example", "a space"},
           {"shop.example:80", "a port"},
           {"a_b.example", "an underscore"},
           {"-a.example", "begins or ends with a hyphen"},
           {"a-.example", "begins or ends with a hyphen"},
           {std::string(64, 'a') + ".example", "longer than 63 characters"},
           {std::string(2000, 'a'), "longer than 253 characters"},
           {"xn--zzzzzz99999999.example", "not valid punycode"},
           {"a\u200b$b.example", "a character that host names do not have"},
           {"\xff\xfe.example", "a character that host names do not have"},
           {"shop", "it has no dot"},
           {"x.localhost", "no CA"},
           {"x.internal", "no CA"},
           {std::string("a\0b.example", 11), "a control character"}}) {
    EXPECT_EQ(refused(typed), Code::domain_invalid) << typed;
    EXPECT_NE(detail(typed).find(why), std::string::npos) << detail(typed);
  }
  EXPECT_LT(detail(std::string(2000, 'a')).size(), 300U);
}

TEST(DomainHost, OtherKindsHaveCodesOfTheirOwn) {
  for (const char* one : {"*.shop.example", "a.*.example", "*"}) EXPECT_EQ(refused(one), Code::domain_wildcard) << one;
  for (const char* one :
       {"192.0.2.1", "[::1]", "::1", "2001:db8::1", "127.1", "0x7f.1", "0x7f000001", "１２７.0.0.1", "a.1"})
    EXPECT_EQ(refused(one), Code::domain_is_address) << one;
  for (const char* one : {"faasta.example.com", "x.faasta.example.com", "a.b.FAASTA.example.com."})
    EXPECT_EQ(refused(one), Code::domain_reserved) << one;
  for (const char* one : {"co.uk", "github.io", "example.ck"})
    EXPECT_EQ(refused(one), Code::domain_public_suffix) << one;
}

TEST(DomainHost, LookAlikesOfTheBaseDomain) {
  EXPECT_EQ(refused("f\u0430asta.example.com"), Code::domain_look_alike);  // Cyrillic а
  EXPECT_EQ(refused("www.f\u0430asta.example.com"), Code::domain_look_alike);
  EXPECT_EQ(refused("xn--fasta-4ve.example.com"), Code::domain_look_alike);
}

TEST(DomainHost, NamesThatLookAlikeHaveTheSameLook) {
  const auto original = parse_host("space.example", kBase);
  const auto imitation = parse_host("sp\u0430ce.example", kBase);                  // a Cyrillic letter among Latin ones
  const auto whole = parse_host("\u0455\u0440\u0430\u0441\u0435.example", kBase);  // Cyrillic letters alone
  ASSERT_TRUE(original && imitation && whole);
  EXPECT_FALSE(original->international);
  EXPECT_TRUE(imitation->international);
  EXPECT_EQ(imitation->look, original->look);
  EXPECT_EQ(whole->look, original->look);
  EXPECT_NE(parse_host("other.example", kBase)->look, original->look);
}

}  // namespace
}  // namespace faasta::domains
