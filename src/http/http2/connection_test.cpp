// Tests a connection over a scripted stream with an in-memory client: requests, bodies, answers and ends.

#include "http/http2/connection.hpp"

#include <functional>
#include <string>
#include <vector>

#include "http/problem.hpp"
#include "unit/http2_connection.hpp"

// NOLINTBEGIN(cppcoreguidelines-avoid-capturing-lambda-coroutines): a test's handler outlives its coroutines

namespace faasta::http {
namespace {

using test::Http2Client;
using test::Http2ConnectionTest;

/// Reads the whole body. Returns nothing if the body breaks off.
Task<std::optional<std::string>> read_all(Exchange& exchange) {
  std::string body;
  for (;;) {
    const BodyPart part = exchange.body();
    if (part.kind == BodyPart::Kind::data) body += part.data;
    if (part.kind == BodyPart::Kind::pending) co_await exchange.wait();
    if (part.kind == BodyPart::Kind::end) {
      for (const Field& field : part.trailers) body += "|" + field.name + "=" + field.value;
      co_return body;
    }
    if (part.kind == BodyPart::Kind::broken || part.kind == BodyPart::Kind::too_large) co_return std::nullopt;
  }
}

Task<> echo(Exchange& exchange) {
  exchange.limit_body(1U << 30U);
  const auto body = co_await read_all(exchange);
  exchange.head(body ? 200 : 400, {});
  exchange.data(body.value_or("broken"));
  exchange.finish({});
}

std::vector<Field> post_head() { return Http2Client::get("/", "POST"); }

TEST_F(Http2ConnectionTest, AnswersManyRequestsAtOnce) {
  open(answer_with_target);
  for (int i = 0; i < 100; ++i) client_->ask("/" + std::to_string(i));
  settle();
  ASSERT_EQ(client_->streams.size(), 100U);
  int i = 0;
  for (const auto& [id, stream] : client_->streams) {
    EXPECT_EQ(stream.status, 200);
    EXPECT_EQ(stream.body, "/" + std::to_string(i++));
    EXPECT_TRUE(stream.ended && !stream.reset);
  }
  EXPECT_EQ(client_->settings[NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS], 100U);
  EXPECT_EQ(client_->settings[NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES], 1U);
}

TEST_F(Http2ConnectionTest, ReadsBytesInAnyPieces) {
  open(echo);
  const auto id = client_->post(post_head(), "hello", true, {{"sum", "1"}});
  for (const char c : client_->take()) {
    peer_.to_server += c;
    stream_->arrived();
    run_loop();
  }
  settle();
  EXPECT_EQ(stream(id).body, "hello|sum=1");
}

/// 16 handlers begin in a turn of the loop. Then the loop's other connections run.
TEST_F(Http2ConnectionTest, BeginsSixteenHandlersInATurn) {
  int running = 0;
  open([&running](Exchange& exchange) -> Task<> {
    ++running;
    while (!exchange.client_gone()) co_await exchange.wait();
  });
  for (int i = 0; i < 40; ++i) client_->ask();
  peer_.to_server += client_->take();
  stream_->arrived();
  std::vector<int> turns{0};
  while (loop_.context->poll_one() > 0) {
    if (running > turns.back()) turns.push_back(running);
  }
  EXPECT_EQ(turns, (std::vector<int>{0, 16, 32, 40}));
}

TEST_F(Http2ConnectionTest, GivesCreditOnlyForBytesThatTheHandlerTook) {
  WakeRef<> waker;
  bool reads = false;
  std::size_t read = 0;
  open([&](Exchange& exchange) -> Task<> {
    exchange.limit_body(1U << 30U);
    waker = exchange.waker();
    while (!reads) co_await exchange.wait();
    const auto body = co_await read_all(exchange);
    read = body.value_or("").size();
    exchange.head(204, {});
    exchange.finish({});
  });
  constexpr std::size_t kBody = 4U << 20U;
  const auto id = client_->post(post_head(), std::string(kBody, 'b'), true);
  settle();
  const std::size_t first = client_->connection_window_given;
  EXPECT_EQ(stream(id).to_send.size(), kBody - http2::kStreamWindow) << "one window is under way, and no more";
  EXPECT_EQ(stream(id).window_given, 0U);
  EXPECT_EQ(first, http2::kConnectionWindow - 65'535U);
  reads = true;
  waker->wake();
  settle();
  EXPECT_EQ(read, kBody);
  EXPECT_EQ(stream(id).status, 204);
  EXPECT_GE(stream(id).window_given, kBody - http2::kStreamWindow);
  EXPECT_GT(client_->connection_window_given - first, kBody - http2::kConnectionWindow);
}

TEST_F(Http2ConnectionTest, WidensTheWindowOfAStreamThatIsReadQuickly) {
  std::size_t largest = 0;
  open([&largest](Exchange& exchange) -> Task<> {
    exchange.limit_body(1U << 30U);
    for (;;) {
      const BodyPart part = exchange.body();
      if (part.kind == BodyPart::Kind::data) largest = std::max(largest, part.data.size());
      if (part.kind == BodyPart::Kind::pending) co_await exchange.wait();
      if (part.kind != BodyPart::Kind::data && part.kind != BodyPart::Kind::pending) break;
    }
    exchange.head(204, {});
    exchange.finish({});
  });
  const auto id = client_->post(post_head(), std::string(20U << 20U, 'b'), true);
  settle();
  EXPECT_EQ(stream(id).status, 204);
  const std::size_t widest = http2::kMostStreamWindow - http2::kStreamWindow;
  EXPECT_GE(stream(id).window_given, (20U << 20U) - http2::kStreamWindow + widest / 2);
  EXPECT_LE(largest, static_cast<std::size_t>(http2::kMostStreamWindow));
}

/// The buffer must not grow with the body, although the buffer is never empty.
TEST_F(Http2ConnectionTest, AHandlerThatIsAlwaysALittleBehindGetsEachByteOnce) {
  std::string seen;
  open([&seen](Exchange& exchange) -> Task<> {
    exchange.limit_body(1U << 30U);
    for (;;) {
      const BodyPart part = exchange.body();
      if (part.kind == BodyPart::Kind::end) break;
      EXPECT_TRUE(part.kind == BodyPart::Kind::pending || part.kind == BodyPart::Kind::data);
      if (part.kind == BodyPart::Kind::data) seen += part.data;
      co_await exchange.wait();  // more bytes arrive before the next call of body()
    }
    exchange.head(204, {});
    exchange.finish({});
  });
  const auto id = client_->post(post_head(), "", false);
  settle();
  std::string sent;
  for (int i = 0; i < 2000; ++i) {
    const std::string part = std::to_string(i) + std::string(1000, ' ');
    client_->send_more(id, part, i == 1999);
    sent += part;
    settle();
  }
  connection_->drain();  // wakes the handler once more
  settle();
  EXPECT_EQ(seen, sent);
}

/// A handler may read a part in another thread, while the loop receives more.
TEST_F(Http2ConnectionTest, APartStaysWhereItIsUntilTheHandlerAsksForTheNext) {
  BodyPart part;
  bool goes_on = false;
  WakeRef<> waker;
  std::string rest;
  open([&](Exchange& exchange) -> Task<> {
    exchange.limit_body(1U << 30U);
    waker = exchange.waker();
    while ((part = exchange.body()).kind == BodyPart::Kind::pending) co_await exchange.wait();
    while (!goes_on) co_await exchange.wait();
    rest = (co_await read_all(exchange)).value_or("broken");
    exchange.head(204, {});
    exchange.finish({});
  });
  const std::string first(20'000, 'a');
  const auto id = client_->post(post_head(), first, false);
  settle();
  ASSERT_EQ(part.kind, BodyPart::Kind::data);
  const std::string begin(part.data);
  const char* const place = part.data.data();
  std::string sent = first;
  for (int i = 0; i < 20; ++i) {
    const std::string more(2'000, static_cast<char>('b' + i));
    client_->send_more(id, more, i == 19);
    sent += more;
    settle();
    ASSERT_EQ(part.data, begin) << "after " << i << " more parts";
  }
  EXPECT_EQ(part.data.data(), place);
  goes_on = true;
  waker->wake();
  settle();
  EXPECT_EQ(begin + rest, sent);
  EXPECT_EQ(stream(id).status, 204);
}

TEST_F(Http2ConnectionTest, ABodyOverItsLimitIsTooLarge) {
  BodyPart::Kind last = BodyPart::Kind::pending;
  open([&last](Exchange& exchange) -> Task<> {
    exchange.limit_body(100);
    while ((last = exchange.body().kind) == BodyPart::Kind::pending || last == BodyPart::Kind::data)
      co_await exchange.wait();
    answer_problem(exchange, Error{Code::body_too_large, {}});
  });
  const auto id = client_->post(post_head(), std::string(101, 'b'), false);
  settle();
  EXPECT_EQ(last, BodyPart::Kind::too_large);
  EXPECT_EQ(stream(id).status, 413);
  EXPECT_TRUE(stream(id).ended);
  EXPECT_EQ(stream(id).reset, NGHTTP2_NO_ERROR) << "the rest of the body is not wanted";
}

TEST_F(Http2ConnectionTest, FlushWaitsForTheClientsWindow) {
  int flushed = 0;
  open(
      [&flushed](Exchange& exchange) -> Task<> {
        exchange.head(200, {});
        for (int i = 0; i < 3; ++i) {
          exchange.data(std::string(1000, 'x'));
          EXPECT_TRUE(co_await exchange.flush());
          ++flushed;
        }
        exchange.finish({});
      },
      {.window = 1500, .gives_credit = false});
  const auto id = client_->ask();
  settle();
  EXPECT_EQ(flushed, 1);
  EXPECT_EQ(stream(id).body.size(), 1500U);
  client_->give_window(id, 500);
  settle();
  EXPECT_EQ(flushed, 2);
  client_->give_window(id, 2000);
  settle();
  EXPECT_EQ(flushed, 3);
  EXPECT_TRUE(stream(id).ended && stream(id).body.size() == 3000);
}

TEST_F(Http2ConnectionTest, ADeadlineEndsAFlush) {
  bool written = true;
  HasDeadline* deadline = nullptr;
  open(
      [&](Exchange& exchange) -> Task<> {
        deadline = &dynamic_cast<HasDeadline&>(exchange);
        exchange.set_deadline(std::chrono::steady_clock::now() + std::chrono::seconds(5));
        exchange.head(200, {});
        exchange.data("too much");
        written = co_await exchange.flush();
        EXPECT_TRUE(exchange.deadline_passed() && !exchange.client_gone());
        exchange.abort();
      },
      {.window = 0});
  const auto id = client_->ask();
  settle();
  ASSERT_TRUE(written);
  deadline->on_deadline();
  settle();
  EXPECT_FALSE(written);
  EXPECT_EQ(stream(id).reset, NGHTTP2_INTERNAL_ERROR);
}

TEST_F(Http2ConnectionTest, TakesAnAnswerBackOnlyBeforeItsHeadIsSent) {
  std::vector<bool> taken;
  open([&taken](Exchange& exchange) -> Task<> {
    exchange.head(200, {});
    exchange.data("wrong");
    if (exchange.request().target == "/late") static_cast<void>(co_await exchange.flush());
    taken.push_back(exchange.take_back());
    if (taken.back()) {
      EXPECT_EQ(exchange.queued(), 0U);
      EXPECT_FALSE(exchange.head_sent() || exchange.ended());
      answer_problem(exchange, Error{Code::internal_error, {}});
    } else {
      exchange.abort();
    }
  });
  const auto early = client_->ask("/early");
  const auto late = client_->ask("/late");
  settle();
  EXPECT_EQ(taken, (std::vector<bool>{true, false}));
  EXPECT_EQ(stream(early).status, 500);
  EXPECT_EQ(stream(early).body.find("wrong"), std::string::npos);
  EXPECT_TRUE(stream(early).ended);
  EXPECT_EQ(stream(late).status, 200);
  EXPECT_FALSE(stream(late).ended) << "a broken body must not look whole";
  EXPECT_EQ(stream(late).reset, NGHTTP2_INTERNAL_ERROR);
}

Task<> answer_with_trailers(Exchange& exchange) {
  const FieldView fields[] = {{"Content-Type", "application/grpc"}};
  const FieldView trailers[] = {{"Grpc-Status", "0"}, {"content-length", "3"}};
  exchange.head(200, fields);
  if (exchange.request().target == "/body") exchange.data("body");
  exchange.finish(trailers);
  co_return;
}

TEST_F(Http2ConnectionTest, SendsTrailersToAClientThatTakesThem) {
  open(answer_with_trailers);
  auto head = Http2Client::get("/body");
  const auto without = client_->ask(head);
  head.push_back({"te", "trailers"});
  const auto with = client_->ask(head);
  head[2].value = "/none";
  const auto alone = client_->ask(head);
  settle();
  EXPECT_EQ(stream(with).body, "body");
  ASSERT_EQ(stream(with).trailers.size(), 1U);
  EXPECT_EQ(stream(with).trailers[0].name, "grpc-status") << "in lower case, and without those that may be none";
  EXPECT_TRUE(stream(without).ended && stream(without).trailers.empty());
  EXPECT_TRUE(stream(alone).ended && stream(alone).body.empty());
  EXPECT_EQ(stream(alone).trailers.size(), 1U);
}

TEST_F(Http2ConnectionTest, AnswersWithoutABodyEndWithTheirHead) {
  open([](Exchange& exchange) -> Task<> {
    const std::string_view target = exchange.request().target;
    const FieldView fields[] = {{"content-length", "5"}, {"grpc-status", "12"}};
    exchange.head(target == "/204"   ? 204
                  : target == "/304" ? 304
                                     : 200,
                  target == "/alone" ? std::span(fields).subspan(1) : std::span(fields));
    if (target != "/alone") exchange.data("hello");
    exchange.finish({});
    co_return;
  });
  const auto head = client_->ask(Http2Client::get("/", "HEAD"));
  const auto none = client_->ask("/204");
  const auto same = client_->ask("/304");
  const auto alone = client_->ask("/alone");
  settle();
  for (const auto id : {head, none, same, alone}) {
    EXPECT_TRUE(stream(id).head_ended_it && stream(id).body.empty() && !stream(id).reset) << id;
  }
  const auto has_length = [&](std::int32_t id) {
    return std::ranges::any_of(stream(id).fields, [](const Field& field) { return field.name == "content-length"; });
  };
  EXPECT_TRUE(has_length(head) && has_length(same) && !has_length(none));
}

TEST_F(Http2ConnectionTest, AsksForTheBodyOfAClientThatWaitsForIt) {
  open(echo);
  auto head = post_head();
  head.push_back({"expect", "100-continue"});
  const auto id = client_->post(head, "", false);
  settle();
  EXPECT_EQ(stream(id).interim, std::vector<int>{100});
  EXPECT_EQ(stream(id).status, 0);
  client_->send_more(id, "now", true);
  settle();
  EXPECT_EQ(stream(id).body, "now");
  EXPECT_EQ(stream(id).interim.size(), 1U);
}

TEST_F(Http2ConnectionTest, AResetOfTheClientWakesTheHandler) {
  int gone = 0;
  open([&gone](Exchange& exchange) -> Task<> {
    exchange.limit_body(100);
    if (exchange.request().target == "/flush") {
      exchange.head(200, {});
      exchange.data(std::string(100'000, 'x'));
      EXPECT_FALSE(co_await exchange.flush());
    } else {
      co_await exchange.wait();
    }
    EXPECT_TRUE(exchange.client_gone());
    EXPECT_EQ(exchange.body().kind, BodyPart::Kind::broken);
    ++gone;
    exchange.abort();
  });
  const auto waits = client_->ask();
  const auto flushes = client_->ask("/flush");
  client_->give_window(0, 1 << 20);
  peer_.takes = 1000;
  settle();
  EXPECT_EQ(gone, 0);
  client_->reset(waits);
  client_->reset(flushes);
  settle();
  EXPECT_EQ(gone, 2);
  EXPECT_FALSE(over_ || goaway());
}

TEST_F(Http2ConnectionTest, AHandlerThatFailsAfterItsHeadNeverEndsCleanly) {
  open([](Exchange& exchange) -> Task<> {
    const std::string target(exchange.request().target);
    if (target == "/before") throw std::runtime_error("oh");
    const FieldView length[] = {{"content-length", "10"}};
    exchange.head(200, target == "/short" ? std::span<const FieldView>(length) : std::span<const FieldView>());
    exchange.data("half");
    static_cast<void>(co_await exchange.flush());
    if (target == "/throws") throw std::runtime_error("oh");
    if (target == "/short") exchange.finish({});
    if (target == "/aborts") exchange.abort();
  });
  const auto before = client_->ask("/before");
  std::vector<std::int32_t> broken;
  for (const char* const target : {"/throws", "/short", "/aborts", "/returns"}) broken.push_back(client_->ask(target));
  settle();
  EXPECT_EQ(stream(before).status, 500);
  EXPECT_TRUE(stream(before).ended);
  for (const auto id : broken) {
    EXPECT_EQ(stream(id).status, 200);
    EXPECT_FALSE(stream(id).ended);
    EXPECT_EQ(stream(id).reset, NGHTTP2_INTERNAL_ERROR);
  }
  EXPECT_FALSE(goaway());
}

/// RFC 9113 section 8.1.
TEST_F(Http2ConnectionTest, AnAnswerBeforeTheEndOfTheBodyIsWholeAndThenTheBodyIsRefused) {
  open(answer_with_target);
  const auto id = client_->post(post_head(), std::string(1'000'000, 'b'), true);
  settle();
  EXPECT_EQ(stream(id).status, 200);
  EXPECT_TRUE(stream(id).ended);
  EXPECT_EQ(stream(id).reset, NGHTTP2_NO_ERROR);
  EXPECT_FALSE(goaway());
  // The bytes that were on their way must not use up the connection's credit.
  for (int i = 0; i < 50; ++i) {
    const auto next = client_->post(post_head(), std::string(1'000'000, 'b'), true);
    settle();
    ASSERT_TRUE(stream(next).ended) << i;
  }
}

/// The handler goes on after its answer, and reads the body only after it.
TEST_F(Http2ConnectionTest, ABodyThatHasArrivedCanBeReadAfterTheAnswer) {
  std::optional<std::string> seen;
  bool gone = true;
  open([&](Exchange& exchange) -> Task<> {
    exchange.limit_body(100);
    exchange.head(200, {});
    exchange.finish({});
    EXPECT_TRUE(co_await exchange.flush());
    gone = exchange.client_gone();
    seen = co_await read_all(exchange);
  });
  const auto id = client_->post(post_head(), "all of it", true);
  settle();
  EXPECT_TRUE(stream(id).ended && !stream(id).reset);
  EXPECT_FALSE(gone);
  EXPECT_EQ(seen, "all of it");
}

TEST_F(Http2ConnectionTest, AConnectionThatFailsEndsTheHandlersThatWait) {
  for (const bool fails : {false, true}) {
    int gone = 0;
    open([&gone](Exchange& exchange) -> Task<> {
      if (exchange.request().target == "/answered") {
        exchange.head(200, {});
        exchange.finish({});
        static_cast<void>(co_await exchange.flush());
      }
      while (!exchange.client_gone()) co_await exchange.wait();
      ++gone;
    });
    client_->ask();
    client_->ask("/answered");
    settle();
    EXPECT_EQ(gone, 0);
    if (fails) {
      peer_.fails = true;
      client_->raw(NGHTTP2_PING, 0, 0, "12345678");  // the answer to this PING cannot be written
      settle();
    } else {
      close_by_client();
    }
    EXPECT_EQ(gone, 2);
    EXPECT_TRUE(over_);
    over_ = false;
    peer_ = test::Peer{};
  }
  over_ = true;
}

TEST_F(Http2ConnectionTest, AKillEndsRequestsUnderWay) {
  int gone = 0;
  open([&gone](Exchange& exchange) -> Task<> {
    while (!exchange.client_gone()) co_await exchange.wait();
    ++gone;
  });
  client_->ask();
  client_->ask();
  settle();
  Stoppable::for_each(loop_.stoppables, [](Stoppable& item) { item.kill(); });
  run_loop();
  EXPECT_EQ(gone, 2);
  EXPECT_TRUE(over_ && peer_.closed);
}

}  // namespace
}  // namespace faasta::http

// NOLINTEND(cppcoreguidelines-avoid-capturing-lambda-coroutines)
