// How much memory a connection and the connections of one client network hold.

#include <algorithm>
#include <string>
#include <vector>

#include "http/http2/connection.hpp"
#include "http/http2/limits.hpp"
#include "unit/http2_connection.hpp"

// NOLINTBEGIN(cppcoreguidelines-avoid-capturing-lambda-coroutines): a test's handler outlives its coroutines

namespace faasta::http {
namespace {

using http2::Refusal;
using test::Http2Client;

class Http2MemoryTest : public test::Http2ConnectionTest {
 protected:
  /// Returns the bytes that the connections of the test's client hold.
  [[nodiscard]] http2::MemoryByNetwork::Bytes& held() { return *network_; }
  /// A request with a body that makes the connection hold more than its share. So the connection must wait if its
  /// network is full.
  std::int32_t hold_more_than_share() {
    const auto id = client_->post(Http2Client::get("/holds", "POST"), std::string(http2::kShare, 'x') + "more", false);
    settle();
    // The window of a stream is smaller than a share, so a second body is needed.
    client_->post(Http2Client::get("/holds", "POST"), std::string(http2::kShare, 'x'), false);
    settle();
    EXPECT_GT(held(), http2::kShare);
    return id;
  }
  /// Answers requests to /holds only when their client is gone, and all others with their target.
  static Task<> hold(Exchange& exchange) {
    if (exchange.request().target != "/holds") co_return co_await answer_with_target(exchange);
    while (!exchange.client_gone()) co_await exchange.wait();
  }

  /// Each request gets an answer of 100 KB, and the client opens no window for it. Counts the handlers that ran.
  void open_for_large_answers() {
    open(
        [this](Exchange& exchange) -> Task<> {
          ++answered_;
          exchange.head(200, {});
          exchange.data(std::string(100'000, 'x'));
          exchange.finish({});
          co_return;
        },
        {.window = 0});
  }
  int answered_ = 0;

  static std::vector<Field> with_large_head() {
    auto head = Http2Client::get();
    for (int i = 0; i < 7; ++i) head.push_back({"f" + std::to_string(i), std::string(10'000, 'v')});
    return head;
  }

 private:
  std::shared_ptr<http2::MemoryByNetwork::Bytes> network_ =
      options_.memory->of(ClientNetwork(asio::ip::make_address("192.0.2.1")));
};

/// Answers of 100 KiB wait for a client that opens no window: no more handlers begin than memory allows.
TEST_F(Http2MemoryTest, AnswersThatWaitHoldHandlersBack) {
  open_for_large_answers();
  for (int i = 0; i < 100; ++i) client_->ask();
  settle();
  EXPECT_LE(answered_, 16);
  EXPECT_GE(answered_, 6);
  // The other handlers begin when the client takes the answers, in any order.
  for (int i = 0; i < 100; ++i) client_->give_window(2 * i + 1, 100'000);
  client_->give_window(0, 100 * 100'000);
  settle();
  EXPECT_EQ(answered_, 100);
  for (const auto& [id, stream] : client_->streams) EXPECT_TRUE(stream.ended && stream.body.size() == 100'000) << id;
}

/// A client resets the streams with waiting answers. Its next requests are answered.
TEST_F(Http2MemoryTest, AnswersThatAreResetHoldNothingBack) {
  open_for_large_answers();
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(client_->ask());
  settle();
  const int before = answered_;
  for (int i = 0; i < before; ++i) client_->reset(ids[static_cast<std::size_t>(i)]);
  settle();
  EXPECT_GT(answered_, before);
}

/// Each handler writes an endless answer, as fast as the exchange takes bytes. The client reads no byte.
TEST_F(Http2MemoryTest, TheOutputOfAHundredStreamsHasABound) {
  std::size_t began = 0;
  std::vector<std::size_t> queued;
  open(
      [&](Exchange& exchange) -> Task<> {
        ++began;
        exchange.head(200, {});
        // All handlers begin before the first byte of an answer has to wait.
        while (began < http2::kStreams) {
          exchange.waker()->wake();
          co_await exchange.wait();
        }
        while (exchange.room() > 0) exchange.data(std::string(std::min<std::size_t>(exchange.room(), 64U << 10U), 'x'));
        queued.push_back(exchange.queued());
        static_cast<void>(co_await exchange.flush());
        exchange.abort();
      },
      {.window = 0});
  for (std::uint32_t i = 0; i < http2::kStreams; ++i) client_->ask();
  settle();
  ASSERT_EQ(queued.size(), http2::kStreams);
  EXPECT_EQ(std::ranges::max(queued), Exchange::kMostQueued);
  EXPECT_EQ(std::ranges::min(queued), http2::kLeastOutput) << "each stream can go on";
  EXPECT_LE(held(), http2::kMemory + http2::kStreams * (http2::kLeastOutput + 400) + Exchange::kMostQueued / 8);
  for (std::uint32_t i = 0; i < http2::kStreams; ++i) client_->reset(static_cast<std::int32_t>(2 * i + 1));
  settle();
  EXPECT_LT(held(), 4U << 10U) << "all is given back";
}

/// No handler takes the bodies. The window of the connection limits them, and a buffer is not much larger than the
/// bytes in it.
TEST_F(Http2MemoryTest, BodiesThatNobodyTakesHaveABound) {
  std::vector<WakeRef<>> wakers;
  bool done = false;
  open([&](Exchange& exchange) -> Task<> {
    wakers.push_back(exchange.waker());
    while (!done) co_await exchange.wait();
    exchange.abort();
  });
  for (int i = 0; i < 100; ++i)
    client_->post(Http2Client::get("/", "POST"), std::string(33'000 + 100 * static_cast<std::size_t>(i), 'x'), false);
  settle();
  EXPECT_GT(held(), 750'000U);
  EXPECT_LT(held(), http2::kConnectionWindow / 8 * 9 + 20'000);
  done = true;
  for (const auto& waker : wakers) waker->wake();
  settle();
}

TEST_F(Http2MemoryTest, AConnectionOverItsShareOfAFullNetworkGetsNoNewStreams) {
  open(hold);
  hold_more_than_share();
  held() += http2::kNetworkMemory;
  const auto id = client_->ask();
  settle();
  EXPECT_EQ(stream(id).reset, NGHTTP2_REFUSED_STREAM);
  EXPECT_EQ(refused(Refusal::memory), 1U);
  EXPECT_EQ(refused(Refusal::streams), 0U);
  held() -= http2::kNetworkMemory;
  const auto later = client_->ask();
  settle();
  EXPECT_TRUE(stream(later).ended);
}

/// One client of a network cannot shut out the other clients.
TEST_F(Http2MemoryTest, AConnectionThatHoldsLittleGoesOnInAFullNetwork) {
  open(answer_with_target);
  held() += http2::kNetworkMemory;
  const auto id = client_->ask();
  settle();
  EXPECT_TRUE(stream(id).ended);
  held() -= http2::kNetworkMemory;
}

/// Another client may hold the memory, so these resets do not count as the fault of this client.
TEST_F(Http2MemoryTest, ManyRefusalsOfAFullNetworkDoNotEndTheConnection) {
  open(hold);
  hold_more_than_share();
  held() += http2::kNetworkMemory;
  for (int i = 0; i < 300; ++i) {
    client_->ask();
    settle();
  }
  EXPECT_EQ(refused(Refusal::memory), 300U);
  EXPECT_FALSE(goaway());
  held() -= http2::kNetworkMemory;
}

TEST_F(Http2MemoryTest, ABodyThatGrowsInAFullNetworkEndsItsStream) {
  open(hold);
  const auto id = client_->post(Http2Client::get("/holds", "POST"), "begins", false);
  hold_more_than_share();
  EXPECT_FALSE(stream(id).reset);
  held() += http2::kNetworkMemory;
  client_->send_more(id, "more", false);
  settle();
  EXPECT_EQ(stream(id).reset, NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_EQ(refused(Refusal::memory), 1U);
  EXPECT_FALSE(goaway());
  held() -= http2::kNetworkMemory;
}

/// Unsent answers use all memory of the connection. A new request waits for free memory, but only for a limited time.
TEST_F(Http2MemoryTest, ARequestWaitsForMemoryOnlyForAWhile) {
  open_for_large_answers();
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 16; ++i) ids.push_back(client_->ask());
  settle();
  const int began = answered_;
  ASSERT_LT(began, 16);
  look_after(std::chrono::seconds(9));
  EXPECT_FALSE(stream(ids.back()).reset);
  look_after(std::chrono::seconds(11));
  EXPECT_EQ(stream(ids.back()).reset, NGHTTP2_REFUSED_STREAM);
  EXPECT_EQ(refused(Refusal::memory), static_cast<std::uint64_t>(16 - began));
  EXPECT_EQ(answered_, began);
}

/// Idle streams keep some memory for their buffers. This memory must not stop the next request.
TEST_F(Http2MemoryTest, IdleStreamsHoldLittle) {
  open([](Exchange& exchange) -> Task<> {
    if (exchange.request().target != "/events") co_return co_await answer_with_target(exchange);
    exchange.head(200, {});
    exchange.data(std::string(16'000, 'x'));
    static_cast<void>(co_await exchange.flush());
    while (!exchange.client_gone()) co_await exchange.wait();
  });
  for (int i = 0; i < 99; ++i) client_->ask("/events");
  settle();
  std::size_t got = 0;
  for (const auto& [one, each] : client_->streams) got += each.body.size();
  EXPECT_EQ(got, 99U * 16'000U);
  const auto id = client_->ask();
  settle();
  EXPECT_TRUE(stream(id).ended);
  EXPECT_LT(held(), 250'000U);
}

TEST_F(Http2MemoryTest, WhatEndsGivesItsMemoryBack) {
  open([](Exchange& exchange) -> Task<> {
    if (exchange.request().target == "/holds") co_return co_await hold(exchange);
    exchange.limit_body(20'000);
    const std::string large(30'000, 'v');
    const std::vector<FieldView> fields{{"large", large}};
    while (!exchange.client_gone()) {
      const auto part = exchange.body();
      if (part.kind == BodyPart::Kind::pending) {
        co_await exchange.wait();
      } else if (part.kind != BodyPart::Kind::data) {
        break;
      }
    }
    exchange.head(200, fields);
    exchange.data("answer");
    if (exchange.request().target == "/back") EXPECT_TRUE(exchange.take_back());
    const std::vector<FieldView> trailers{{"sum", large}};
    if (exchange.request().target == "/trailers") exchange.finish(trailers);
    if (exchange.request().target == "/whole") exchange.finish({});
  });
  for (const char* target : {"/whole", "/trailers", "/back", "/aborted"}) {
    client_->ask(target);
    settle();
    client_->post(Http2Client::get(target, "POST"), "body", true, {{"t", "v"}});
    settle();
    client_->post(Http2Client::get(target, "POST"), std::string(40'000, 'x'), true);  // too large
    settle();
    const auto broken = client_->post(Http2Client::get(target, "POST"), std::string(10'000, 'x'), false);
    settle();
    client_->reset(broken);
    settle();
    EXPECT_EQ(held(), 0U) << target;
  }
  client_->ask(with_large_head());
  settle();
  EXPECT_EQ(held(), 0U) << "a head that is refused";
  client_->post(Http2Client::get("/holds", "POST"), std::string(10'000, 'x'), false);
  settle();
  EXPECT_GT(held(), 10'000U);
  connection_->kill();
  run_loop();
  EXPECT_EQ(held(), 0U);
}

/// The head of an answer may be larger than nghttp2's default limit.
TEST_F(Http2MemoryTest, AnAnswerMayHaveALargeHead) {
  open([](Exchange& exchange) -> Task<> {
    const std::string large(50'000, 'v');  // nghttp2's client takes no field of more than 64 KiB
    const std::vector<FieldView> fields{{"one", large}, {"two", large}};
    exchange.head(200, fields);
    exchange.finish({});
    co_return;
  });
  const auto id = client_->ask();
  settle();
  EXPECT_TRUE(stream(id).ended);
  EXPECT_EQ(stream(id).status, 200);
}

/// The tables of a connection stay while it is idle. So they get only fields that a later answer may repeat.
TEST_F(Http2MemoryTest, FieldsThatChangeStayOutOfTheTables) {
  std::vector<FieldView> fields{{"date", "Mon, 30 Nov 2026 15:00:00 GMT"}, {"server-timing", "run;dur=1"}};
  open([&fields](Exchange& exchange) -> Task<> {
    exchange.head(200, fields);
    exchange.finish({});
    co_return;
  });
  client_->ask();
  settle();
  EXPECT_EQ(client_->table_size(), 0U);
  fields.push_back({"x-kept", "1"});
  client_->ask();
  settle();
  EXPECT_EQ(client_->table_size(), 32 + std::string_view("x-kept1").size());
}

/// Over TLS, a read may also write the bytes that the stream had kept. After that, the connection is idle. Then it is
/// used again.
TEST_F(Http2MemoryTest, AnIdleConnectionWhoseLastBytesAReadHasWritten) {
  open(answer_with_target);
  stream_->seal();
  peer_.takes = 10;
  const auto first = client_->ask("/first");
  settle();
  EXPECT_FALSE(stream(first).ended);
  peer_.takes = std::string::npos;  // the connection waits for room in the stream and is not woken
  client_->raw(NGHTTP2_PING, 0, 0, "12345678");
  settle();
  EXPECT_TRUE(stream(first).ended);
  for (int second = 2; second < 6; ++second) look_after(std::chrono::seconds(second));
  EXPECT_FALSE(over_);
  const auto next = client_->ask("/next");
  settle();
  EXPECT_EQ(stream(next).body, "/next");
}

/// All clients behind a trusted proxy have the proxy's address. Their memory is not added up.
TEST_F(Http2MemoryTest, ATrustedProxyIsNotCounted) {
  const std::vector<std::string> networks{"192.0.2.0/24"};
  options_.trusted = *TrustedProxies::parse(networks, "example.com");
  peer_address_ = asio::ip::make_address("192.0.2.1");
  held() = http2::kNetworkMemory;
  open(answer_with_target);
  const auto id = client_->ask();
  settle();
  EXPECT_TRUE(stream(id).ended);
}

TEST(MemoryByNetwork, ForgetsNetworksWithoutConnections) {
  http2::MemoryByNetwork networks;
  const ClientNetwork one(asio::ip::make_address("192.0.2.1"));
  const auto kept = networks.of(one);
  *kept = 7;
  for (int i = 0; i < 1000; ++i)
    static_cast<void>(networks.of(ClientNetwork(asio::ip::address_v4(static_cast<std::uint32_t>(i)))));
  EXPECT_EQ(networks.of(one), kept);
  EXPECT_LT(networks.known(), 200U);
}

}  // namespace
}  // namespace faasta::http

// NOLINTEND(cppcoreguidelines-avoid-capturing-lambda-coroutines)
