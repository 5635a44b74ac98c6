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
  /// What the connections of the test's client hold.
  [[nodiscard]] http2::MemoryByNetwork::Bytes& held() { return *network_; }

 private:
  std::shared_ptr<http2::MemoryByNetwork::Bytes> network_ = options_.memory->of("192.0.2.1");
};

/// Answers of 100 KiB wait for a client that opens no window: no more handlers begin than memory allows.
TEST_F(Http2MemoryTest, AnswersThatWaitHoldHandlersBack) {
  int answered = 0;
  open(
      [&answered](Exchange& exchange) -> Task<> {
        ++answered;
        exchange.head(200, {});
        exchange.data(std::string(100'000, 'x'));
        exchange.finish({});
        co_return;
      },
      {.window = 0});
  for (int i = 0; i < 100; ++i) client_->ask();
  settle();
  EXPECT_LE(answered, 16);
  EXPECT_GE(answered, 6);
  // They go on as the client takes the answers, in whatever order.
  for (int i = 0; i < 100; ++i) client_->give_window(2 * i + 1, 100'000);
  client_->give_window(0, 100 * 100'000);
  settle();
  EXPECT_EQ(answered, 100);
  for (const auto& [id, stream] : client_->streams) EXPECT_TRUE(stream.ended && stream.body.size() == 100'000) << id;
}

/// A client that resets the streams whose answers wait gets its next requests answered.
TEST_F(Http2MemoryTest, AnswersThatAreResetHoldNothingBack) {
  int answered = 0;
  open(
      [&answered](Exchange& exchange) -> Task<> {
        ++answered;
        exchange.head(200, {});
        exchange.data(std::string(100'000, 'x'));
        exchange.finish({});
        co_return;
      },
      {.window = 0});
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(client_->ask());
  settle();
  const int before = answered;
  for (int i = 0; i < before; ++i) client_->reset(ids[static_cast<std::size_t>(i)]);
  settle();
  EXPECT_GT(answered, before);
}

/// Handlers of endless answers, which write as much as there is room for, and a client that takes nothing.
TEST_F(Http2MemoryTest, TheOutputOfAHundredStreamsHasABound) {
  std::size_t began = 0;
  std::vector<std::size_t> queued;
  open(
      [&](Exchange& exchange) -> Task<> {
        ++began;
        exchange.head(200, {});
        // All handlers have begun before the first byte waits.
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
  EXPECT_LE(held(), http2::kMemory + http2::kStreams * (http2::kLeastOutput + 100) + Exchange::kMostQueued);
  for (std::uint32_t i = 0; i < http2::kStreams; ++i) client_->reset(static_cast<std::int32_t>(2 * i + 1));
  settle();
  EXPECT_LT(held(), 4U << 10U) << "all is given back";
}

/// Bodies that no handler takes: the window of the connection bounds them, and no buffer is much larger than its bytes.
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
  EXPECT_GT(held(), 1'000'000U);
  EXPECT_LT(held(), 1'250'000U);
  done = true;
  for (const auto& waker : wakers) waker->wake();
  settle();
}

TEST_F(Http2MemoryTest, ANetworkThatHoldsAllItMayGetsNoNewStreams) {
  open(answer_with_target);
  held() += http2::kNetworkMemory;
  const auto id = client_->ask();
  settle();
  EXPECT_EQ(stream(id).reset, NGHTTP2_REFUSED_STREAM);
  EXPECT_EQ(refused(Refusal::memory), 1U);
  held() -= http2::kNetworkMemory;
  const auto later = client_->ask();
  settle();
  EXPECT_TRUE(stream(later).ended);
}

TEST_F(Http2MemoryTest, ABodyThatGrowsInAFullNetworkEndsItsStream) {
  open([](Exchange& exchange) -> Task<> {
    while (!exchange.client_gone()) co_await exchange.wait();
  });
  const auto id = client_->post(Http2Client::get("/", "POST"), "begins", false);
  settle();
  EXPECT_FALSE(stream(id).reset);
  held() += http2::kNetworkMemory;
  client_->send_more(id, "more", false);
  settle();
  EXPECT_EQ(stream(id).reset, NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_EQ(refused(Refusal::memory), 1U);
  EXPECT_FALSE(goaway());
}

/// All clients behind a trusted proxy have its address: they do not count together.
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
  const auto kept = networks.of("192.0.2.1");
  *kept = 7;
  for (int i = 0; i < 1000; ++i) static_cast<void>(networks.of(std::to_string(i)));
  EXPECT_EQ(networks.of("192.0.2.1"), kept);
  EXPECT_LT(networks.known(), 200U);
}

}  // namespace
}  // namespace faasta::http

// NOLINTEND(cppcoreguidelines-avoid-capturing-lambda-coroutines)
