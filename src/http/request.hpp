#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/field.hpp"

namespace faasta::http {

struct HeadLimits {
  std::size_t target_bytes = 16U << 10U;
  std::size_t head_bytes = 64U << 10U;
  std::size_t fields = 128;
};

/// What a request asks, whatever protocol it came by. Views point into the connection's copy of the head.
struct RequestHead {
  std::string_view method;
  std::string_view target;  ///< origin form ("/path?query") or "*"
  std::string_view host;    ///< the authority that is asked, not yet routed; the value of the host field is the same
  std::vector<FieldView> fields;                 ///< handlers do not see those that are for the connection alone
  std::optional<std::uint64_t> body_length = 0;  ///< in bytes; nothing: it is known when the body has ended
  bool takes_trailers = false;                   ///< te: trailers

  [[nodiscard]] bool has_body() const noexcept { return body_length != 0; }

  /// Makes `authority` the one that is asked, in the host field too.
  void set_host(std::string_view authority);

  /// The value of the first field of this name (lower case), if there is one.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const;
};

/// Whether two field names, or two tokens, are the same (ASCII, any case).
[[nodiscard]] bool same_token(std::string_view a, std::string_view b) noexcept;

/// Fields that are for one connection alone, and never cross it, even if it does not list them (RFC 9110
/// section 7.6.1).
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
