#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "metrics/call_metrics.hpp"

namespace faasta::metrics {

/// An outgoing request of a call.
struct SentRequest {
  std::uint64_t began_us = 0;  ///< from the first byte of the call's request
  std::uint64_t took_us = 0;   ///< until the head of the answer, or until it was clear that none comes
  bool has_ended = false;      ///< false: neither had happened when the call ended
  std::uint16_t status = 0;    ///< of the answer; 0: there is none
  std::string origin;          ///< scheme, host and port, cut to 64 bytes
};

/// A call that has ended. The texts are views.
struct EndedCall {
  std::string_view request_id, method, target;
  FunctionId function{};
  std::uint32_t version = 0;
  std::string_view outcome;  ///< a literal
  CallRecord record;
};

/// How the time of one call was spent.
struct Trace {
  std::string request_id;
  std::uint32_t version = 0;
  SystemTime ended;
  std::string method, path;  ///< the path has no query, and is cut to 64 bytes
  std::string_view outcome;  ///< a literal
  CallRecord record;
  std::vector<SentRequest> sent;
};

/// Makes the trace of a call that has ended now.
[[nodiscard]] Trace trace_of(const EndedCall& call, std::vector<SentRequest> sent);

/// The traces of the last calls of all functions. The number of calls limits the memory: about 400 bytes for each, and
/// 2 KB more for 16 outgoing requests. Any thread may use it.
class TraceRing {
 public:
  /// `calls`: how many calls are kept; 0: none.
  explicit TraceRing(std::size_t calls) : entries_(calls) {}

  [[nodiscard]] bool is_off() const noexcept { return entries_.empty(); }
  /// `sent`: the outgoing requests of the call.
  void add(const EndedCall& call, std::vector<SentRequest> sent);
  /// Returns the newest trace of the function; `request_id`: the newest one of this request. Takes a while if there is
  /// none: do not call it on an event loop.
  [[nodiscard]] std::optional<Trace> find(FunctionId function, std::optional<std::string_view> request_id) const;

 private:
  /// One call. Texts have a fixed size, so that a call without outgoing requests allocates nothing here.
  struct Entry {
    FunctionId function{};
    std::uint32_t version = 0;
    SystemTime ended;
    std::array<char, 64> request_id{};
    std::array<char, 64> path{};
    std::array<char, 8> method{};
    std::string_view outcome;
    CallRecord record;
    std::vector<SentRequest> sent;
  };
  [[nodiscard]] static Trace trace_of(const Entry& entry);

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::size_t next_ = 0;
};

}  // namespace faasta::metrics
