#pragma once
// A stream that a test controls. The test chooses the pieces in which bytes arrive and leave, and their times. With a
// real network, no test could repeat these.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "http/stream.hpp"

namespace faasta::test {

/// The far end of a connection.
struct Peer {
  std::string to_server;                  ///< sent by the peer, and not read yet
  bool sent_all = false;                  ///< no byte follows `to_server`
  std::string received;                   ///< from the server
  std::size_t takes = std::string::npos;  ///< bytes that the peer can take before the server must wait
  bool fails = false;                     ///< writes to the peer fail
  bool saw_end = false;
  bool saw_reset = false;
  bool closed = false;
  std::size_t least = 1;  ///< the server's last await_at_least()
  int wakes = 0;          ///< how often the server's wait for bytes ended
  int acknowledged = 0;   ///< calls of acknowledge()
};

class ScriptedStream final : public http::Stream {
 public:
  ScriptedStream(Peer& peer, asio::io_context& loop) : peer_(peer), loop_(loop), room_(loop) {}

  /// From now on, the stream accepts all bytes, and keeps the bytes that the peer does not take yet. A stream that
  /// encrypts does the same.
  void seal() { seals_ = true; }

  Moved read_now(std::span<char> into) override {
    push();
    const std::size_t bytes = std::min(into.size(), peer_.to_server.size());
    std::copy_n(peer_.to_server.begin(), bytes, into.begin());
    peer_.to_server.erase(0, bytes);
    return {bytes, bytes == 0 && (peer_.sent_all || peer_.closed)};
  }
  void wait_readable(OnReadable done) override {
    ASSERT_FALSE(waiting_);
    waiting_ = std::move(done);
    arrived();
  }
  void await_at_least(int bytes) noexcept override { peer_.least = static_cast<std::size_t>(bytes); }
  void acknowledge() noexcept override { ++peer_.acknowledged; }
  /// Call this after bytes were added to `to_server`, or after `sent_all` was set.
  void arrived() {
    if (!waiting_ || (peer_.to_server.size() < peer_.least && !peer_.sent_all && !peer_.closed)) return;
    ++peer_.wakes;
    end_wait(true);
  }
  Moved write_now(std::string_view bytes) override {
    if (peer_.fails || peer_.closed) return {0, true};
    if (seals_) {
      push();
      if (!sealed_.empty()) return {};
      sealed_ = bytes;
      push();
      return {bytes.size(), false};
    }
    const std::size_t taken = std::min(bytes.size(), peer_.takes);
    peer_.received += bytes.substr(0, taken);
    if (peer_.takes != std::string::npos) peer_.takes -= taken;
    return {taken, false};
  }
  Task<bool> wait_writable() override {
    // As with a socket, the wait ends at once if there is room.
    room_.expires_at(peer_.takes > 0 ? SteadyTime::min() : SteadyTime::max());
    static_cast<void>(co_await room_.async_wait(asio::as_tuple(asio::use_awaitable)));
    co_return !cancelled_ && !peer_.closed;
  }
  /// The peer can now take this many bytes.
  void make_room(std::size_t bytes) {
    peer_.takes = bytes;
    room_.cancel();
  }
  void cancel() override {
    cancelled_ = true;
    room_.cancel();
    if (waiting_) end_wait(false);
  }
  void shut_down() override { peer_.saw_end = true; }
  void reset() override {
    peer_.saw_reset = true;
    close();
  }
  void close() override {
    peer_.closed = true;
    cancel();
  }

 private:
  void end_wait(bool readable) {
    asio::post(loop_, [done = std::exchange(waiting_, nullptr), readable]() mutable { done(readable); });
  }

  void push() {
    const std::size_t taken = std::min(sealed_.size(), peer_.takes);
    peer_.received += sealed_.substr(0, taken);
    sealed_.erase(0, taken);
    if (peer_.takes != std::string::npos) peer_.takes -= taken;
    set_unwritten(sealed_.size());
  }

  Peer& peer_;
  asio::io_context& loop_;
  bool seals_ = false;
  std::string sealed_;
  asio::steady_timer room_;
  OnReadable waiting_;
  bool cancelled_ = false;
};

}  // namespace faasta::test
