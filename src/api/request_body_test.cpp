#include "api/request_body.hpp"

#include <gtest/gtest.h>

#include "unit/scripted_exchange.hpp"

namespace faasta::api {
namespace {

class RequestBodyTest : public testing::Test {
 protected:
  test::Pending<Result<std::string>> read(std::uint64_t most = 10) { return loop_.start(read_body(exchange_, most)); }
  Code failure(const test::Pending<Result<std::string>>& body) {
    const auto read = loop_.finish(body);
    return read ? Code::internal_error : read.error().code;
  }

  test::ScriptedLoop loop_;
  test::ScriptedExchange exchange_{loop_, "POST", "/"};
};

TEST_F(RequestBodyTest, ItsPartsArePutTogetherAsTheyCome) {
  const auto body = read();
  loop_.run_until([&] { return exchange_.waits() == 1; });
  EXPECT_TRUE(exchange_.accepted_body()) << "a client that waits for its 100 has it now";
  exchange_.send("hel");
  loop_.run_ready();
  exchange_.send("lo");
  exchange_.end_body();
  EXPECT_EQ(loop_.finish(body), "hello");
}

TEST_F(RequestBodyTest, ItMayBeEmptyAndAsLongAsItMay) {
  exchange_.end_body();
  EXPECT_EQ(loop_.finish(read()), "");
  test::ScriptedExchange full(loop_, "POST", "/");
  full.send_all("0123456789");
  EXPECT_EQ(loop_.run(read_body(full, 10)), "0123456789");
}

TEST_F(RequestBodyTest, MoreIsRefused) {
  exchange_.send_all("0123456789a");
  EXPECT_EQ(failure(read()), Code::body_too_large);
}

TEST_F(RequestBodyTest, AClientThatBreaksOffIsNotTakenForDone) {
  const auto body = read();
  exchange_.send("hel");
  loop_.run_ready();
  exchange_.leave();
  EXPECT_EQ(failure(body), Code::body_incomplete);
}

TEST_F(RequestBodyTest, WhoSendsTooSlowlyIsNotWaitedFor) {
  const auto body = read();
  exchange_.send("hel");
  loop_.run_ready();
  EXPECT_LE(exchange_.deadline(), std::chrono::steady_clock::now() + std::chrono::seconds(30));
  exchange_.pass_deadline();
  EXPECT_EQ(failure(body), Code::http_timeout);
}

}  // namespace
}  // namespace faasta::api
