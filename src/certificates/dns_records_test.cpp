#include "certificates/dns_records.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace faasta::certificates {
namespace {

constexpr std::uint16_t kA = 1, kCname = 5, kTxt = 16, kAaaa = 28, kCaa = 257;

std::string number(std::uint16_t value) { return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)}; }

/// A record of the name in the question.
std::string record(std::uint16_t type, const std::string& data, std::uint16_t type_class = 1) {
  return "\xc0\x0c" + number(type) + number(type_class) + std::string(4, '\0') +
         number(static_cast<std::uint16_t>(data.size())) + data;
}

std::string answer(std::uint16_t count, const std::string& records) {
  return number(7) + "\x81\x80" + number(1) + number(count) + number(0) + number(0) + std::string("\1x\0", 3) +
         number(kTxt) + number(1) + records;
}

TEST(DnsRecords, TextsAreJoinedAndOthersIgnored) {
  const auto texts =
      texts_in(answer(3, record(kCname, std::string("\1y\0", 3)) + record(kTxt, "\3one\4 two") + record(kTxt, "")));
  ASSERT_TRUE(texts);
  EXPECT_EQ(*texts, (std::vector<std::string>{"one two", ""}));
  EXPECT_EQ(*texts_in(answer(1, record(kTxt, "\3one", 3))), std::vector<std::string>{}) << "another class";
}

TEST(DnsRecords, AddressesAreText) {
  const std::string v6 = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\1";
  const auto addresses =
      addresses_in(answer(3, record(kA, std::string("\x7f\0\0\1", 4)) + record(kAaaa, v6) + record(kA, "xx")));
  ASSERT_TRUE(addresses);
  EXPECT_EQ(*addresses, (std::vector<std::string>{"127.0.0.1", "2001:db8::1"}));
}

TEST(DnsRecords, AuthorizationsHaveFlagsTagsAndValues) {
  const auto records =
      authorizations_in(answer(2, record(kCaa, std::string("\0\5issueca.example", 17)) + record(kCaa, "\x80\5IoDefx")));
  ASSERT_TRUE(records);
  EXPECT_EQ(*records, (std::vector<CaaRecord>{{false, "issue", "ca.example"}, {true, "iodef", "x"}}));
}

TEST(DnsRecords, WhatCannotBeReadIsNoAnswer) {
  for (const std::string& wrong : {std::string(), std::string("x"), answer(2, record(kTxt, "\1x")),
                                   answer(1, record(kTxt, "\1x")).substr(0, 25)}) {
    EXPECT_FALSE(texts_in(wrong));
    EXPECT_FALSE(addresses_in(wrong));
    EXPECT_FALSE(authorizations_in(wrong));
  }
  // A CAA record that cannot be read may forbid the certificate.
  for (const std::string& data :
       {std::string(), std::string("\0", 1), std::string("\0\0", 2), std::string("\0\x09issue", 7)})
    EXPECT_FALSE(authorizations_in(answer(1, record(kCaa, data)))) << data.size();
  EXPECT_EQ(*texts_in(answer(1, record(kTxt, "\x09xx"))), std::vector<std::string>{""}) << "a part that is cut off";
}

}  // namespace
}  // namespace faasta::certificates
