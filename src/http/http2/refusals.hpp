#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace faasta::http::http2 {

/// The reason why a request was refused, or why a stream or a connection ended: the limit of limits.hpp that was
/// reached. The metric faasta_http2_refusals_total counts each reason.
enum class Refusal : std::uint8_t {
  streams,
  requests,
  head,        ///< the head of one request is too large
  heads,       ///< the heads of all requests of a connection are too large
  head_flood,  ///< a head has far too many fields, or the heads of one read have far too much text
  client_resets,
  own_resets,
  continuations,
  settings,
  acks,
  idle_frames,
  glitches,
  memory,  ///< the connections of one client network hold too much memory
  stalled,
  settings_ack,
  slow_head,
  write_stall,
  protocol  ///< this is no limit: the client broke a rule of RFC 9113
};

/// Counts how often each refusal happened, on all connections of a listener. Any thread may use it.
class RefusalCounts {
 public:
  /// The values of the metric's label, in the order of Refusal.
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"streams", "requests", "head", "heads", "head_flood", "client_resets", "own_resets", "continuations", "settings",
       "acks", "idle_frames", "glitches", "memory", "stalled", "settings_ack", "slow_head", "write_stall", "protocol"});
  static_assert(kNames.size() == static_cast<std::size_t>(Refusal::protocol) + 1);

  void add(Refusal refusal) noexcept {
    counts_.at(static_cast<std::size_t>(refusal)).fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t of(std::size_t index) const noexcept {
    return counts_.at(index).load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t of(Refusal refusal) const noexcept { return of(static_cast<std::size_t>(refusal)); }

 private:
  std::array<std::atomic<std::uint64_t>, kNames.size()> counts_{};
};

}  // namespace faasta::http::http2
