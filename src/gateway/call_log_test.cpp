#include "gateway/call_log.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "unit/guests.hpp"

namespace faasta::gateway {
namespace {

using What = LogWriter::What;

class CallLogTest : public testing::Test {
 protected:
  /// Returns all lines of a function, after the writer has stopped.
  std::vector<json::object> lines(FunctionId function = FunctionId{1}) {
    writer_->stop();
    std::vector<json::object> out;
    const auto page = store_->read(function, 0, 64U << 20U);
    for (const std::string& line : page->lines) out.push_back(json::parse(line).as_object());
    return out;
  }
  static std::string text(const json::object& line, std::string_view name) {
    return std::string(line.at(name).as_string());
  }

  const SecretMask mask_;
  test::TemporaryFolder folder_;
  std::unique_ptr<store::LogStore> store_ = *store::LogStore::open(folder_.path() / "logs.db");
  std::optional<LogWriter> writer_{std::in_place, *store_};
};

TEST_F(CallLogTest, WritesWholeLinesWithTimeRequestAndVersion) {
  CallLog log(*writer_, FunctionId{1}, 7, "rq", mask_);
  log.output(engine::Stream::out, "one\ntw");
  log.output(engine::Stream::err, "oh\n");
  log.output(engine::Stream::out, "o\nthree");
  log.output(engine::Stream::platform, "refused");
  log.end({.method = "GET", .target = "/x", .outcome = "ok", .detail = "", .status = 200, .duration_us = 1500});
  const auto all = lines();
  std::vector<std::string> seen;
  for (const auto& line : all) {
    seen.push_back(text(line, "kind") + (line.contains("text") ? ":" + text(line, "text") : ""));
    EXPECT_EQ(text(line, "request_id"), "rq");
    EXPECT_EQ(line.at("version").as_int64(), 7);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"stdout:one", "stderr:oh", "stdout:two", "platform:refused", "stdout:three",
                                            "call"}));
  EXPECT_EQ(all.back().at("status").as_int64(), 200);
}

TEST_F(CallLogTest, CutsALongLineBetweenCharacters) {
  CallLog log(*writer_, FunctionId{1}, 1, "rq", mask_);
  std::string longer;
  for (int i = 0; i < 5000; ++i) longer += "\xc3\xa9";  // two bytes each
  log.output(engine::Stream::out, longer + "\n");
  log.end({});
  const auto all = lines();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(all[0].at("continues").as_bool());
  EXPECT_FALSE(all[1].contains("continues"));
  EXPECT_EQ(text(all[0], "text") + text(all[1], "text"), longer);
}

TEST_F(CallLogTest, HidesASecretAtThePlaceWhereALongLineIsCut) {
  const std::string secret = "the long value of a secret";
  const std::string other(5000, 's');
  const SecretMask mask({{"KEY", secret}, {"OTHER", other}});
  CallLog log(*writer_, FunctionId{1}, 1, "rq", mask);
  const std::string before(8180, 'x');
  log.output(engine::Stream::out, before + secret.substr(0, 5));
  log.output(engine::Stream::out, secret.substr(5) + "!\n");
  log.output(engine::Stream::err, std::string(20'000, 's') + "\n");
  log.end({});
  const auto all = lines();
  ASSERT_GE(all.size(), 5U);
  EXPECT_EQ(text(all[0], "text"), before);
  EXPECT_TRUE(all[0].at("continues").as_bool());
  EXPECT_EQ(text(all[1], "text"), "***KEY***!");
  EXPECT_EQ(all.size(), 6U) << "the entries of a line are long, although a longer secret may begin anywhere";
}

/// A function that fills its bucket loses lines, and its log states how many bytes are lost. The platform's lines still
/// fit.
TEST_F(CallLogTest, OutputBeyondTheBucketIsLostAndThePlatformMayOverdraw) {
  CallLog log(*writer_, FunctionId{1}, 1, "rq", mask_);
  const std::string line(1000, 'x');
  for (int i = 0; i < 10'000 && log.lost() == 0; ++i) log.output(engine::Stream::out, line + "\n");
  EXPECT_GT(log.lost(), 0U);
  log.output(engine::Stream::platform, "why");
  log.end({.method = "GET", .target = "/", .outcome = "ok", .detail = ""});
  const auto all = lines();
  ASSERT_GE(all.size(), 2U);
  EXPECT_EQ(text(all[all.size() - 2], "text"), "why");
  EXPECT_GT(all.back().at("lost_bytes").as_int64(), 0);
}

TEST_F(CallLogTest, TheOverdraftHasAnEnd) {
  const std::string line(100'000, 'x');
  while (writer_->push(FunctionId{1}, line, What::output)) {
  }
  int kept = 0;
  while (kept < 100 && writer_->push(FunctionId{1}, line, What::platform)) ++kept;
  EXPECT_GE(kept, 1);
  EXPECT_LT(kept, 4);
  EXPECT_TRUE(writer_->push(FunctionId{2}, line, What::output)) << "another function's bucket is its own";
}

/// If many functions log, the bucket of a function must stay until it is full again.
TEST_F(CallLogTest, TheBoundHoldsHoweverManyFunctionsLog) {
  const std::string chunk(1U << 20U, 'x');
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(writer_->push(FunctionId{1}, chunk, What::output));
  EXPECT_FALSE(writer_->push(FunctionId{1}, chunk, What::output));
  for (int i = 2; i < 12'000; ++i) static_cast<void>(writer_->push(FunctionId{i}, "x\n", What::output));
  EXPECT_FALSE(writer_->push(FunctionId{1}, chunk, What::output));
}

TEST_F(CallLogTest, WritesWhatIsQueuedWhenItStops) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(writer_->push(FunctionId{1}, "{\"n\":1}\n", What::output));
  EXPECT_EQ(lines().size(), 100U);
  writer_->drop_idle();
}

}  // namespace
}  // namespace faasta::gateway
