// Tests a connection over a scripted stream. The test decides when bytes arrive and leave, and in which pieces; with a
// real network, a test could not repeat this.

#include "http/http1/connection.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "http/problem.hpp"
#include "unit/scripted_stream.hpp"

// NOLINTBEGIN(cppcoreguidelines-avoid-capturing-lambda-coroutines): a test's handler outlives its coroutines

namespace faasta::http {
namespace {

using test::Peer;
using test::ScriptedStream;

class Http1ConnectionTest : public testing::Test {
 protected:
  void TearDown() override {
    if (!connection_) return;
    connection_->kill();
    settle();
  }

  void open(Handler handler) {
    handler_ = std::move(handler);
    auto stream = std::make_unique<ScriptedStream>(peer_, *loop_.context);
    stream_ = stream.get();
    connection_ = std::make_shared<Http1Connection>(
        loop_, Opened{std::move(stream), {}, {}, client_at(asio::ip::make_address("192.0.2.1")), std::move(place_)},
        options_);
    run();
    settle();
  }
  /// Runs the connection again when it is active, as the listener does.
  void run() {
    ++runs_;
    asio::co_spawn(*loop_.context, connection_->run(handler_),
                   [this](const std::exception_ptr& failed, Connection::Ran how) {
                     EXPECT_FALSE(failed);
                     over_ = how == Connection::Ran::ended;
                     if (!over_) connection_->when_active([this] { run(); });
                   });
  }
  /// Runs all handlers that are ready.
  void settle() {
    do loop_.outbox.flush();
    while (loop_.poll_one() || loop_.run_queue.run_one(true));
  }
  void send(std::string_view bytes) {
    peer_.to_server += bytes;
    if (!over_) stream_->arrived();
    settle();
  }
  void send_end() {
    peer_.sent_all = true;
    if (!over_) stream_->arrived();
    settle();
  }
  /// Calls on_deadline(), as if the deadline had passed.
  void pass_deadline() {
    connection_->on_deadline();
    settle();
  }
  [[nodiscard]] std::string received() { return std::exchange(peer_.received, {}); }
  [[nodiscard]] std::vector<std::string> statuses() {
    std::vector<std::string> out;
    for (std::size_t at = 0; (at = peer_.received.find("HTTP/1.1 ", at)) != std::string::npos; ++at)
      out.push_back(peer_.received.substr(at + 9, 3));
    return out;
  }

  static Task<> answer_with_target(Exchange& exchange) {
    const std::string body(exchange.request().target);
    const std::string length = std::to_string(body.size());
    const FieldView fields[] = {{"content-length", length}};
    exchange.head(200, fields);
    exchange.data(body);
    exchange.finish({});
    co_return;
  }

  OpenCount outliving_;
  Loop loop_{outliving_};
  ConnectionOptions options_;
  std::unique_ptr<ConnectionPlaces::Place> place_;
  Peer peer_;
  Handler handler_;
  ScriptedStream* stream_ = nullptr;
  std::shared_ptr<Http1Connection> connection_;
  bool over_ = false;
  int runs_ = 0;  ///< how often run() was called
};

TEST_F(Http1ConnectionTest, NeedsNoCoroutineWhileItIsIdle) {
  open(answer_with_target);
  send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n");
  pass_deadline();
  EXPECT_EQ(runs_, 1);
  EXPECT_FALSE(over_);
  send("GET /b HT");
  EXPECT_EQ(runs_, 2);
  pass_deadline();  // the deadline of the head: the head comes too late
  EXPECT_EQ(statuses(), (std::vector<std::string>{"200", "408"}));
}

/// A handler may read a part in another thread, while a wait that began before the part was taken goes on.
TEST_F(Http1ConnectionTest, APartStaysWhereItIsUntilTheHandlerAsksForTheNext) {
  for (const bool chunked : {false, true}) {
    BodyPart part;
    std::string rest;
    WakeRef<> waker;
    asio::steady_timer other_thread(*loop_.context, SteadyTime::max());
    open([&](Exchange& exchange) -> Task<> {
      exchange.limit_body(1U << 30U);
      waker = exchange.waker();
      while ((part = exchange.body()).kind == BodyPart::Kind::pending) co_await exchange.wait();
      co_await other_thread.async_wait(asio::as_tuple(asio::use_awaitable));
      for (BodyPart next; (next = exchange.body()).kind != BodyPart::Kind::end;) {
        rest += next.data;
        if (next.kind == BodyPart::Kind::pending) co_await exchange.wait();
      }
      exchange.head(204, {});
      exchange.finish({});
    });
    const std::string length = chunked ? "transfer-encoding: chunked" : "content-length: 24096";
    send("POST / HTTP/1.1\r\nhost: x\r\n" + length + "\r\n\r\n");
    peer_.to_server += (chunked ? "5E20\r\n" : "") + std::string(4096, 'a');  // the loop has not seen it yet
    waker->wake();
    settle();
    ASSERT_EQ(part.kind, BodyPart::Kind::data);
    const std::string begin(part.data);
    send(std::string(20'000, 'b') + (chunked ? "\r\n0\r\n\r\n" : ""));
    EXPECT_TRUE(part.data == begin);
    other_thread.cancel();
    settle();
    EXPECT_TRUE(begin + rest == std::string(4096, 'a') + std::string(20'000, 'b'));
    EXPECT_EQ(statuses(), std::vector<std::string>{"204"});
    TearDown();
    peer_ = {};
    over_ = false;
  }
}

TEST_F(Http1ConnectionTest, YieldsWhileItIsIdleAndHasNoRequest) {
  open(answer_with_target);
  send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n");
  connection_->yield();
  settle();
  EXPECT_FALSE(over_) << "it has had a request a moment ago";
  pass_deadline();
  peer_.to_server += "GET /b HTTP/1.1\r\nhost: x\r\n\r\n";  // arrives, and the loop has not seen it yet
  connection_->yield();
  settle();
  EXPECT_EQ(statuses(), (std::vector<std::string>{"200", "200"}));
  pass_deadline();
  connection_->yield();
  settle();
  EXPECT_TRUE(over_);
}

/// So a client with many requests on one connection has no more turns than the others.
TEST_F(Http1ConnectionTest, BetweenTwoPipelinedRequestsOtherWorkOfTheLoopRuns) {
  std::vector<std::string> order;
  open([this, &order](Exchange& exchange) -> Task<> {
    order.emplace_back(exchange.request().target);
    if (order.size() == 1) asio::post(*loop_.context, [&order] { order.emplace_back("other"); });
    co_await answer_with_target(exchange);
  });
  send("GET /1 HTTP/1.1\r\nhost: x\r\n\r\nGET /2 HTTP/1.1\r\nhost: x\r\n\r\nGET /3 HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(order, (std::vector<std::string>{"/1", "other", "/2", "/3"}));
}

TEST_F(Http1ConnectionTest, ANetworkAboveItsRateWaits) {
  ConnectionPlaces places({.requests_per_second = 2});
  place_ = places.enter(ClientNetwork(asio::ip::make_address("192.0.2.1")));
  open(answer_with_target);
  std::string requests;
  for (int i = 0; i < 4; ++i) requests += "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
  send(requests);
  EXPECT_EQ(statuses().size(), 3U) << "the requests of a second, and the one that goes above the rate";
  pass_deadline();
  EXPECT_EQ(statuses().size(), 4U);
  connection_->kill();
  settle();
  EXPECT_TRUE(over_);
  connection_.reset();
}

TEST_F(Http1ConnectionTest, AConnectionThatWaitsForItsNetworkGivesItsPlaceBackWhenItsClientLeaves) {
  ConnectionPlaces places({.of_network = 1, .requests_per_second = 2});
  const ClientNetwork network(asio::ip::make_address("192.0.2.1"));
  place_ = places.enter(network);
  open(answer_with_target);
  for (int i = 0; i < 3; ++i) send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(statuses().size(), 3U);
  EXPECT_FALSE(places.enter(network));
  send_end();
  EXPECT_TRUE(over_);
  connection_.reset();
  EXPECT_TRUE(places.enter(network));
}

TEST_F(Http1ConnectionTest, AConnectionThatWaitsForItsNetworkAnswersWhatCameMeanwhile) {
  ConnectionPlaces places({.requests_per_second = 2});
  place_ = places.enter(ClientNetwork(asio::ip::make_address("192.0.2.1")));
  open(answer_with_target);
  for (int i = 0; i < 4; ++i) send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(statuses().size(), 3U) << "the fourth request came while the connection waited";
  pass_deadline();
  EXPECT_EQ(statuses().size(), 4U);
  connection_->kill();
  settle();
  connection_.reset();
}

TEST_F(Http1ConnectionTest, EndsWhenItIsIdleForTooLong) {
  open(answer_with_target);
  send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n");
  pass_deadline();
  send("GET /b HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(statuses(), (std::vector<std::string>{"200", "200"}));
  pass_deadline();
  pass_deadline();
  EXPECT_TRUE(peer_.saw_end);
  EXPECT_EQ(statuses().size(), 2U);
}

TEST_F(Http1ConnectionTest, EndsWhenItsClientLeavesOrTheServerStopsWhileItIsIdle) {
  open(answer_with_target);
  send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n");
  pass_deadline();
  EXPECT_EQ(runs_, 1);
  connection_->drain();
  settle();
  EXPECT_FALSE(peer_.saw_end);
  pass_deadline();  // nothing has come
  EXPECT_TRUE(peer_.saw_end);
  send_end();
  EXPECT_TRUE(over_);
}

/// The client sends this request before it can know that the server stops.
TEST_F(Http1ConnectionTest, AnswersARequestThatIsOnItsWayWhenTheServerStops) {
  for (const bool idle : {false, true}) {
    peer_ = Peer{};
    over_ = false;
    open(answer_with_target);
    send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n");
    if (idle) pass_deadline();
    connection_->drain();
    settle();
    send("GET /b HTTP/1.1\r\nhost: x\r\n\r\n");
    EXPECT_EQ(statuses(), (std::vector<std::string>{"200", "200"})) << idle;
    EXPECT_NE(peer_.received.find("connection: close\r\n"), std::string::npos) << idle;
    EXPECT_TRUE(peer_.saw_end) << idle;
    send_end();
    EXPECT_TRUE(over_) << idle;
  }
}

TEST_F(Http1ConnectionTest, AnswersRequestsThatArriveByteByByte) {
  open(answer_with_target);
  for (const char c : std::string_view("GET /a HTTP/1.1\r\nhost: x\r\n\r\nGET /b HTTP/1.1\r\nhost: x\r\n\r\n"))
    send({&c, 1});
  EXPECT_EQ(statuses(), (std::vector<std::string>{"200", "200"}));
  EXPECT_TRUE(peer_.received.ends_with("/b"));
  send_end();
  EXPECT_TRUE(over_ && peer_.saw_end && peer_.closed);
}

TEST_F(Http1ConnectionTest, AnswersManyPipelinedRequestsInOrder) {
  open(answer_with_target);
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nhost: x\r\n\r\n";
  send(requests);
  EXPECT_EQ(statuses().size(), 100U);
  std::size_t at = 0;
  for (int i = 0; i < 100; ++i) {
    at = peer_.received.find("\r\n\r\n/" + std::to_string(i), at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

/// Nothing of the first request is left for the second. The first had a body, a limit, trailers, a 100 and an error.
TEST_F(Http1ConnectionTest, NothingOfARequestStaysForTheNext) {
  std::vector<std::string> seen;
  open([&seen](Exchange& exchange) -> Task<> {
    exchange.limit_body(1000);
    std::string body;
    for (;;) {
      const BodyPart part = exchange.body();
      if (part.kind == BodyPart::Kind::data) body += part.data;
      if (part.kind == BodyPart::Kind::pending) {
        static_cast<void>(co_await exchange.flush());
        co_await exchange.wait();
      }
      if (part.kind == BodyPart::Kind::end) {
        for (const Field& field : part.trailers) body += "|" + field.name + "=" + field.value;
        break;
      }
    }
    const RequestHead& head = exchange.request();
    body += "|" + std::string(head.method) + std::string(head.target);
    body += head.has_body() ? "|body" : "|none";
    body += head.takes_trailers ? "|trailers" : "|no trailers";
    seen.push_back(body + "|" + std::string(exchange.request_id().substr(0, 3)));
    exchange.head(204, {});
    exchange.finish({});
  });
  send(
      "POST /one HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\nte: trailers\r\nx-request-id: abc\r\n"
      "transfer-encoding: chunked\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 100 Continue\r\n\r\n");
  send("3\r\nhey\r\n0\r\nsum: 1\r\n\r\nGET /two HTTP/1.1\r\nhost: x\r\nx-request-id: def\r\n\r\n");
  EXPECT_EQ(seen, (std::vector<std::string>{"hey|sum=1|POST/one|body|trailers|abc", "|GET/two|none|no trailers|def"}));
}

TEST_F(Http1ConnectionTest, TakesAnAnswerBackOnlyBeforeItsFirstByteIsWritten) {
  std::vector<bool> taken;
  open([&taken](Exchange& exchange) -> Task<> {
    exchange.head(200, {});
    exchange.data("wrong");
    if (exchange.request().target == "/late") static_cast<void>(co_await exchange.flush());
    taken.push_back(exchange.take_back());
    if (taken.back()) {
      answer_problem(exchange, Error{Code::internal_error, {}});
    } else {
      exchange.abort();
    }
  });
  // The first answer is still in the output when the second is taken back. The first must stay.
  send("GET /a HTTP/1.1\r\nhost: x\r\n\r\nGET /b HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(statuses(), (std::vector<std::string>{"500", "500"}));
  EXPECT_EQ(received().find("wrong"), std::string::npos);
  send("GET /late HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(taken, (std::vector<bool>{true, true, false}));
  EXPECT_EQ(statuses(), std::vector<std::string>{"200"});
  EXPECT_FALSE(peer_.received.ends_with("0\r\n\r\n")) << "a broken body must not look whole";
}

TEST_F(Http1ConnectionTest, ABodyWithoutLengthToHttp10IsBrokenByAReset) {
  open([](Exchange& exchange) -> Task<> {
    exchange.head(200, {});
    exchange.data("half");
    static_cast<void>(co_await exchange.flush());
    exchange.abort();
  });
  send("GET / HTTP/1.0\r\nhost: x\r\n\r\n");
  EXPECT_TRUE(peer_.saw_reset && over_);
}

TEST_F(Http1ConnectionTest, WaitsForASlowReaderAndGoesOn) {
  open([](Exchange& exchange) -> Task<> {
    const std::string body(300'000, 'x');
    exchange.head(200, {});
    exchange.data(body);
    EXPECT_TRUE(co_await exchange.flush());
    exchange.finish({});
  });
  peer_.takes = 10;
  send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(peer_.received.size(), 10U);
  for (int i = 0; i < 10; ++i) {
    stream_->make_room(50'000);
    settle();
  }
  EXPECT_TRUE(peer_.received.ends_with("0\r\n\r\n"));
  peer_.takes = std::string::npos;
  send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(statuses().size(), 2U);
}

TEST_F(Http1ConnectionTest, AReaderThatTakesNothingEndsByTheDeadline) {
  bool written = true;
  open([&written](Exchange& exchange) -> Task<> {
    exchange.head(200, {});
    exchange.data(std::string(1000, 'x'));
    written = co_await exchange.flush();
    exchange.abort();
  });
  peer_.takes = 10;
  send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  pass_deadline();
  EXPECT_FALSE(written);
  EXPECT_TRUE(peer_.saw_end && !over_) << "it may still send, and is listened to for a while";
  pass_deadline();
  EXPECT_TRUE(over_ && peer_.closed);
}

TEST_F(Http1ConnectionTest, AClientThatGoesIsSeenByAHandlerThatWaits) {
  bool gone = false;
  open([&gone](Exchange& exchange) -> Task<> {
    co_await exchange.wait();
    gone = exchange.client_gone();
    exchange.abort();
  });
  send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  send_end();
  EXPECT_TRUE(gone && over_);
}

TEST_F(Http1ConnectionTest, ADrainEndsAnIdleConnectionAfterSilenceAndABusyOneAfterItsAnswer) {
  WakeRef<> waker;
  bool done = false;
  const Handler handler = [&](Exchange& exchange) -> Task<> {
    waker = exchange.waker();
    while (!done) co_await exchange.wait();
    EXPECT_TRUE(exchange.draining());
    exchange.head(204, {});
    exchange.finish({});
  };
  open(handler);
  send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  Stoppable::for_each(loop_.stoppables, [](Stoppable& item) { item.drain(); });
  settle();
  EXPECT_FALSE(over_);
  done = true;
  waker->wake();
  settle();
  EXPECT_NE(peer_.received.find("connection: close\r\n"), std::string::npos);
  send_end();
  EXPECT_TRUE(over_);

  over_ = false;
  peer_ = Peer{};
  open(handler);
  Stoppable::for_each(loop_.stoppables, [](Stoppable& item) { item.drain(); });
  settle();
  EXPECT_FALSE(over_);
  pass_deadline();
  send_end();
  EXPECT_TRUE(over_);
  EXPECT_TRUE(peer_.received.empty());
}

TEST_F(Http1ConnectionTest, AKillEndsARequestUnderWay) {
  bool gone = false;
  open([&gone](Exchange& exchange) -> Task<> {
    while (!exchange.client_gone()) co_await exchange.wait();
    gone = true;
    exchange.abort();
  });
  send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  Stoppable::for_each(loop_.stoppables, [](Stoppable& item) { item.kill(); });
  settle();
  EXPECT_TRUE(gone && over_ && peer_.closed);
}

TEST_F(Http1ConnectionTest, AHeadThatIsNotCompleteInTimeGets408AndAnIdleConnectionNothing) {
  open(answer_with_target);
  send("GET / HTTP/1.1\r\n");
  pass_deadline();
  EXPECT_EQ(statuses(), std::vector<std::string>{"408"});
  send_end();
  EXPECT_TRUE(over_);
  over_ = false;
  peer_ = Peer{};
  open(answer_with_target);
  pass_deadline();  // after this, the connection needs no coroutine
  pass_deadline();
  EXPECT_TRUE(peer_.saw_end && peer_.received.empty());
}

TEST_F(Http1ConnectionTest, AnExceptionOfTheHandlerIsA500) {
  open([](Exchange&) -> Task<> {
    throw std::runtime_error("oh");
    co_return;
  });
  send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(statuses(), std::vector<std::string>{"500"});
}

TEST_F(Http1ConnectionTest, ABodyThatNobodyReadIsReadAwayIfItIsShort) {
  open(answer_with_target);
  send("POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n12345GET /b HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(statuses(), (std::vector<std::string>{"200", "200"}));
  send("POST /c HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n");
  EXPECT_NE(peer_.received.find("connection: close"), std::string::npos);
}

}  // namespace
}  // namespace faasta::http

// NOLINTEND(cppcoreguidelines-avoid-capturing-lambda-coroutines)
