#pragma once
// The framing gate: it alone decides where a request head ends and how its body is framed, and refuses whatever two
// parsers could read in two ways. RFC 9112 with no leniency (decision 0002). No I/O, no allocation but the field list.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "http/request.hpp"

namespace faasta::http {

/// How the end of a request's body is known (RFC 9112 section 6).
enum class Framing : std::uint8_t { none, length, chunked };

/// A request's head, and what it says of its connection.
struct Http1Head {
  RequestHead request;  ///< with all fields, until drop_fields_of_connection()
  Framing framing = Framing::none;
  int minor_version = 1;
  bool keep_alive = true;
  bool expects_continue = false;
  std::vector<std::string_view> connection_fields;  ///< names that its connection fields list

  /// Takes the fields out that are for the connection alone, and never cross it (RFC 9110 section 7.6.1).
  void drop_fields_of_connection();
};

/// Where the head at the start of `bytes` ends: its length with the empty line, or 0 if it is not all there.
/// `scanned` is what an earlier call has looked at; it is moved on. Fails on bytes that no good head has.
[[nodiscard]] Result<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned, const HeadLimits& limits);

/// Empty lines before the request line that may be skipped: at most one (RFC 9112 section 2.2).
[[nodiscard]] std::size_t leading_empty_line(std::string_view bytes) noexcept;

/// Parses a whole head, with its empty line. Views in the result point into `head`; the target of an absolute form may
/// be rewritten there.
[[nodiscard]] Result<Http1Head> parse_head(std::string& head, const HeadLimits& limits);

}  // namespace faasta::http
