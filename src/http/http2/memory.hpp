#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "http/client_network.hpp"

namespace faasta::http::http2 {

/// Counts the bytes that the HTTP/2 connections of each client network hold. Any thread may use it.
class MemoryByNetwork {
 public:
  using Bytes = std::atomic<std::size_t>;

  /// Returns the counter of `network`. All connections of the network share this counter.
  [[nodiscard]] std::shared_ptr<Bytes> of(const ClientNetwork& network);
  /// How many networks have a counter. The counter of a network is removed some time after its last connection has
  /// ended.
  [[nodiscard]] std::size_t known();

 private:
  std::mutex mutex_;
  std::unordered_map<ClientNetwork, std::weak_ptr<Bytes>> networks_;
  std::size_t prune_at_ = 64;  ///< entries; then the networks without a connection are removed
};

/// Counts the bytes that one connection holds: heads, bodies of requests, and output. These bytes are also counted for
/// the client's network. Used on one thread.
class Memory {
 public:
  /// `network`: the counter of the client's network. Null for a trusted proxy, because it carries requests of many
  /// clients.
  explicit Memory(std::shared_ptr<MemoryByNetwork::Bytes> network) : network_(std::move(network)) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { changed(bytes_, 0); }

  /// Call this when a buffer that held `before` bytes holds `after` bytes now.
  void changed(std::size_t before, std::size_t after) noexcept {
    bytes_ += after - before;
    if (network_ && after != before) network_->fetch_add(after - before, std::memory_order_relaxed);
  }
  /// Whether the connections of the network hold as much memory as they may, and this connection holds more than kShare
  /// of it. Then the connection may not begin a stream or receive more of a body.
  [[nodiscard]] bool is_over_share() const noexcept;
  /// How many more bytes of output the connection may hold. 0 if is_over_share().
  [[nodiscard]] std::size_t room() const noexcept;

 private:
  std::shared_ptr<MemoryByNetwork::Bytes> network_;
  std::size_t bytes_ = 0;
};

}  // namespace faasta::http::http2
