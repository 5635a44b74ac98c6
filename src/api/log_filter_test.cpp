#include "api/log_filter.hpp"

#include <gtest/gtest.h>

namespace faasta::api {
namespace {

Result<LogFilter> filter(std::string_view query) {
  const auto parsed = Query::parse_named(query, LogFilter::kParameters, LogFilter::kRepeatable);
  if (!parsed) return std::unexpected(parsed.error());
  return LogFilter::parse(*parsed);
}

constexpr std::string_view kCall =
    R"({"time":"2026-01-01T00:00:00Z","request_id":"r1","version":3,"kind":"call","method":"GET","path":"/a/b?q=1",)"
    R"("status":503,"outcome":"cpu_limit","text":"wasm trap","duration_ms":12.5,"cpu_ms":3,"cold":true})";
constexpr std::string_view kGood =
    R"({"request_id":"r2","version":4,"kind":"call","method":"POST","path":"/","status":200,"outcome":"ok",)"
    R"("duration_ms":1,"cpu_ms":1,"cold":false})";
constexpr std::string_view kLine = R"({"request_id":"r1","version":3,"kind":"stderr","text":"said GET"})";

TEST(LogFilter, EachParameterChooses) {
  struct Row {
    std::string_view query;
    bool call, good, line;
  };
  for (const auto& [query, call, good, line] : {Row{"", true, true, true},
                                                {"status=5xx", true, false, false},
                                                {"status=503", true, false, false},
                                                {"status=404&status=2xx", false, true, false},
                                                {"method=GET", true, false, false},
                                                {"method=GET&method=POST", true, true, false},
                                                {"method=get", false, false, false},
                                                {"path=/a/*", true, false, false},
                                                {"path=/a/b", true, false, false},
                                                {"path=/", false, true, false},
                                                {"path=*", true, true, false},
                                                {"version=3", true, false, true},
                                                {"request=r1", true, false, true},
                                                {"text=GET", false, false, true},
                                                {"text=trap", true, false, false},
                                                {"kind=stderr&kind=stdout", false, false, true},
                                                {"kind=call", true, true, false},
                                                {"trap=any", true, false, false},
                                                {"trap=cpu_limit", true, false, false},
                                                {"trap=guest_trap", false, false, false},
                                                {"cold=true", true, false, false},
                                                {"cold=false", false, true, false},
                                                {"slower_ms=12", true, false, false},
                                                {"slower_ms=13", false, false, false},
                                                {"status=5xx&cold=false", false, false, false},
                                                {"status=5xx&request=r1&path=/a*", true, false, false}}) {
    const auto chosen = filter(query);
    ASSERT_TRUE(chosen) << query;
    EXPECT_EQ(chosen->passes(kCall), call) << query;
    EXPECT_EQ(chosen->passes(kGood), good) << query;
    EXPECT_EQ(chosen->passes(kLine), line) << query;
    EXPECT_EQ(chosen->empty(), query.empty()) << query;
  }
}

TEST(LogFilter, ACallThatTheClientEndedDidNotFail) {
  constexpr std::string_view kGone = R"({"kind":"call","status":499,"outcome":"client_gone"})";
  EXPECT_FALSE(filter("trap=any")->passes(kGone));
  EXPECT_TRUE(filter("trap=client_gone")->passes(kGone));
}

TEST(LogFilter, WrongValuesAreRefused) {
  for (const std::string_view wrong : {"status=", "status=5x", "status=50", "status=xxx", "status=4040", "kind=other",
                                       "cold=yes", "cold=", "version=0", "version=x", "slower_ms=-1", "slower_ms=1.5"})
    EXPECT_EQ(filter(wrong).error().code, Code::bad_request) << wrong;
  EXPECT_EQ(filter("path=" + std::string(257, '*')).error().code, Code::bad_request);
  EXPECT_TRUE(filter("path=" + std::string(256, '*')));
  EXPECT_EQ(filter("cold=true&cold=true").error().code, Code::bad_request);
}

TEST(LogFilter, WhatIsNoEntryDoesNotPass) {
  for (const std::string_view line : {"", "x", "[]", "{}", R"({"kind":"call"})", R"({"kind":7,"status":"503"})"})
    EXPECT_FALSE(filter("status=5xx")->passes(line)) << line;
}

}  // namespace
}  // namespace faasta::api
