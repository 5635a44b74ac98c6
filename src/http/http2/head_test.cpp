#include "http/http2/head.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "http/http2/limits.hpp"

namespace faasta::http::http2 {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

const Fields kGet{{":method", "GET"}, {":scheme", "https"}, {":path", "/p?q"}, {":authority", "x.test"}};

Head head_of(const Fields& fields, const Fields& more = {}) {
  Head head;
  for (const Fields* part : {&fields, &more}) {
    for (const auto& [name, value] : *part) static_cast<void>(head.add(name, value, kHeads));
  }
  return head;
}

/// The name of the error's code, or the name of ok.
std::string outcome(const Fields& fields, const Fields& more = {}, bool has_body = false) {
  Head head = head_of(fields, more);
  const auto request = head.request(has_body, HeadLimits{});
  return request ? "ok" : std::string(info(request.error().code).name);
}

Fields without(Fields fields, std::string_view name) {
  std::erase_if(fields, [name](const auto& field) { return field.first == name; });
  return fields;
}

Fields with(Fields fields, std::string_view name, std::string value) {
  for (auto& field : fields)
    if (field.first == name) field.second = value;
  return fields;
}

std::string name_of(Code code) { return std::string(info(code).name); }

TEST(Http2Head, MakesARequestOfThePseudoFields) {
  Head head = head_of(kGet, {{"accept", "a"}, {"te", "trailers"}});
  const auto request = head.request(false, HeadLimits{});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "GET");
  EXPECT_EQ(request->target, "/p?q");
  EXPECT_EQ(request->host, "x.test");
  EXPECT_EQ(request->field("host"), "x.test");
  EXPECT_EQ(request->field("accept"), "a");
  EXPECT_EQ(request->field("te"), std::nullopt) << "it is for the connection alone";
  EXPECT_TRUE(request->takes_trailers);
  EXPECT_EQ(request->body_length, 0U);
  for (const FieldView& field : request->fields) EXPECT_FALSE(field.name.starts_with(':')) << field.name;
}

TEST(Http2Head, RefusesWrongPseudoFields) {
  const std::string malformed = name_of(Code::http_malformed);
  EXPECT_EQ(outcome(with(kGet, ":path", "p")), malformed);
  EXPECT_EQ(outcome(with(kGet, ":path", "*")), malformed) << "only for OPTIONS";
  EXPECT_EQ(outcome(with(with(kGet, ":path", "*"), ":method", "OPTIONS")), "ok");
  EXPECT_EQ(outcome(with(kGet, ":path", "/\x01")), malformed);
  EXPECT_EQ(outcome(with(kGet, ":path", "http://x.test/")), malformed);
  EXPECT_EQ(outcome(with(kGet, ":path", "/" + std::string(HeadLimits{}.target_bytes, 'p'))),
            name_of(Code::http_target_too_long));
  EXPECT_EQ(outcome(with(kGet, ":scheme", "ftp")), malformed);
  EXPECT_EQ(outcome(with(kGet, ":scheme", "HTTP")), "ok");
  EXPECT_EQ(outcome(with(kGet, ":method", "CONNECT")), name_of(Code::http_method));
  EXPECT_EQ(outcome(with(kGet, ":method", "TRACE")), name_of(Code::http_method));
  EXPECT_EQ(outcome(with(kGet, ":method", "G T")), malformed);
}

TEST(Http2Head, TakesTheHostFromTheAuthorityOrFromTheField) {
  const std::string malformed = name_of(Code::http_malformed);
  const Fields none = without(kGet, ":authority");
  EXPECT_EQ(outcome(none), malformed);
  EXPECT_EQ(outcome(none, {{"host", "y.test"}}), "ok");
  EXPECT_EQ(outcome(none, {{"host", "y.test"}, {"host", "y.test"}}), malformed);
  EXPECT_EQ(outcome(kGet, {{"host", "X.test"}}), "ok");
  EXPECT_EQ(outcome(kGet, {{"host", "y.test"}}), malformed);
  EXPECT_EQ(outcome(kGet, {{"host", "x.test:80"}}), malformed);
  EXPECT_EQ(outcome(with(kGet, ":authority", "user@x.test")), malformed);
  Head head = head_of(none, {{"host", "y.test:"}});
  EXPECT_EQ(head.request(false, HeadLimits{})->host, "y.test");
}

TEST(Http2Head, JoinsTheCrumbsOfCookies) {
  Head head = head_of(kGet, {{"cookie", "a=1"}, {"accept", "x"}, {"cookie", "b=2"}});
  const auto request = head.request(false, HeadLimits{});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->field("cookie"), "a=1; b=2");
  EXPECT_EQ(request->fields.size(), 3U) << "host, accept, cookie";
}

Fields many(std::string_view name, std::size_t count) {
  Fields out;
  for (std::size_t i = 0; i < count; ++i)
    out.emplace_back(name == "cookie" ? "cookie" : std::string(name) + std::to_string(i), "v");
  return out;
}

TEST(Http2Head, CountsFieldsAndCrumbsApart) {
  const std::string too_large = name_of(Code::http_head_too_large);
  constexpr std::size_t kOthers = 127;  // the host field counts, too
  Fields both = many("f", kOthers);
  const Fields crumbs = many("cookie", kCrumbs);
  both.insert(both.end(), crumbs.begin(), crumbs.end());
  EXPECT_EQ(outcome(kGet, both), "ok");
  EXPECT_EQ(outcome(kGet, many("f", kOthers + 1)), too_large);
  EXPECT_EQ(outcome(kGet, many("cookie", kCrumbs + 1)), too_large);
}

TEST(Http2Head, StoresNoMoreThanItsLimits) {
  Head head = head_of(kGet, many("f", kStoredFields - kGet.size()));
  EXPECT_FALSE(head.refused());
  const std::size_t cost = head.cost();
  EXPECT_EQ(head.add("one-more", "v", kHeads), Head::Taken::dropped);
  EXPECT_TRUE(head.refused());
  for (std::size_t i = kStoredFields + 1; i < kAllFields; ++i)
    EXPECT_EQ(head.add("f", std::string(100, 'v'), kHeads), Head::Taken::dropped);
  EXPECT_EQ(head.cost(), cost);
  EXPECT_EQ(head.add("f", "v", kHeads), Head::Taken::abuse);

  Head large = head_of(kGet);
  EXPECT_EQ(large.add("f", std::string(64U << 10U, 'v'), kHeads), Head::Taken::dropped);
  EXPECT_LT(large.cost(), 1000U);
}

/// If the connection has no memory left for a field, the field is not stored. The method is still stored, because the
/// answer to a HEAD has no content.
TEST(Http2Head, StoresNothingWithoutRoom) {
  Head head;
  EXPECT_EQ(head.add(":path", "/", 10), Head::Taken::dropped);
  EXPECT_EQ(head.add(":method", "HEAD", 10), Head::Taken::yes);
  EXPECT_EQ(head.add("f", "v", kHeads), Head::Taken::dropped) << "for ever";
  EXPECT_EQ(head.method(), "HEAD");
  EXPECT_LT(head.cost(), 100U);
  EXPECT_EQ(head.request(false, HeadLimits{}).error().code, Code::http_head_too_large);
}

TEST(Http2Head, ChecksContentLength) {
  const std::string malformed = name_of(Code::http_malformed);
  EXPECT_EQ(outcome(kGet, {{"content-length", "3"}}, true), "ok");
  EXPECT_EQ(outcome(kGet, {{"content-length", "3"}}), malformed) << "but the stream has ended";
  EXPECT_EQ(outcome(kGet, {{"content-length", "0"}}), "ok");
  EXPECT_EQ(outcome(kGet, {{"content-length", "3"}, {"content-length", "3"}}, true), malformed);
  EXPECT_EQ(outcome(kGet, {{"content-length", "+3"}}, true), malformed);
  EXPECT_EQ(outcome(kGet, {{"content-length", "3, 3"}}, true), malformed);
  Head known = head_of(kGet, {{"content-length", "3"}});
  EXPECT_EQ(known.request(true, HeadLimits{})->body_length, 3U);
  Head unknown = head_of(kGet);
  EXPECT_EQ(unknown.request(true, HeadLimits{})->body_length, std::nullopt);
}

TEST(Http2Head, ChecksTeAndExpect) {
  EXPECT_EQ(outcome(kGet, {{"expect", "a-miracle"}}), name_of(Code::http_expectation));
  Head head = head_of(kGet, {{"expect", "100-continue"}});
  ASSERT_TRUE(head.request(true, HeadLimits{}));
  EXPECT_TRUE(head.expects_continue());
  Head plain = head_of(kGet, {{"te", "gzip"}});
  const auto request = plain.request(false, HeadLimits{});
  ASSERT_TRUE(request);
  EXPECT_FALSE(request->takes_trailers);
}

TEST(Http2Head, TrailersAreThoseThatMayBe) {
  const Head head = head_of({{"sum", "1"}, {"content-length", "3"}, {"host", "x"}, {"end", "2"}});
  const auto trailers = head.trailers();
  ASSERT_TRUE(trailers);
  ASSERT_EQ(trailers->size(), 2U);
  EXPECT_EQ(trailers->at(0).name + trailers->at(1).name, "sumend");
  EXPECT_FALSE(head_of(many("f", kStoredFields + 1)).trailers()) << "a part of them would look like all";
}

}  // namespace
}  // namespace faasta::http::http2
