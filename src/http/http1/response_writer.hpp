#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/field.hpp"
#include "http/response_head.hpp"

namespace faasta::http {

/// Serialises one HTTP/1.1 response into a buffer, and sees to it that it is well-formed whatever the handler gives:
/// its head is as http/response_head makes it, and the body is framed as RFC 9112 section 6 says.
class ResponseWriter {
 public:
  struct Options {
    bool head_request = false;    ///< the answer to HEAD has no body
    bool keep_alive = true;       ///< what the request allows
    bool takes_trailers = false;  ///< te: trailers
    int minor_version = 1;
  };

  ResponseWriter(std::string& out, Options options) : out_(out), options_(options) {}

  void head(std::uint16_t status, std::span<const FieldView> fields, std::string_view request_id);
  /// False if this is more than the content-length: the response is then broken.
  [[nodiscard]] bool data(std::string_view bytes);
  /// False if less than the content-length was given: the response is then broken.
  [[nodiscard]] bool finish(std::span<const FieldView> trailers);

  [[nodiscard]] bool head_sent() const noexcept { return head_sent_; }
  [[nodiscard]] std::uint64_t body_bytes() const noexcept { return content_.bytes(); }
  /// Whether only the end of the connection ends the body (HTTP/1.0).
  [[nodiscard]] bool ends_with_connection() const noexcept { return framing_ == Framing::until_close; }
  /// Whether another request may follow on the connection, once the response is finished.
  [[nodiscard]] bool keep_alive() const noexcept { return options_.keep_alive; }
  /// The connection will end after the response: its head says so. The head must still be in the buffer, unwritten.
  void announce_close();

 private:
  enum class Framing : std::uint8_t { no_body, length, chunked, until_close };

  void choose_framing(const ResponseHead& head);
  void field(std::string_view name, std::string_view value);

  std::string& out_;
  Options options_;
  Framing framing_ = Framing::no_body;
  std::size_t head_end_ = 0;  ///< where in the buffer the last empty line of the head begins
  ContentCount content_;
  bool head_sent_ = false;
};

[[nodiscard]] std::string_view reason_phrase(std::uint16_t status) noexcept;

}  // namespace faasta::http
