#include "http/http1/gate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace faasta::http {
namespace {

const HeadLimits kLimits;

/// The result of the gate for a whole head: the parsed head, or the failure of one of the two steps.
struct Gated {
  std::string bytes;  // the head has views into it
  Result<Http1Head> head;
  explicit Gated(std::string given) : bytes(std::move(given)), head(fail(Code::http_timeout, "incomplete")) {
    std::size_t scanned = 0;
    const auto length = find_head_end(bytes, scanned, kLimits);
    if (!length) {
      head = std::unexpected(length.error());
    } else if (*length > 0) {
      bytes.resize(*length);
      head = parse_head(bytes, kLimits);
    }
  }
  Gated(const Gated&) = delete;
  Gated& operator=(const Gated&) = delete;
  ~Gated() = default;
};

std::string with(const std::string& fields) { return "POST /x HTTP/1.1\r\nhost: a.localhost\r\n" + fields + "\r\n"; }

struct Refusal {
  const char* why;
  std::string bytes;
  Code code;
};

class GateRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(GateRefuses, ThisHead) {
  const Gated gated(GetParam().bytes);
  const auto& head = gated.head;
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
    {"absolute form with a user", "GET http://u@a/ HTTP/1.1\r\nhost: a\r\n\r\n", Code::http_malformed},
    {"absolute form without a host", "GET http:///x HTTP/1.1\r\nhost: a\r\n\r\n", Code::http_malformed},
    {"absolute form without a host field", "GET http://a/ HTTP/1.1\r\nb: c\r\n\r\n", Code::http_malformed},
    {"absolute form beside a host field that is none", "GET http://a/ HTTP/1.1\r\nhost: b/\r\n\r\n",
     Code::http_malformed},
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
    {"gzip and chunked", with("transfer-encoding: gzip, chunked\r\n"), Code::http_not_implemented},
    {"gzip and chunked in two fields", with("transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n"),
     Code::http_not_implemented},
    {"chunked and gzip", with("transfer-encoding: chunked, gzip\r\n"), Code::http_malformed},
    {"chunked twice in a list", with("transfer-encoding: chunked, chunked\r\n"), Code::http_malformed},
    {"chunked quoted", with("transfer-encoding: \"chunked\"\r\n"), Code::http_malformed},
    {"no coding", with("transfer-encoding: ,\r\n"), Code::http_malformed},
    {"two codings without a comma", with("transfer-encoding: gzip chunked\r\n"), Code::http_malformed},
    {"te that is no list", with("te: trailers trailers\r\n"), Code::http_malformed},
    {"connection that is no list", with("connection: a b\r\n"), Code::http_malformed},
    {"expect that is no list", with("expect: \"100-continue\"\r\n"), Code::http_malformed},
    {"an expectation with a value", with("expect: 100-continue=x\r\n"), Code::http_expectation},
    {"a second expectation", with("expect: 100-continue, other\r\n"), Code::http_expectation},
    {"method of 33 bytes", std::string(33, 'M') + " / HTTP/1.1\r\nhost: a\r\n\r\n", Code::http_not_implemented},
    {"HTTP/1.0 without a host", "GET / HTTP/1.0\r\n\r\n", Code::http_malformed},
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
           with("expect: ,100-continue , 100-CONTINUE\r\ncontent-length: 1\r\n"),
           with("expect:\r\n"),
           with("transfer-encoding: , chunked ,,\r\n"),
           with("transfer-encoding: chunked\r\ntransfer-encoding:\r\n"),
           with("te: trailers;q=0.5, deflate; q=0.1;x=\"a,b\"\r\n"),
           with("connection: , keep-alive,\r\n"),
           std::string("GET / HTTP/1.1\r\nhost: a:\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\nhost: a*b%41\r\n\r\n"),
           std::string("GET http://a/ HTTP/1.1\r\nhost: b\r\n\r\n"),
           std::string("GET http://a/ HTTP/1.1\r\nhost:\r\n\r\n"),
           std::string("GET http://a/ HTTP/1.0\r\n\r\n"),
       }) {
    const Gated gated(bytes);
    EXPECT_TRUE(gated.head.has_value()) << bytes;
  }
}

/// RFC 9112 sections 3.2.2 and 3.2.4.
TEST(Gate, TakesAuthorityAndPathFromTheAbsoluteForm) {
  const struct {
    const char* line;
    const char* target;
    const char* host;
  } cases[] = {
      {"GET http://A.localhost/x?y HTTP/1.1", "/x?y", "A.localhost"},
      {"GET http://other HTTP/1.1", "/", "other"},
      {"GET http://other?a=b HTTP/1.1", "/?a=b", "other"},
      {"GET http://other:81? HTTP/1.1", "/?", "other:81"},
      {"GET http://other: HTTP/1.1", "/", "other"},
      {"GET https://[::1]:9?q HTTP/1.1", "/?q", "[::1]:9"},
      {"OPTIONS http://other HTTP/1.1", "*", "other"},
      {"OPTIONS http://other/ HTTP/1.1", "/", "other"},
      {"OPTIONS http://other?a HTTP/1.1", "/?a", "other"},
      {"GET / HTTP/1.1", "/", "a.localhost"},
  };
  for (const auto& c : cases) {
    const Gated gated(std::string(c.line) + "\r\nhost: a.localhost\r\n\r\n");
    ASSERT_TRUE(gated.head.has_value()) << c.line;
    EXPECT_EQ(gated.head->request.target, c.target) << c.line;
    EXPECT_EQ(gated.head->request.host, c.host) << c.line;
    EXPECT_EQ(gated.head->request.field("host"), c.host) << c.line;
  }
}

TEST(Gate, CountsFields) {
  std::string most;
  for (int i = 0; i < 127; ++i) most += "a: b\r\n";
  EXPECT_TRUE(Gated(with(most)).head.has_value());
  EXPECT_EQ(Gated(with(most + "a: b\r\n")).head.error().code, Code::http_head_too_large);
  const std::string target = "GET http://a.localhost/ HTTP/1.0\r\n" + most;  // its host becomes one more field
  EXPECT_TRUE(Gated(target + "\r\n").head);
  EXPECT_EQ(Gated(target + "a: b\r\n\r\n").head.error().code, Code::http_head_too_large);
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
  EXPECT_TRUE(Gated(with("")).head->keep_alive);
  EXPECT_FALSE(Gated(with("connection: foo, Close\r\n")).head->keep_alive);
  EXPECT_FALSE(Gated("GET / HTTP/1.0\r\nhost: a\r\n\r\n").head->keep_alive);
  for (const char* takes : {"trailers", "Trailers", "gzip;q=0.5, trailers", "trailers;q=0.1"})
    EXPECT_TRUE(Gated(with("te: " + std::string(takes) + "\r\n")).head->request.takes_trailers) << takes;
  for (const char* refuses : {"", "gzip", "trailers;q=0", "trailers; q=0.00", "xtrailers"})
    EXPECT_FALSE(Gated(with("te: " + std::string(refuses) + "\r\n")).head->request.takes_trailers) << refuses;
}

TEST(Gate, KnowsWhoWaitsForTheHundred) {
  EXPECT_TRUE(Gated(with("expect: 100-Continue,\r\n")).head->expects_continue);
  EXPECT_FALSE(Gated(with("expect: ,\r\n")).head->expects_continue);
  EXPECT_FALSE(Gated("POST / HTTP/1.0\r\nhost: a\r\nexpect: 100-continue\r\n\r\n").head->expects_continue);
}

TEST(Gate, DropsTheFieldsOfTheConnection) {
  const Gated gated(with(
      "connection: keep-alive, X-Mine ,, close\r\nconnection: y\r\nx-mine: 1\r\nY: 2\r\nTE: trailers\r\nx-min: 3\r\n"
      "close: 4\r\nKeep-Alive: 5\r\nx-mine: 6\r\n"));
  ASSERT_TRUE(gated.head.has_value());
  Http1Head head = *gated.head;
  head.drop_fields_of_connection();
  std::vector<std::string_view> left;
  for (const FieldView& field : head.request.fields) left.push_back(field.name);
  EXPECT_EQ(left, (std::vector<std::string_view>{"host", "x-min", "close"}));
  std::string listed = "connection: x-0";
  std::string sent = "X-0: 1\r\n";
  for (int i = 1; i < 60; ++i) {
    listed += ", x-" + std::to_string(59 - i);
    sent += "X-" + std::to_string(i) + ": 1\r\n";
  }
  const Gated full(with(listed + "\r\n" + sent));
  ASSERT_TRUE(full.head.has_value());
  head = *full.head;
  head.drop_fields_of_connection();
  ASSERT_EQ(head.request.fields.size(), 2U);
  EXPECT_EQ(head.request.fields.back().name, "X-59") << "the only one that is not listed";
  std::string many = "connection: a";
  for (int i = 0; i < 200; ++i) many += ",a";
  EXPECT_EQ(Gated(with(many + "\r\n")).head.error().code, Code::http_malformed);
}

}  // namespace
}  // namespace faasta::http
