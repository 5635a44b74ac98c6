#pragma once
// An HTTP/2 connection over a scripted stream, with a client in memory at the other end.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/http2/connection.hpp"
#include "unit/http2_client.hpp"
#include "unit/scripted_stream.hpp"

namespace faasta::test {

class Http2ConnectionTest : public testing::Test {
 protected:
  void TearDown() override {
    if (!connection_) return;
    connection_->kill();
    run_loop();
    EXPECT_TRUE(over_);
  }

  void open(http::Handler handler, const Http2Client::Options& options = {}) {
    handler_ = std::move(handler);
    client_.emplace(options);
    auto stream = std::make_unique<ScriptedStream>(peer_, *loop_.context);
    stream_ = stream.get();
    connection_ =
        std::make_shared<http::Http2Connection>(loop_,
                                                http::Opened{std::move(stream),
                                                             {},
                                                             peer_address_,
                                                             http::client_at(asio::ip::make_address("192.0.2.1")),
                                                             std::move(place_)},
                                                options_);
    asio::co_spawn(*loop_.context, run(connection_, handler_), [this](const std::exception_ptr& failed) {
      EXPECT_FALSE(failed);
      over_ = true;
    });
    settle();
  }
  /// Runs the connection each time that it becomes active, as the listener does.
  Task<> run(std::shared_ptr<http::Http2Connection> connection, const http::Handler& handler) {
    for (;;) {
      ++runs_;
      const auto how = co_await connection->run(handler);
      if (how == http::Connection::Ran::ended) co_return;
      co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
          [connection](auto then) { connection->when_active(std::move(then)); }, asio::use_awaitable);
    }
  }
  /// Runs all that is ready on the server's side.
  void run_loop() {
    do loop_.outbox.flush();
    while (loop_.poll_one() || loop_.run_queue.run_one(true));
  }
  /// Passes bytes in both directions until neither side has more bytes.
  void settle() {
    for (;;) {
      const std::string bytes = client_->take();
      peer_.to_server += bytes;
      if (!over_) stream_->arrived();
      run_loop();
      const std::string received = std::exchange(peer_.received, {});
      if (hears_) {
        EXPECT_TRUE(client_->receive(received));
      }
      if (bytes.empty() && received.empty()) return;
    }
  }
  [[nodiscard]] Http2Client::Stream& stream(std::int32_t id) { return client_->streams[id]; }
  /// The code of the last GOAWAY.
  [[nodiscard]] std::optional<std::uint32_t> goaway() const {
    if (client_->goaways.empty()) return std::nullopt;
    return client_->goaways.back().second;
  }
  [[nodiscard]] std::uint64_t refused(http::http2::Refusal refusal) const { return options_.refusals->of(refusal); }
  void close_by_client() {
    peer_.sent_all = true;
    if (!over_) stream_->arrived();
    run_loop();
  }
  /// Lets the connection check its time limits as if this time had passed.
  void look_after(std::chrono::milliseconds time) {
    connection_->look_at_clocks(std::chrono::steady_clock::now() + time);
    settle();
  }

  static Task<> answer_with_target(http::Exchange& exchange) {
    exchange.head(200, {});
    exchange.data(exchange.request().target);
    exchange.finish({});
    co_return;
  }

  http::OpenCount outliving_;
  http::Loop loop_{outliving_};
  http::ConnectionOptions options_;
  http::ConnectionPlaces places_{{.all = 2, .of_network = 1, .requests_per_second = 2}};
  std::unique_ptr<http::ConnectionPlaces::Place> place_;
  asio::ip::address peer_address_;
  Peer peer_;
  http::Handler handler_;
  std::optional<Http2Client> client_;
  ScriptedStream* stream_ = nullptr;
  std::shared_ptr<http::Http2Connection> connection_;
  bool over_ = false;
  int runs_ = 0;       ///< how often run() of the connection was called
  bool hears_ = true;  ///< the client reads the server's bytes
};

}  // namespace faasta::test
