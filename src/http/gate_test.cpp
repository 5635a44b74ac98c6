#include "http/gate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace faasta::http {
namespace {

const HeadLimits kLimits;

/// What the gate says of a whole head: the parsed head, or the failure of either step.
Result<RequestHead> gate(const std::string& bytes) {
  std::size_t scanned = 0;
  const auto length = find_head_end(bytes, scanned, kLimits);
  if (!length) return std::unexpected(length.error());
  if (*length == 0) return fail(Code::http_timeout, "incomplete");
  return parse_head(std::string_view(bytes).substr(0, *length), kLimits);
}

std::string with(const std::string& fields) { return "POST /x HTTP/1.1\r\nhost: a.localhost\r\n" + fields + "\r\n"; }

struct Refusal {
  const char* why;
  std::string bytes;
  Code code;
};

class GateRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(GateRefuses, ThisHead) {
  const auto head = gate(GetParam().bytes);
  ASSERT_FALSE(head.has_value());
  EXPECT_EQ(head.error().code, GetParam().code) << head.error().detail;
}

const Refusal kRefusals[] = {
    {"two spaces", "GET  / HTTP/1.1\r\nhost: a\r\n\r\n", Code::http_malformed},
    {"HTTP/0.9", "GET /\r\nhost: a\r\n\r\n", Code::http_malformed},
    {"HTTP/2.0", "GET / HTTP/2.0\r\nhost: a\r\n\r\n", Code::http_version},
    {"lower-case version", "GET / http/1.1\r\nhost: a\r\n\r\n", Code::http_malformed},
    {"CONNECT", "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n", Code::http_method},
    {"TRACE", "TRACE / HTTP/1.1\r\nhost: a\r\n\r\n", Code::http_method},
    {"method with a bad byte", "GE(T / HTTP/1.1\r\nhost: a\r\n\r\n", Code::http_malformed},
    {"fragment", "GET /#x HTTP/1.1\r\nhost: a\r\n\r\n", Code::http_malformed},
    {"byte above ASCII", "GET /\xc3\xa4 HTTP/1.1\r\nhost: a\r\n\r\n", Code::http_malformed},
    {"authority form", "GET a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n", Code::http_malformed},
    {"star without OPTIONS", "GET * HTTP/1.1\r\nhost: a\r\n\r\n", Code::http_malformed},
    {"absolute form of another host", "GET http://b/ HTTP/1.1\r\nhost: a\r\n\r\n", Code::http_malformed},
    {"absolute form of another scheme", "GET ftp://a/ HTTP/1.1\r\nhost: a\r\n\r\n", Code::http_malformed},
    {"bare LF", "GET / HTTP/1.1\nhost: a\r\n\r\n", Code::http_malformed},
    {"bare CR", "GET / HTTP/1.1\r\nhost: a\rb: c\r\n\r\n", Code::http_malformed},
    {"obs-fold", with("a: b\r\n c\r\n"), Code::http_malformed},
    {"space before colon", with("a : b\r\n"), Code::http_malformed},
    {"empty name", with(": b\r\n"), Code::http_malformed},
    {"no colon", with("ab\r\n"), Code::http_malformed},
    {"NUL in a value", with(std::string("a: b\0c\r\n", 8)), Code::http_malformed},
    {"control character in a value", with("a: b\x01\r\n"), Code::http_malformed},
    {"no host", "GET / HTTP/1.1\r\na: b\r\n\r\n", Code::http_malformed},
    {"two hosts", with("host: a.localhost\r\n"), Code::http_malformed},
    {"empty host", "GET / HTTP/1.1\r\nhost:\r\n\r\n", Code::http_malformed},
    {"host with user", "GET / HTTP/1.1\r\nhost: u@a\r\n\r\n", Code::http_malformed},
    {"host with path", "GET / HTTP/1.1\r\nhost: a/b\r\n\r\n", Code::http_malformed},
    {"host with port 0", "GET / HTTP/1.1\r\nhost: a:0\r\n\r\n", Code::http_malformed},
    {"host with port 65536", "GET / HTTP/1.1\r\nhost: a:65536\r\n\r\n", Code::http_malformed},
    {"gzip coding", with("transfer-encoding: gzip\r\n"), Code::http_malformed},
    {"gzip, chunked", with("transfer-encoding: gzip, chunked\r\n"), Code::http_malformed},
    {"chunked twice", with("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n"), Code::http_malformed},
    {"chunked with length", with("transfer-encoding: chunked\r\ncontent-length: 1\r\n"), Code::http_malformed},
    {"chunked on 1.0", "POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n", Code::http_malformed},
    {"chunked with parameter", with("transfer-encoding: chunked;a=b\r\n"), Code::http_malformed},
    {"equal lengths twice", with("content-length: 1\r\ncontent-length: 1\r\n"), Code::http_malformed},
    {"length list", with("content-length: 1, 1\r\n"), Code::http_malformed},
    {"signed length", with("content-length: +1\r\n"), Code::http_malformed},
    {"hexadecimal length", with("content-length: 0x1\r\n"), Code::http_malformed},
    {"empty length", with("content-length:\r\n"), Code::http_malformed},
    {"length beyond 63 bits", with("content-length: 9223372036854775808\r\n"), Code::http_malformed},
    {"unknown expectation", with("expect: 200-ok\r\n"), Code::http_expectation},
    {"long target", "GET /" + std::string(16U << 10U, 'a') + " HTTP/1.1\r\nhost: a\r\n\r\n",
     Code::http_target_too_long},
    {"large head", with("a: " + std::string(64U << 10U, 'a') + "\r\n"), Code::http_head_too_large},
};

std::string name_of(const testing::TestParamInfo<Refusal>& info) {
  std::string name = info.param.why;
  std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Table, GateRefuses, testing::ValuesIn(kRefusals), name_of);

TEST(Gate, TakesTheLegalNeighbours) {
  for (const std::string& bytes : {
           std::string("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n"),
           std::string("GET http://a.localhost/x?y HTTP/1.1\r\nhost: a.localhost\r\n\r\n"),
           std::string("GET / HTTP/1.0\r\nhost: a\r\n\r\n"),
           std::string("PURGE / HTTP/1.1\r\nHOST: [::1]:8080\r\n\r\n"),
           with("a:\r\n"),
           with("a: \t b c \t\r\n"),
           with("a: caf\xc3\xa9\r\n"),
           with("transfer-encoding: Chunked\r\n"),
           with("content-length: 0\r\n"),
           with("expect: 100-Continue\r\ncontent-length: 1\r\n"),
       }) {
    EXPECT_TRUE(gate(bytes).has_value()) << bytes;
  }
}

TEST(Gate, TurnsTheAbsoluteFormIntoTheOriginForm) {
  const std::string bytes =
      "GET http://A.localhost/x?y HTTP/1.1\r\nhost: a.localhost\r\n\r\n";  // the head has views of it
  const auto head = gate(bytes);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->target, "/x?y");
}

TEST(Gate, CountsFields) {
  std::string most;
  for (int i = 0; i < 127; ++i) most += "a: b\r\n";
  EXPECT_TRUE(gate(with(most)).has_value());
  EXPECT_EQ(gate(with(most + "a: b\r\n")).error().code, Code::http_head_too_large);
}

TEST(Gate, FindsTheEndWhereverTheBytesAreCut) {
  const std::string bytes = with("a: b\r\n") + "body";
  for (std::size_t cut = 0; cut < bytes.size() - 4; ++cut) {
    std::size_t scanned = 0;
    const auto first = find_head_end(std::string_view(bytes).substr(0, cut), scanned, kLimits);
    ASSERT_TRUE(first.has_value()) << cut;
    ASSERT_EQ(*first, 0U) << cut;
    const auto whole = find_head_end(bytes, scanned, kLimits);
    ASSERT_TRUE(whole.has_value()) << cut;
    EXPECT_EQ(*whole, bytes.size() - 4) << cut;
  }
}

TEST(Gate, KnowsHowTheConnectionGoesOn) {
  EXPECT_TRUE(gate(with(""))->keep_alive);
  EXPECT_FALSE(gate(with("connection: foo, Close\r\n"))->keep_alive);
  EXPECT_FALSE(gate("GET / HTTP/1.0\r\nhost: a\r\n\r\n")->keep_alive);
  EXPECT_TRUE(gate(with("te: trailers\r\n"))->takes_trailers);
}

TEST(Gate, KnowsWhichFieldsEndHere) {
  const std::string bytes = with("connection: keep-alive, X-Mine ,, close\r\nconnection: y\r\nx-mine: 1\r\n");
  const auto head = gate(bytes);
  ASSERT_TRUE(head.has_value());
  for (const char* name : {"x-mine", "Y", "connection", "keep-alive", "te"}) EXPECT_TRUE(head->ends_here(name)) << name;
  for (const char* name : {"host", "x-min", "close"}) EXPECT_FALSE(head->ends_here(name)) << name;
  std::string many = "connection: a";
  for (int i = 0; i < 200; ++i) many += ",a";
  EXPECT_EQ(gate(with(many + "\r\n")).error().code, Code::http_malformed);
}

}  // namespace
}  // namespace faasta::http
