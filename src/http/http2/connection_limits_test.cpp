// Tests the limits and the end of a connection: memory, handlers that run longer than their streams, time limits,
// drain.

#include <chrono>
#include <string>
#include <vector>

#include "http/http2/connection.hpp"
#include "http/http2/limits.hpp"
#include "unit/http2_connection.hpp"

// NOLINTBEGIN(cppcoreguidelines-avoid-capturing-lambda-coroutines): a test's handler outlives its coroutines

namespace faasta::http {
namespace {

using http2::Refusal;
using std::chrono::seconds;
using test::Http2Client;
using test::Http2ConnectionTest;

Task<> wait_until_gone(Exchange& exchange) {
  while (!exchange.client_gone()) co_await exchange.wait();
}

std::vector<Field> with_fields(std::size_t count, std::size_t bytes, std::string name = "f") {
  auto head = Http2Client::get();
  for (std::size_t i = 0; i < count; ++i)
    head.push_back({name == "cookie" ? name : name + std::to_string(i), std::string(bytes, 'v')});
  return head;
}

TEST_F(Http2ConnectionTest, HandlersThatOutliveTheirStreamsCount) {
  bool done = false;
  std::vector<WakeRef<>> wakers;
  open([&](Exchange& exchange) -> Task<> {
    wakers.push_back(exchange.waker());
    while (!done) co_await exchange.wait();
  });
  for (std::uint32_t i = 0; i < http2::kStreams; ++i) {
    const auto id = client_->ask();
    settle();
    client_->reset(id);
    settle();
  }
  EXPECT_EQ(wakers.size(), http2::kStreams);
  const auto refused_id = client_->ask();
  settle();
  EXPECT_EQ(stream(refused_id).reset, NGHTTP2_REFUSED_STREAM);
  EXPECT_EQ(refused(Refusal::streams), 1U);
  EXPECT_EQ(wakers.size(), http2::kStreams);
  EXPECT_FALSE(goaway());
  done = true;
  for (const auto& waker : wakers) waker->wake();
  settle();
  const auto id = client_->ask();
  settle();
  EXPECT_EQ(stream(id).reset, NGHTTP2_INTERNAL_ERROR) << "its handler ran, and answered nothing";
}

TEST_F(Http2ConnectionTest, AConnectionEndsAfterItsRequests) {
  open(answer_with_target);
  for (std::uint32_t i = 0; i < http2::kRequests; ++i) {
    client_->ask();
    if (i % 100 == 99) settle();
  }
  settle();
  EXPECT_EQ(goaway(), NGHTTP2_NO_ERROR);
  std::size_t answered = 0;
  for (const auto& [id, stream] : client_->streams) answered += stream.ended ? 1 : 0;
  EXPECT_EQ(answered, http2::kRequests);
  EXPECT_EQ(refused(Refusal::requests), 1U);
  close_by_client();
  EXPECT_TRUE(over_);
}

TEST_F(Http2ConnectionTest, AHeadThatIsTooLargeGets431) {
  open(answer_with_target);
  const auto large = client_->ask(with_fields(7, 10'000));
  const auto many = client_->ask(with_fields(200, 1));
  const auto crumbs = client_->ask(with_fields(300, 1, "cookie"));
  settle();
  for (const auto id : {large, many, crumbs}) {
    EXPECT_EQ(stream(id).status, 431) << id;
    EXPECT_TRUE(stream(id).ended);
  }
  EXPECT_EQ(refused(Refusal::heads), 0U);
  auto browser = with_fields(15, 20);
  for (int i = 0; i < 90; ++i) browser.push_back({"cookie", "name=value"});
  const auto fine = client_->ask(browser);
  auto head = with_fields(7, 10'000);
  head[0].value = "HEAD";
  const auto bodiless = client_->ask(head);
  settle();
  EXPECT_EQ(stream(fine).status, 200);
  EXPECT_EQ(stream(bodiless).status, 431);
  EXPECT_TRUE(stream(bodiless).ended && stream(bodiless).body.empty());
}

/// The heads of all requests under way share 256 KiB. A request returns its part when it ends.
/// The attack of CVE-2016-1544: each field is one byte on the wire, and refers to a text in the HPACK table. Reading
/// the text of all fields takes long, although only 64 KiB of it are stored.
std::vector<Field> with_references() {
  auto head = Http2Client::get();
  for (int i = 0; i < 200; ++i) head.push_back({"a", std::string(3'000, 'v')});
  return head;
}

TEST_F(Http2ConnectionTest, MuchTextPausesTheConnection) {
  open(answer_with_target);
  for (int i = 0; i < 2; ++i) {
    const auto large = client_->ask(with_references());
    settle();
    EXPECT_EQ(stream(large).status, 431);
  }
  const auto later = client_->ask();
  settle();
  EXPECT_EQ(stream(later).status, 0);
  look_after(seconds(1));
  settle();
  EXPECT_EQ(stream(later).status, 200);
  EXPECT_FALSE(goaway());
}

TEST_F(Http2ConnectionTest, FarTooMuchTextInOneReadEndsTheConnection) {
  open(answer_with_target);
  for (int i = 0; i < 2; ++i) client_->ask(with_references());
  settle();
  EXPECT_EQ(goaway(), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_EQ(refused(Refusal::head_flood), 1U);
}

TEST_F(Http2ConnectionTest, HeadsHaveALimitOverAllStreams) {
  open(wait_until_gone);
  const auto large = with_fields(5, 10'000);
  std::vector<std::int32_t> ids;
  for (int round = 0; round < 4; ++round) {
    ids.clear();
    for (int i = 0; i < 5; ++i) ids.push_back(client_->ask(large));
    settle();
    for (const auto id : ids) EXPECT_EQ(stream(id).status, 0) << "it runs";
    const auto over = client_->ask(large);
    settle();
    EXPECT_EQ(stream(over).status, 431);
    for (const auto id : ids) client_->reset(id);
    settle();
  }
  EXPECT_EQ(refused(Refusal::heads), 4U);
}

/// A request that never gets a handler returns the memory of its head too.
TEST_F(Http2ConnectionTest, HeadsOfMalformedRequestsAreForgotten) {
  open(answer_with_target);
  auto malformed = with_fields(6, 10'000);
  malformed.push_back({"bad", "control\x01character"});
  for (int i = 0; i < 20; ++i) {
    const auto id = client_->ask(malformed);
    settle();
    ASSERT_EQ(stream(id).reset, NGHTTP2_PROTOCOL_ERROR) << i;
  }
  const auto id = client_->ask(with_fields(6, 10'000));
  settle();
  EXPECT_EQ(stream(id).status, 200);
}

TEST_F(Http2ConnectionTest, TrailersOfRequestsThatAreAnsweredAreForgotten) {
  open(answer_with_target);
  std::vector<Field> trailers;
  for (int i = 0; i < 6; ++i) trailers.push_back({"t" + std::to_string(i), std::string(10'000, 'v')});
  for (int i = 0; i < 20; ++i) client_->post(Http2Client::get("/", "POST"), "", true, trailers);
  settle();
  const auto id = client_->ask(with_fields(6, 10'000));
  settle();
  EXPECT_EQ(stream(id).status, 200);
}

/// If the trailers are too large, the handler must learn it, and must not get a part of them.
TEST_F(Http2ConnectionTest, TrailersThatAreTooLargeBreakTheBody) {
  std::vector<BodyPart::Kind> seen;
  open([&seen](Exchange& exchange) -> Task<> {
    exchange.limit_body(100);
    for (;;) {
      const auto kind = exchange.body().kind;
      if (kind != BodyPart::Kind::pending) seen.push_back(kind);
      if (kind == BodyPart::Kind::pending) co_await exchange.wait();
      if (kind == BodyPart::Kind::end || kind == BodyPart::Kind::broken) break;
    }
    EXPECT_FALSE(exchange.client_gone());
    exchange.head(400, {});
    exchange.finish({});
  });
  std::vector<Field> trailers;
  for (std::size_t i = 0; i < http2::kStoredFields + 1; ++i) trailers.push_back({"t", "v"});
  const auto id = client_->post(Http2Client::get("/", "POST"), "body", true, trailers);
  settle();
  EXPECT_EQ(seen, (std::vector{BodyPart::Kind::data, BodyPart::Kind::broken}));
  EXPECT_EQ(stream(id).status, 400);
}

TEST_F(Http2ConnectionTest, AStreamThatTakesTooLittleIsReset) {
  open(
      [](Exchange& exchange) -> Task<> {
        exchange.head(200, {});
        exchange.data(std::string(5000, 'x'));
        exchange.finish({});
        co_return;
      },
      {.window = 0, .gives_credit = false});
  const auto none = client_->ask();
  const auto drip = client_->ask();
  const auto fair = client_->ask();
  settle();
  look_after(seconds(0));
  for (int second = 1; second < 30; ++second) {
    client_->give_window(drip, 1);
    client_->give_window(fair, 40);
    settle();
    look_after(seconds(second));
    ASSERT_FALSE(stream(none).reset || stream(drip).reset) << second;
  }
  look_after(seconds(31));
  EXPECT_EQ(stream(none).reset, NGHTTP2_CANCEL);
  EXPECT_EQ(stream(drip).reset, NGHTTP2_CANCEL) << "a byte a second is no progress";
  EXPECT_FALSE(stream(fair).reset);
  EXPECT_EQ(refused(Refusal::stalled), 2U);
}

/// Both streams wait for the client's window of the connection. The first stream gets all of it.
TEST_F(Http2ConnectionTest, AStreamThatWaitsForAnotherIsNotStalled) {
  open(
      [](Exchange& exchange) -> Task<> {
        exchange.head(200, {});
        exchange.data(std::string(100'000, 'x'));
        exchange.finish({});
        co_return;
      },
      {.window = 1U << 20U, .gives_credit = false});
  const auto first = client_->ask();
  const auto second = client_->ask();
  settle();
  look_after(seconds(0));
  client_->give_window(0, 2000);
  settle();
  EXPECT_EQ(stream(first).body.size() + stream(second).body.size(), 67'535U);
  EXPECT_EQ(stream(second).body.size(), 0U);
  look_after(seconds(31));
  EXPECT_FALSE(stream(first).reset || stream(second).reset);
  look_after(seconds(62));
  EXPECT_TRUE(stream(first).reset && stream(second).reset) << "the client takes nothing any more";
}

/// Only the end of the body is not sent yet. nghttp2 sends it when the window is open.
TEST_F(Http2ConnectionTest, AStreamWhoseEndWaitsIsReset) {
  open(
      [](Exchange& exchange) -> Task<> {
        exchange.head(200, {});
        exchange.data("x");
        EXPECT_TRUE(co_await exchange.flush());
        exchange.finish({});
      },
      {.window = 1, .gives_credit = false});
  const auto id = client_->ask();
  settle();
  EXPECT_EQ(stream(id).body, "x");
  ASSERT_FALSE(stream(id).ended);
  look_after(seconds(0));
  look_after(seconds(31));
  EXPECT_EQ(stream(id).reset, NGHTTP2_CANCEL);
}

TEST_F(Http2ConnectionTest, AHeadThatIsNotCompleteInTimeEndsTheConnection) {
  open(
      [](Exchange& exchange) -> Task<> {
        exchange.head(200, {});
        exchange.data("x");
        exchange.finish({});
        co_return;
      },
      {.window = 0});
  const auto waits = client_->ask();
  settle();
  client_->raw(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, waits + 2, "\x82");
  settle();
  look_after(seconds(9));
  EXPECT_FALSE(goaway());
  look_after(seconds(11));
  EXPECT_EQ(goaway(), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_EQ(refused(Refusal::slow_head), 1U);
}

TEST_F(Http2ConnectionTest, AClientThatDoesNotAcknowledgeTheSettingsIsEnded) {
  open(answer_with_target);
  connection_->kill();
  run_loop();
  over_ = false;
  peer_ = test::Peer{};
  options_ = ConnectionOptions();
  handler_ = answer_with_target;
  auto quiet = std::make_unique<test::ScriptedStream>(peer_, *loop_.context);
  connection_ = std::make_shared<Http2Connection>(loop_, Opened{std::move(quiet), {}, {}, {}}, options_);
  asio::co_spawn(*loop_.context, run(connection_, handler_), [this](const std::exception_ptr&) { over_ = true; });
  run_loop();
  connection_->look_at_clocks(std::chrono::steady_clock::now() + seconds(9));
  run_loop();
  EXPECT_FALSE(peer_.saw_end);
  connection_->look_at_clocks(std::chrono::steady_clock::now() + seconds(11));
  run_loop();
  EXPECT_TRUE(peer_.saw_end);
  EXPECT_EQ(refused(Refusal::settings_ack), 1U);
}

TEST_F(Http2ConnectionTest, NeedsNoCoroutineWhileItIsIdle) {
  open(answer_with_target);
  const auto first = client_->ask(test::Http2Client::get("/a"));
  settle();
  EXPECT_EQ(stream(first).status, 200);
  EXPECT_EQ(runs_, 1);
  look_after(seconds(2));
  EXPECT_FALSE(over_);
  const auto second = client_->ask(test::Http2Client::get("/b"));
  settle();
  EXPECT_EQ(runs_, 2) << "it was run again for the request";
  EXPECT_EQ(stream(second).status, 200);
  look_after(seconds(2));
  look_after(seconds(70));
  EXPECT_EQ(goaway(), NGHTTP2_NO_ERROR);
  EXPECT_EQ(runs_, 3);
}

TEST_F(Http2ConnectionTest, AnIdleConnectionEndsAndABusyOneDoesNot) {
  open(wait_until_gone);
  const auto id = client_->ask();
  settle();
  look_after(seconds(100));
  EXPECT_FALSE(goaway());
  client_->reset(id);
  settle();
  look_after(seconds(59));
  EXPECT_FALSE(goaway());
  look_after(seconds(61));
  EXPECT_EQ(goaway(), NGHTTP2_NO_ERROR);
  EXPECT_TRUE(peer_.saw_end);
}

TEST_F(Http2ConnectionTest, AClientThatReadsNothingIsEnded) {
  open([](Exchange& exchange) -> Task<> {
    exchange.head(200, {});
    exchange.data(std::string(10'000, 'x'));
    EXPECT_FALSE(co_await exchange.flush() && exchange.queued() > 0);
    while (!exchange.client_gone()) co_await exchange.wait();
  });
  peer_.takes = 100;
  client_->ask();
  settle();
  look_after(seconds(29));
  EXPECT_FALSE(peer_.closed);
  look_after(seconds(31));
  EXPECT_TRUE(peer_.closed && over_);
  EXPECT_EQ(refused(Refusal::write_stall), 1U);
}

TEST_F(Http2ConnectionTest, ADrainSaysGoodbyeTwiceAndLetsStreamsFinish) {
  bool done = false;
  std::vector<WakeRef<>> wakers;
  bool told = false;
  open([&](Exchange& exchange) -> Task<> {
    wakers.push_back(exchange.waker());
    while (!done) {
      co_await exchange.wait();
      told = told || exchange.draining();
    }
    exchange.head(200, {});
    exchange.finish({});
  });
  const auto first = client_->ask();
  settle();
  connection_->drain();
  settle();
  ASSERT_EQ(client_->goaways.size(), 1U);
  EXPECT_EQ(client_->goaways[0], std::pair(0x7fff'ffff, std::uint32_t{NGHTTP2_NO_ERROR}));
  EXPECT_TRUE(told);
  // A request that was on its way is still served. (The in-memory client would not send it any more.)
  const auto late = first + 2;
  client_->raw(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS, late, "\x82\x86\x84\x41\x01x");
  settle();
  EXPECT_EQ(wakers.size(), 2U);
  look_after(seconds(2));
  ASSERT_EQ(client_->goaways.size(), 2U);
  EXPECT_EQ(client_->goaways[1], std::pair(late, std::uint32_t{NGHTTP2_NO_ERROR}));
  EXPECT_FALSE(peer_.saw_end) << "it waits for the answers";
  done = true;
  wakers[0]->wake();
  settle();
  EXPECT_TRUE(stream(first).status == 200 && stream(first).ended);
  EXPECT_FALSE(peer_.saw_end);
  wakers[1]->wake();
  settle();
  EXPECT_TRUE(peer_.saw_end);
}

TEST_F(Http2ConnectionTest, ADrainEndsAnIdleConnectionAfterItsNotice) {
  open(answer_with_target);
  const auto id = client_->ask();
  settle();
  EXPECT_TRUE(stream(id).ended);
  connection_->drain();
  settle();
  EXPECT_FALSE(peer_.saw_end);
  look_after(seconds(2));
  EXPECT_TRUE(peer_.saw_end);
  close_by_client();
  EXPECT_TRUE(over_);
}

}  // namespace
}  // namespace faasta::http

// NOLINTEND(cppcoreguidelines-avoid-capturing-lambda-coroutines)
