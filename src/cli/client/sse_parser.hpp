#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace faasta::cli {

/// One event of a stream of server-sent events.
struct SseEvent {
  std::string id;  ///< the last one the stream has named
  std::string data;
};

/// Cuts a text/event-stream (WHATWG HTML section 9.2) into events, however the bytes are split on their way.
class SseParser {
 public:
  /// Returns false once a line or event grows beyond 1 MiB; the stream is then of no use.
  [[nodiscard]] bool feed(std::string_view bytes, const std::function<bool(const SseEvent&)>& take);

 private:
  bool take_line(std::string_view line, const std::function<bool(const SseEvent&)>& take);
  std::string line_;
  SseEvent event_;
  bool has_data_ = false;
  bool after_cr_ = false;
};

}  // namespace faasta::cli
