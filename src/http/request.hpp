#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/field.hpp"
#include "base/text.hpp"

namespace faasta::http {

struct HeadLimits {
  std::size_t target_bytes = 16U << 10U;
  std::size_t head_bytes = 64U << 10U;
  std::size_t fields = 128;
};

/// The head of a request, for any protocol. Views point into the connection's copy of the head.
struct RequestHead {
  std::string_view method;
  std::string_view target;        ///< origin form ("/path?query") or "*"
  std::string_view host;          ///< the requested authority; always equal to the host field
  std::vector<FieldView> fields;  ///< without the hop-by-hop fields
  std::optional<std::uint64_t> body_length =
      0;                        ///< in bytes; nothing if the length is unknown until the body has ended
  bool takes_trailers = false;  ///< the request has `te: trailers`

  [[nodiscard]] bool has_body() const noexcept { return body_length != 0; }

  /// Replaces the requested authority in `host` and in the host field.
  void set_host(std::string_view authority);

  /// Returns the value of the first field with this name. `name` must be in lower case.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const;
};

/// Whether a field is for one connection only and is never passed on, even if `connection` does not list it (RFC 9110
/// section 7.6.1).
[[nodiscard]] bool is_hop_by_hop(std::string_view name) noexcept;

/// Whether `text` is a token (RFC 9110 section 5.6.2), as a method or a field name must be.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// Whether `text` is a valid field value: no control characters except HTAB.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

/// Whether the server may use a client's `x-request-id`: 1 to 64 letters, digits, '-', '_' and '.'.
[[nodiscard]] bool is_request_id(std::string_view text) noexcept;

}  // namespace faasta::http
