#include "http/proxy_protocol.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace faasta::http {
namespace {

using std::string_literals::operator""s;

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;

/// Makes a header of version 2 with this command and family, and with the length of `rest`.
std::string second(char command, char family, const std::string& rest) {
  return kSignature + command + family + static_cast<char>(rest.size() >> 8U) + static_cast<char>(rest.size() & 0xffU) +
         rest;
}

const std::string kV4 = "\xcb\x00\x71\x09\x0a\x00\x00\x01\x12\x67\x20\xfb"s;  // 203.0.113.9:4711 to 10.0.0.1:8443
const std::string kV4To443 = "\xcb\x00\x71\x09\x0a\x00\x00\x01\x12\x67\x01\xbb"s;
const std::string kV6 =
    "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x09" + std::string(15, '\0') + "\x01\x12\x67\x20\xfb"s;
const std::string kTls = "\x20\x00\x05\x01\x00\x00\x00\x00"s;
const std::string kNoTls = "\x20\x00\x05\x00\x00\x00\x00\x00"s;

struct Good {
  const char* why;
  std::string bytes;
  const char* source;  ///< null: the header names no client
  bool tls = false;
};

const Good kGood[] = {
    {"version 1", "PROXY TCP4 203.0.113.9 10.0.0.1 4711 8443\r\n", "203.0.113.9"},
    {"version 1, port 443", "PROXY TCP4 203.0.113.9 10.0.0.1 4711 443\r\n", "203.0.113.9", true},
    {"version 1, IPv6", "PROXY TCP6 2001:db8::9 ::1 65535 80\r\n", "2001:db8::9"},
    {"version 1, unknown", "PROXY UNKNOWN\r\n", nullptr},
    {"version 1, unknown with addresses", "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", nullptr},
    {"version 2", second('\x21', '\x11', kV4), "203.0.113.9"},
    {"version 2, port 443", second('\x21', '\x11', kV4To443), "203.0.113.9", true},
    {"version 2, IPv6", second('\x21', '\x21', kV6), "2001:db8::9"},
    {"version 2, TLS", second('\x21', '\x11', kV4 + kTls), "203.0.113.9", true},
    {"version 2, no TLS to port 443", second('\x21', '\x11', kV4To443 + kNoTls), "203.0.113.9", false},
    {"version 2, other additions", second('\x21', '\x11', kV4 + "\x04\x00\x02xx\xea\x00\x00"s + kTls), "203.0.113.9",
     true},
    {"version 2, local", second('\x20', '\x00', ""), nullptr},
    {"version 2, local with bytes to pass over", second('\x20', '\x11', "whatever"), nullptr},
    {"version 2, unspecified", second('\x21', '\x00', "whatever"), nullptr},
};

TEST(ProxyProtocol, ReadsWhoIsBehindTheBalancer) {
  for (const Good& good : kGood) {
    const std::string bytes = good.bytes + "GET / HTTP/1.1\r\n";
    const auto header = parse_proxy_header(bytes);
    ASSERT_TRUE(header.has_value()) << good.why << ": " << header.error().detail;
    EXPECT_EQ(header->length, good.bytes.size()) << good.why;
    EXPECT_EQ(header->tls, good.tls) << good.why;
    ASSERT_EQ(header->source.has_value(), good.source != nullptr) << good.why;
    if (good.source != nullptr) {
      EXPECT_EQ(header->source->to_string(), good.source) << good.why;
    }
    // A header that is cut off anywhere is incomplete, but not an error.
    for (std::size_t cut = 0; cut < good.bytes.size(); ++cut) {
      const auto part = parse_proxy_header(std::string_view(bytes).substr(0, cut));
      ASSERT_TRUE(part.has_value()) << good.why << " cut at " << cut << ": " << part.error().detail;
      EXPECT_EQ(part->length, 0U) << good.why << " cut at " << cut;
    }
  }
}

TEST(ProxyProtocol, RefusesWhatIsNoHeader) {
  const std::string bad[] = {
      "GET / HTTP/1.1\r\n",
      "\x16\x03\x01",
      "\r\n\r\nGET",
      "PROXY \r\n",
      "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
      "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
      "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
      "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
      "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
      "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
      "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n",
      "PROXY TCP4 ::1 ::1 1 2\r\n",
      "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
      "PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n",
      "PROXY TCP4 localhost localhost 1 2\r\n",
      "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n" + std::string(107, ' '),
      "PROXY UNKNOWN " + std::string(107, 'x'),
      "PROXY unknown\r\n",
      second('\x11', '\x11', kV4),
      second('\x22', '\x11', kV4),
      second('\x21', '\x12', kV4),
      second('\x21', '\x31', std::string(216, 'u')),
      second('\x21', '\x11', kV4.substr(1)),
      second('\x21', '\x21', kV4),
      second('\x21', '\x11', kV4 + "\x20"),
      second('\x21', '\x11', kV4 + "\x20\x00\x06\x01\x00\x00\x00\x00"s),
      second('\x21', '\x11', kV4 + "\x20\x00\x01\x01"s),
      kSignature + "\x21\x11\x10\x01",
  };
  for (const std::string& bytes : bad) EXPECT_FALSE(parse_proxy_header(bytes).has_value()) << bytes;
}

/// Parses random bytes. The parsed length must never be greater than the number of bytes in the input. The sanitizers
/// check that the parser never reads beyond the end of the input.
TEST(ProxyProtocol, SurvivesHostileBytes) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same bytes each time
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = kGood[random() % std::size(kGood)].bytes;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(random() % (bytes.size() + 1));
    const auto header = parse_proxy_header(bytes);
    if (header) {
      EXPECT_LE(header->length, bytes.size());
    }
  }
}

}  // namespace
}  // namespace faasta::http
