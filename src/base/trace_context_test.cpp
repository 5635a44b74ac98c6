#include "base/trace_context.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

constexpr std::string_view kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr std::string_view kGiven = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContextTest, GoesOnWithTheTraceOfTheRequest) {
  const TraceContext context = TraceContext::begin(kGiven, 0);
  EXPECT_EQ(context.trace_id, kTrace);
  EXPECT_EQ(context.parent_id, "00f067aa0ba902b7");
  EXPECT_TRUE(context.sampled);
  EXPECT_EQ(context.text(), "00-" + std::string(kTrace) + "-" + context.span_id + "-01");
  EXPECT_EQ(TraceContext::begin(context.text(), 0).parent_id, context.span_id);
  EXPECT_NE(TraceContext::begin(kGiven, 0).span_id, context.span_id);
  std::string unsampled(kGiven);
  unsampled.back() = '2';
  EXPECT_FALSE(TraceContext::begin(unsampled, 1).sampled) << "the first server has decided";
  EXPECT_EQ(TraceContext::begin("cc" + std::string(kGiven.substr(2)) + "-what", 0).trace_id, kTrace)
      << "a later version";
}

TEST(TraceContextTest, BeginsATraceForAnythingElse) {
  for (const std::string_view given : {
           "",
           "00",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what",
       }) {
    const TraceContext context = TraceContext::begin(given, 1);
    EXPECT_NE(context.trace_id, kTrace) << given;
    EXPECT_EQ(context.trace_id.size(), 32U);
    EXPECT_EQ(context.span_id.size(), 16U);
    EXPECT_TRUE(context.parent_id.empty());
    EXPECT_TRUE(context.sampled);
    EXPECT_FALSE(TraceContext::begin(given, 0).sampled);
  }
}

TEST(TraceContextTest, SamplesAShare) {
  int sampled = 0;
  for (int i = 0; i < 10'000; ++i) sampled += TraceContext::begin("", 0.1).sampled ? 1 : 0;
  EXPECT_NEAR(sampled, 1000, 200);
}

}  // namespace
}  // namespace faasta
