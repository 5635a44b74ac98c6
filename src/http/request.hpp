#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/field.hpp"

namespace faasta::http {

/// How the length of a request body is known (RFC 9112 section 6).
enum class Framing : std::uint8_t { none, length, chunked };

/// A request head whose framing was decided. Views point into the connection's copy of the head.
struct RequestHead {
  std::string_view method;
  std::string_view target;  ///< origin form ("/path?query") or "*"
  std::string_view host;    ///< the authority that is asked, not yet routed; the value of the host field is the same
  std::vector<FieldView> fields;
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;
  int minor_version = 1;
  bool keep_alive = true;
  bool expects_continue = false;
  bool takes_trailers = false;                      ///< te: trailers
  std::vector<std::string_view> connection_fields;  ///< names that its connection fields list

  /// Makes `authority` the one that is asked, in the host field too.
  void set_host(std::string_view authority);

  /// Whether a field of this name is for this connection alone and never crosses it (RFC 9110 section 7.6.1).
  [[nodiscard]] bool ends_here(std::string_view name) const noexcept;

  /// The value of the first field of this name (lower case), if there is one.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const;
};

/// Whether two field names, or two tokens, are the same (ASCII, any case).
[[nodiscard]] bool same_token(std::string_view a, std::string_view b) noexcept;

/// Fields that belong to one connection even if it does not list them.
[[nodiscard]] bool is_hop_by_hop(std::string_view name) noexcept;

/// Whether `text` is a token (RFC 9110 section 5.6.2), and so may be a method or a field name.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// Whether `text` may be a field value: no control characters but HTAB.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

/// Whether a client's `x-request-id` may be taken over: 1 to 64 letters, digits, '-', '_' and '.'.
[[nodiscard]] bool is_request_id(std::string_view text) noexcept;

/// Without leading and trailing SP and HTAB.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

}  // namespace faasta::http
