#include "otlp/spans.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace faasta::otlp {
namespace {

CallSpan span(std::string function, std::uint16_t status = 200) {
  CallSpan out;
  out.context = TraceContext::begin("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", 0);
  out.function = std::move(function);
  out.call = {
      .request_id = "abc",
      .version = 3,
      .ended = *parse_rfc3339("2026-11-30T05:00:00.500Z"),
      .method = "GET",
      .path = "/a\xff",
      .outcome = "ok",
      .record = {.status = status, .failure = {}, .duration_us = 400'000},
      .sent = {{100'000, 20'000, true, 204, "https://api.example"}, {150'000, 0, false, 0, "https://gone.example"}}};
  return out;
}

json::object attributes(const json::value& of) {
  json::object out;
  for (const json::value& one : of.at("attributes").as_array())
    out[one.at("key").as_string()] = one.at("value").as_object().begin()->value();
  return out;
}

TEST(OtlpSpansTest, HasTheCallAndItsOutgoingRequests) {
  const CallSpan one = span("hello");
  const json::value body = json::parse(to_json(std::span(&one, 1)));
  const json::value& resource = body.at("resourceSpans").at(0);
  EXPECT_EQ(attributes(resource.at("resource"))["service.name"], "hello");
  const json::array& spans = resource.at("scopeSpans").at(0).at("spans").as_array();
  ASSERT_EQ(spans.size(), 3U);
  const json::object& server = spans[0].as_object();
  EXPECT_EQ(server.at("traceId"), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(server.at("parentSpanId"), "00f067aa0ba902b7");
  EXPECT_EQ(server.at("spanId").as_string(), one.context.span_id);
  EXPECT_EQ(server.at("kind"), 2);
  EXPECT_EQ(server.at("startTimeUnixNano"), "1796014800100000000");
  EXPECT_EQ(server.at("endTimeUnixNano"), "1796014800500000000");
  EXPECT_FALSE(server.contains("status"));
  const json::object of_server = attributes(spans[0]);
  EXPECT_EQ(of_server.at("http.response.status_code"), "200");
  EXPECT_EQ(of_server.at("url.path"), "/a\xEF\xBF\xBD");
  const json::object& client = spans[1].as_object();
  EXPECT_EQ(client.at("parentSpanId").as_string(), one.context.span_id);
  EXPECT_EQ(client.at("kind"), 3);
  EXPECT_EQ(client.at("startTimeUnixNano"), "1796014800200000000");
  EXPECT_EQ(client.at("endTimeUnixNano"), "1796014800220000000");
  EXPECT_FALSE(client.contains("status"));
  EXPECT_EQ(spans[2].at("status").at("code"), 2) << "there was no answer";
}

TEST(OtlpSpansTest, EachFunctionIsAService) {
  const std::vector<CallSpan> all = {span("one"), span("two", 503), span("one")};
  const json::value body = json::parse(to_json(all));
  const json::array& resources = body.at("resourceSpans").as_array();
  ASSERT_EQ(resources.size(), 2U);
  EXPECT_EQ(resources[0].at("scopeSpans").at(0).at("spans").as_array().size(), 6U);
  EXPECT_EQ(resources[1].at("scopeSpans").at(0).at("spans").at(0).at("status").at("code"), 2);
}

TEST(OtlpSpansTest, ATraceThatBeginsHereHasNoParent) {
  CallSpan one = span("hello");
  one.context = TraceContext::begin("", 1);
  const json::value body = json::parse(to_json(std::span(&one, 1)));
  EXPECT_FALSE(
      body.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans").at(0).as_object().contains("parentSpanId"));
}

}  // namespace
}  // namespace faasta::otlp
