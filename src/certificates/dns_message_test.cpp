#include "certificates/dns_message.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <span>

namespace faasta::certificates {
namespace {

constexpr std::uint16_t kA = 1, kNs = 2, kSoa = 6, kTxt = 16, kOpt = 41, kCaa = 257, kAny = 255;
constexpr unsigned kNoError = 0, kFormatError = 1, kNameError = 3, kNotImplemented = 4, kRefused = 5;

std::string number(std::uint16_t value) { return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)}; }

std::string wire(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    out += static_cast<char>(label.size());
    out += label;
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  return out + '\0';
}

/// The record with which a client speaks EDNS (RFC 6891).
std::string opt(std::uint16_t payload, char version = 0) {
  return '\0' + number(kOpt) + number(payload) + '\0' + version + number(0) + number(0);
}

struct Ask {
  std::string name = wire("_acme-challenge.example.com");
  std::uint16_t type = kTxt;
  std::uint16_t type_class = 1;
  std::string opt{};
  char flags = 0x01;  ///< RD
};

std::string query(const Ask& ask) {
  return "\x12\x34" + std::string(1, ask.flags) + '\0' + number(1) + number(0) + number(0) +
         number(ask.opt.empty() ? 0 : 1) + ask.name + number(ask.type) + number(ask.type_class) + ask.opt;
}

std::vector<DnsZone> zones(std::vector<std::string> texts = {"one", "two"}) {
  return {{"other.example.net", "ns.example.net", {"no"}},
          {"_acme-challenge.example.com", "example.com", std::move(texts)}};
}

/// An answer, as a client reads it. Names are in the form of the message, with pointers followed.
struct Answer {
  struct Record {
    std::string owner;
    std::uint16_t type = 0;
    std::uint32_t life = 0;
    std::string data;
  };

  explicit Answer(std::string bytes) : bytes_(std::move(bytes)) {
    EXPECT_EQ(bytes_.substr(0, 2), "\x12\x34");
    at_ = 2;
    flags = read();
    const std::uint16_t questions = read();
    const std::uint16_t counts[] = {read(), read(), read()};
    for (int i = 0; i < questions; ++i) {
      const std::size_t begin = at_;
      static_cast<void>(name());
      at_ += 4;
      question = bytes_.substr(begin, at_ - begin);
    }
    std::vector<Record>* const sections[] = {&answers, &authorities, &additional};
    for (int section = 0; section < 3; ++section)
      for (int i = 0; i < counts[section]; ++i) sections[section]->push_back(record());
    EXPECT_EQ(at_, bytes_.size());
  }

  [[nodiscard]] unsigned code() const { return flags & 0x0fU; }
  [[nodiscard]] bool is_response() const { return (flags & 0x8000U) != 0; }
  [[nodiscard]] bool is_authoritative() const { return (flags & 0x0400U) != 0; }
  [[nodiscard]] bool is_truncated() const { return (flags & 0x0200U) != 0; }
  [[nodiscard]] bool recursion_wanted() const { return (flags & 0x0100U) != 0; }

  std::uint16_t flags = 0;
  std::string question;
  std::vector<Record> answers, authorities, additional;

 private:
  std::uint8_t byte() { return static_cast<std::uint8_t>(bytes_.at(at_++)); }
  std::uint16_t read() {
    const unsigned high = byte();
    return static_cast<std::uint16_t>((high << 8U) | byte());
  }
  std::string name() {
    std::string out;
    std::size_t back = 0;
    for (;;) {
      const std::uint8_t length = byte();
      if ((length & 0xc0U) == 0xc0U) {
        const std::size_t to = ((length & 0x3fU) << 8U) | byte();
        if (back == 0) back = at_;
        at_ = to;
        continue;
      }
      if (length == 0) break;
      out += bytes_.substr(at_, length) + ".";
      at_ += length;
    }
    if (back != 0) at_ = back;
    return out;
  }
  Record record() {
    Record out;
    out.owner = name();
    out.type = read();
    static_cast<void>(read());
    const std::uint32_t high = read();
    out.life = (high << 16U) | read();
    const std::size_t size = read();
    out.data = bytes_.substr(at_, size);
    at_ += size;
    return out;
  }

  std::string bytes_;
  std::size_t at_ = 0;
};

Answer answered(const Ask& ask, bool is_udp = true, const std::vector<DnsZone>& known = zones()) {
  auto bytes = dns_answer(query(ask), known, is_udp);
  EXPECT_TRUE(bytes);
  Answer out(bytes.value_or(""));
  EXPECT_TRUE(out.is_response());
  return out;
}

TEST(DnsMessage, AllValuesOfTheNameAreAnswered) {
  const Answer answer = answered({});
  EXPECT_EQ(answer.code(), kNoError);
  EXPECT_TRUE(answer.is_authoritative());
  EXPECT_TRUE(answer.recursion_wanted()) << "the bit is copied";
  EXPECT_FALSE(answer.is_truncated());
  ASSERT_EQ(answer.answers.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(answer.answers[i].owner, "_acme-challenge.example.com.");
    EXPECT_EQ(answer.answers[i].type, kTxt);
    EXPECT_EQ(answer.answers[i].life, 0U) << "no resolver may keep it";
    EXPECT_EQ(answer.answers[i].data, i == 0 ? "\x03one" : "\x03two");
  }
  EXPECT_TRUE(answer.authorities.empty());
  EXPECT_TRUE(answer.additional.empty());
}

/// Some resolvers mix upper and lower case in a name to detect forged answers; the CA's resolver does.
TEST(DnsMessage, TheCaseOfTheQuestionIsKept) {
  const Ask ask{.name = wire("_aCMe-ChalLENGE.eXample.COM")};
  const Answer answer = answered(ask);
  EXPECT_EQ(answer.question, ask.name + number(kTxt) + number(1));
  ASSERT_EQ(answer.answers.size(), 2U);
  EXPECT_EQ(answer.answers[0].owner, "_aCMe-ChalLENGE.eXample.COM.");
}

TEST(DnsMessage, TheZoneNamesItsServer) {
  const Answer ns = answered({.type = kNs});
  ASSERT_EQ(ns.answers.size(), 1U);
  EXPECT_EQ(ns.answers[0].data, wire("example.com"));
  const Answer soa = answered({.type = kSoa});
  ASSERT_EQ(soa.answers.size(), 1U);
  EXPECT_TRUE(soa.answers[0].data.starts_with(wire("example.com") + wire("hostmaster.example.com")));
  EXPECT_EQ(answered({.type = kAny}).answers.size(), 2U) << "the TXT records alone (RFC 8482)";
}

TEST(DnsMessage, OtherTypesOfTheNameDoNotExist) {
  for (const std::uint16_t type : {kA, kCaa}) {
    const Answer answer = answered({.type = type});
    EXPECT_EQ(answer.code(), kNoError);
    EXPECT_TRUE(answer.is_authoritative());
    EXPECT_TRUE(answer.answers.empty());
    ASSERT_EQ(answer.authorities.size(), 1U);
    EXPECT_EQ(answer.authorities[0].type, kSoa);
    EXPECT_EQ(answer.authorities[0].owner, "_acme-challenge.example.com.");
  }
}

TEST(DnsMessage, NamesBelowDoNotExist) {
  const Answer answer = answered({.name = wire("a.B._Acme-challenge.example.com")});
  EXPECT_EQ(answer.code(), kNameError);
  EXPECT_TRUE(answer.answers.empty());
  ASSERT_EQ(answer.authorities.size(), 1U);
  EXPECT_EQ(answer.authorities[0].owner, "_Acme-challenge.example.com.") << "the pointer leads into the question";
}

TEST(DnsMessage, OtherNamesAreRefused) {
  for (const char* name : {"example.com", "x_acme-challenge.example.com", "_acme-challenge.example.org", "com", ""}) {
    const Answer answer = answered({.name = wire(name)});
    EXPECT_EQ(answer.code(), kRefused) << name;
    EXPECT_FALSE(answer.is_authoritative());
    EXPECT_TRUE(answer.answers.empty() && answer.authorities.empty());
  }
  EXPECT_EQ(answered({}, true, {}).code(), kRefused) << "there is no zone";
  EXPECT_EQ(answered({.type_class = 3}).code(), kRefused) << "another class";
}

TEST(DnsMessage, EdnsIsAnsweredByEdns) {
  const Answer answer = answered({.opt = opt(4096)});
  EXPECT_EQ(answer.answers.size(), 2U);
  ASSERT_EQ(answer.additional.size(), 1U);
  EXPECT_EQ(answer.additional[0].type, kOpt);
  EXPECT_EQ(answer.additional[0].owner, "");
  EXPECT_EQ(answer.additional[0].life, 0U);
}

TEST(DnsMessage, AnotherVersionOfEdnsIsTold) {
  const Answer answer = answered({.opt = opt(4096, 1)});
  EXPECT_EQ(answer.code(), 0U);
  EXPECT_TRUE(answer.answers.empty());
  ASSERT_EQ(answer.additional.size(), 1U);
  EXPECT_EQ(answer.additional[0].life, 0x01'00'00'00U) << "BADVERS is 16: the upper bits stand here; our version is 0";
}

TEST(DnsMessage, ALongAnswerOverUdpIsCutOff) {
  const std::vector<std::string> texts(10, std::string(43, 'x'));
  const auto long_zone = zones(texts);
  const struct {
    std::string opt;
    bool fits;
  } kCases[] = {{"", false},       {opt(512), false}, {opt(0), false},
                {opt(600), false}, {opt(1232), true}, {opt(65535), true}};
  for (const auto& one : kCases) {
    const Answer answer = answered({.opt = one.opt}, true, long_zone);
    EXPECT_EQ(answer.is_truncated(), !one.fits);
    EXPECT_EQ(answer.answers.size(), one.fits ? 10U : 0U);
    EXPECT_EQ(answer.additional.size(), one.opt.empty() ? 0U : 1U);
    EXPECT_EQ(answer.code(), kNoError);
    EXPECT_EQ(answered({.opt = one.opt}, false, long_zone).answers.size(), 10U) << "over TCP";
  }
  const auto longer = zones(std::vector<std::string>(30, std::string(43, 'x')));
  EXPECT_TRUE(answered({.opt = opt(65535)}, true, longer).is_truncated()) << "more could be lost on the way";
}

TEST(DnsMessage, OnlyQueriesAreAnswered) {
  EXPECT_FALSE(dns_answer("", zones(), true));
  EXPECT_FALSE(dns_answer("\x12\x34", zones(), true));
  const std::string whole = query({});
  for (std::size_t size = 0; size < 12; ++size) EXPECT_FALSE(dns_answer(whole.substr(0, size), zones(), true)) << size;
  // Two servers would answer each other for ever.
  EXPECT_FALSE(dns_answer(query({.flags = '\x81'}), zones(), true));
}

TEST(DnsMessage, AMalformedQueryIsTold) {
  const std::string whole = query({});
  std::vector<std::string> bad;
  for (std::size_t size = 12; size < whole.size(); ++size) bad.push_back(whole.substr(0, size));
  bad.push_back(query({.name = "\xc0\x0c"}));  // a pointer to itself
  bad.push_back(query({.name = "\x03"
                               "abc\xc0\x0c"}));
  bad.push_back(query({.name = "\x40" + std::string(64, 'a') + '\0'}));  // a label of 64 bytes
  bad.push_back(query({.name = std::string("\x03"
                                           "a.b\0",
                                           5)}));  // a dot in a label
  std::string long_name;
  for (int i = 0; i < 128; ++i)
    long_name +=
        "\x01"
        "a";
  bad.push_back(query({.name = long_name + '\0'}));
  bad.push_back(std::string(whole).replace(4, 2, number(0)));  // no question
  bad.push_back(std::string(whole).replace(4, 2, number(2)));
  bad.push_back(std::string(whole).replace(6, 2, number(1)));  // an answer
  bad.push_back(std::string(whole).replace(8, 2, number(1)));
  bad.push_back(std::string(whole).replace(6, 4, number(1) + number(0xffff)));
  for (std::size_t i = 0; i < bad.size(); ++i) {
    const auto bytes = dns_answer(bad[i], zones(), true);
    ASSERT_TRUE(bytes) << i;
    const Answer answer(*bytes);
    EXPECT_EQ(answer.code(), kFormatError) << i;
    EXPECT_TRUE(answer.question.empty() && answer.answers.empty()) << i;
  }
}

TEST(DnsMessage, OtherOperationsAreNotImplemented) {
  constexpr char kNotify = 4 << 3, kUpdate = 5 << 3;
  for (const char flags : {kNotify, kUpdate}) {
    const Answer answer = answered({.flags = flags});
    EXPECT_EQ(answer.code(), kNotImplemented);
    EXPECT_EQ(answer.flags & 0x7800U, static_cast<unsigned>(flags) << 8U) << "the operation is copied";
    EXPECT_TRUE(answer.answers.empty());
  }
}

/// A cookie or a padding inside the OPT record, or a record of another type, must not prevent an answer.
TEST(DnsMessage, OtherAdditionalRecordsAreIgnored) {
  Ask ask{.opt = '\0' + number(kOpt) + number(1232) + std::string(4, '\0') + number(12) + number(10) + number(8) +
                 "12345678"};
  EXPECT_EQ(answered(ask).answers.size(), 2U);
  ask.opt = wire("key.example.com") + number(250) + number(255) + std::string(4, '\0') + number(0);  // TSIG
  const Answer answer = answered(ask);
  EXPECT_EQ(answer.answers.size(), 2U);
  EXPECT_TRUE(answer.additional.empty());
}

TEST(DnsMessage, TheLongestNameIsRead) {
  const std::string label(63, 'a');
  const std::string name = label + "." + label + "." + label + "." + std::string(61, 'b');
  EXPECT_EQ(answered({.name = wire(name)}).code(), kRefused);
  EXPECT_EQ(answered({.name = wire(name)}, true, {{name, "ns.test", {"x"}}}).answers.size(), 1U);
}

}  // namespace
}  // namespace faasta::certificates
