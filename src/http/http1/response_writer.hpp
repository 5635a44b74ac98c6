#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/field.hpp"
#include "http/response_head.hpp"

namespace faasta::http {

/// Writes one HTTP/1.1 response into a buffer. The response is always well-formed: response_head.hpp selects the fields
/// of the head, and this class frames the body (RFC 9112 section 6).
class ResponseWriter {
 public:
  struct Options {
    bool head_request = false;    ///< whether the request's method is HEAD: then the answer has no body
    bool keep_alive = true;       ///< the request allows another request after it
    bool takes_trailers = false;  ///< the request has `te: trailers`
    int minor_version = 1;
    std::string_view hsts = {};  ///< Client::hsts
  };

  ResponseWriter(std::string& out, Options options) : out_(out), options_(options) {}

  void head(std::uint16_t status, std::span<const FieldView> fields, std::string_view request_id);
  /// False if the body is now longer than its content-length: the response is broken.
  [[nodiscard]] bool data(std::string_view bytes);
  /// False if the body is shorter than its content-length: the response is broken.
  [[nodiscard]] bool finish(std::span<const FieldView> trailers);

  [[nodiscard]] bool head_sent() const noexcept { return head_sent_; }
  [[nodiscard]] std::uint64_t body_bytes() const noexcept { return content_.bytes(); }
  /// Whether the body ends where the connection ends, without any other mark (HTTP/1.0).
  [[nodiscard]] bool ends_with_connection() const noexcept { return framing_ == Framing::until_close; }
  /// Whether another request may follow on the connection after this response.
  [[nodiscard]] bool keep_alive() const noexcept { return options_.keep_alive; }
  /// Makes the head announce that the connection will end. No byte of the head may be written yet.
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
