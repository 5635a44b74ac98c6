#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace faasta::cli {

/// One event of a stream of server-sent events.
struct SseEvent {
  std::string id;  ///< the last id in the stream so far
  std::string data;
};

/// Splits a text/event-stream (WHATWG HTML section 9.2) into events. The bytes can arrive in pieces of any size.
class SseParser {
 public:
  /// The last id of the stream, also of an event without data: the place up to which everything has arrived.
  [[nodiscard]] const std::string& last_id() const noexcept { return last_id_; }
  /// Calls `take` for each complete event. Returns false if a line or an event is longer than 1 MiB; do not use the
  /// parser after that.
  [[nodiscard]] bool feed(std::string_view bytes, const std::function<bool(const SseEvent&)>& take);

 private:
  bool take_line(std::string_view line, const std::function<bool(const SseEvent&)>& take);
  std::string line_;
  SseEvent event_;
  std::string last_id_;
  bool has_data_ = false;
  bool after_cr_ = false;
};

}  // namespace faasta::cli
