#include "metrics/trace_ring.hpp"

#include <gtest/gtest.h>

namespace faasta::metrics {
namespace {

constexpr FunctionId kMine{1};
constexpr FunctionId kOther{2};

EndedCall call(std::string_view request_id, FunctionId function = kMine, std::string_view target = "/") {
  EndedCall out{request_id, "GET", target, function, 3, "ok", {}};
  out.record.status = 200;
  return out;
}

TEST(TraceRingTest, KeepsTheLastCalls) {
  TraceRing ring(3);
  for (const char* id : {"a", "b", "c", "d"}) ring.add(call(id), {});
  EXPECT_FALSE(ring.find(kMine, "a"));
  for (const char* id : {"b", "c", "d"}) EXPECT_EQ(ring.find(kMine, id)->request_id, id);
  EXPECT_EQ(ring.find(kMine, std::nullopt)->request_id, "d") << "the newest";
}

TEST(TraceRingTest, ATraceBelongsToItsFunction) {
  TraceRing ring(8);
  EXPECT_FALSE(ring.find(kMine, std::nullopt));
  ring.add(call("one", kOther), {});
  EXPECT_FALSE(ring.find(kMine, "one"));
  EXPECT_FALSE(ring.find(kMine, std::nullopt));
  EXPECT_FALSE(ring.find(FunctionId{0}, std::nullopt)) << "an empty place is no call";
}

TEST(TraceRingTest, HasTheCallAsItWas) {
  TraceRing ring(1);
  ring.add(call("first", kMine, "/first/path?query=1"), {{5, 20, true, 204, "https://a.example"}});
  const auto trace = ring.find(kMine, std::nullopt);
  EXPECT_EQ(trace->path, "/first/path") << "without the query, which may have a secret";
  EXPECT_EQ(trace->version, 3U);
  EXPECT_EQ(trace->record.status, 200);
  ASSERT_EQ(trace->sent.size(), 1U);
  EXPECT_EQ(trace->sent[0].status, 204);
  ring.add(call("2", kMine, "/"), {});
  const auto second = ring.find(kMine, "2");
  EXPECT_EQ(second->path, "/") << "nothing of the call before is left";
  EXPECT_TRUE(second->sent.empty());
}

TEST(TraceRingTest, LongTextsAreCut) {
  TraceRing ring(1);
  const std::string id(64, 'i');
  ring.add(call(id, kMine, "/" + std::string(100, 'p')), {});
  const auto trace = ring.find(kMine, id);
  ASSERT_TRUE(trace);
  EXPECT_LE(trace->path.size(), 64U);
  EXPECT_TRUE(trace->path.starts_with("/ppp"));
}

TEST(TraceRingTest, ARingOfNothingKeepsNothing) {
  TraceRing ring(0);
  EXPECT_TRUE(ring.is_off());
  ring.add(call("a"), {});
  EXPECT_FALSE(ring.find(kMine, std::nullopt));
}

}  // namespace
}  // namespace faasta::metrics
