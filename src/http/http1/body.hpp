#pragma once

#include <cstdint>
#include <optional>

#include "http/exchange.hpp"
#include "http/http1/chunked.hpp"
#include "http/http1/gate.hpp"
#include "http/input.hpp"

namespace faasta::http {

/// The body of one HTTP/1.1 request, as it comes out of its connection's input (RFC 9112 sections 6 and 7).
class Http1Body {
 public:
  explicit Http1Body(const Http1Head& head);

  /// Bytes that may wait in the input for the handler. Beyond them the client is held back.
  static constexpr std::size_t kBufferBytes = 64U << 10U;

  void limit(std::uint64_t most) { limit_ = most; }
  /// As Exchange::body().
  [[nodiscard]] BodyPart next(Input& input);

  [[nodiscard]] bool ended() const { return ended_; }
  /// Nobody knows where the next request would begin: the body is malformed, or it is in chunks and over its limit.
  [[nodiscard]] bool has_no_end() const { return broken_ || refused_; }
  /// Whether so much of it is left that the connection is better ended than read on.
  [[nodiscard]] bool leaves_much() const;
  /// Lets the bytes that the handler left be read away. Mostly they are few. They may be all that the handler would
  /// have taken, if the answer began before it was known that nobody would read them: then its head did not announce
  /// the end of the connection.
  void read_away();

 private:
  BodyPart break_off();
  BodyPart next_chunked(Input& input);

  Framing framing_;
  std::uint64_t limit_ = 0;
  std::uint64_t left_;          ///< of a body with a content-length
  std::uint64_t received_ = 0;  ///< bytes of content, up to now
  std::size_t unconsumed_ = 0;  ///< bytes of the last part, which are still in the input
  std::optional<ChunkDecoder> chunks_;
  bool ended_;
  bool broken_ = false;
  bool refused_ = false;
};

}  // namespace faasta::http
