#pragma once
// The framing gate decides where a request's head ends and how its body is framed. No other code decides this. The gate
// refuses all bytes that two parsers could read differently: it follows RFC 9112 without leniency (decision 0002). It
// does no I/O and allocates only the list of fields.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "http/request.hpp"

namespace faasta::http {

/// How the end of a request's body is found (RFC 9112 section 6).
enum class Framing : std::uint8_t { none, length, chunked };

/// A request's head, and the facts in its fields that concern the connection.
struct Http1Head {
  RequestHead request;  ///< has all fields until drop_fields_of_connection() is called
  Framing framing = Framing::none;
  int minor_version = 1;
  bool keep_alive = true;
  bool expects_continue = false;
  std::vector<std::string_view> connection_fields;  ///< the field names listed in its `connection` fields

  /// Removes the hop-by-hop fields, which are for this connection only (RFC 9110 section 7.6.1).
  void drop_fields_of_connection();
};

/// Returns the length of the head at the start of `bytes`, with the empty line at the end of the head. Returns 0 if the
/// head is incomplete. `scanned`: how many bytes earlier calls have checked; this call updates the number. Fails on
/// bytes that cannot be in a head.
[[nodiscard]] Result<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned, const HeadLimits& limits);

/// Returns how many bytes to skip before the request line. At most one empty line is skipped (RFC 9112 section 2.2).
[[nodiscard]] std::size_t leading_empty_line(std::string_view bytes) noexcept;

/// Parses a complete head, with the empty line at its end. Views in the result point into `head`. If the target is in
/// absolute form, this function can change the text of `head`.
[[nodiscard]] Result<Http1Head> parse_head(std::string& head, const HeadLimits& limits);

}  // namespace faasta::http
