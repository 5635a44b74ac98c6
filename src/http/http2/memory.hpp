#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace faasta::http::http2 {

/// Counts the bytes that the HTTP/2 connections of each client network hold. Any thread.
class MemoryByNetwork {
 public:
  using Bytes = std::atomic<std::size_t>;

  /// The count of `network` (client_network.hpp). All connections of the network share it.
  [[nodiscard]] std::shared_ptr<Bytes> of(const std::string& network);
  /// How many networks it knows. A network without a connection is forgotten some time after its last one.
  [[nodiscard]] std::size_t known();

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<Bytes>> networks_;
  std::size_t prune_at_ = 64;  ///< entries; then the networks without a connection are removed
};

/// Counts the bytes that one connection holds: heads, bodies of requests, and output. They count for its network too.
/// One thread.
class Memory {
 public:
  /// Without `network`, the connection counts alone: a trusted proxy carries requests of many clients.
  explicit Memory(std::shared_ptr<MemoryByNetwork::Bytes> network) : network_(std::move(network)) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { changed(bytes_, 0); }

  /// A buffer that held `before` bytes holds `after` bytes now.
  void changed(std::size_t before, std::size_t after) noexcept {
    bytes_ += after - before;
    if (network_ && after != before) network_->fetch_add(after - before, std::memory_order_relaxed);
  }
  /// The network holds as many bytes as it may, and this connection has more than a small share of them (kShare). Then
  /// no stream of the connection may begin, and no body may grow.
  [[nodiscard]] bool is_over_share() const noexcept;
  /// How many more bytes of output the connection may hold; 0 if it is over its share.
  [[nodiscard]] std::size_t room() const noexcept;

 private:
  std::shared_ptr<MemoryByNetwork::Bytes> network_;
  std::size_t bytes_ = 0;
};

}  // namespace faasta::http::http2
