#pragma once

#include <cstdint>
#include <optional>

#include "http/exchange.hpp"
#include "http/http1/chunked.hpp"
#include "http/http1/gate.hpp"
#include "http/input.hpp"

namespace faasta::http {

/// Reads the body of one HTTP/1.1 request from its connection's input (RFC 9112 sections 6 and 7).
class Http1Body {
 public:
  explicit Http1Body(const Http1Head& head);

  /// When this many bytes wait in the input for the handler, the server stops reading from the client.
  static constexpr std::size_t kBufferBytes = 64U << 10U;

  void limit(std::uint64_t most) { limit_ = most; }
  /// See Exchange::body().
  [[nodiscard]] BodyPart next(Input& input);

  [[nodiscard]] bool ended() const { return ended_; }
  /// Whether the start of the next request cannot be found: the body is malformed, or it is chunked and over its limit.
  [[nodiscard]] bool has_no_end() const { return broken_ || refused_; }
  /// Whether more of the body is unread than the server would read and drop. Then the connection should end.
  [[nodiscard]] bool leaves_much() const;
  /// From now on, next() returns the rest of the body, so that the caller can drop it. The rest is usually small. But
  /// an answer may have begun while the handler could still read the body. This answer did not announce the end of the
  /// connection, and then the rest can be as long as the body limit.
  void read_away();

 private:
  BodyPart break_off();
  BodyPart next_chunked(Input& input);

  Framing framing_;
  std::uint64_t limit_ = 0;
  std::uint64_t left_;          ///< bytes of the body that have not arrived yet, if there is a content-length
  std::uint64_t received_ = 0;  ///< bytes of content that have arrived
  std::size_t unconsumed_ = 0;  ///< bytes of the last part, which are still in the input
  std::optional<ChunkDecoder> chunks_;
  bool ended_;
  bool broken_ = false;
  bool refused_ = false;
};

}  // namespace faasta::http
