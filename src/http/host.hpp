#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace faasta::http {

/// Whether `text` is a host name or address literal with an optional port, as a host field may hold (RFC 9110 7.2).
[[nodiscard]] bool is_authority(std::string_view text) noexcept;

/// Whom an address of this server is for.
struct Route {
  enum class Kind : std::uint8_t {
    apex,      ///< the base domain itself
    api,       ///< api.<base>
    function,  ///< <name>.<base> or <name>--v<N>.<base>
    unknown,   ///< below the base domain, but nothing's: more than one label
    foreign    ///< not below the base domain
  };
  Kind kind = Kind::foreign;
  std::string name;                      ///< function: the name, in lower case
  std::optional<std::uint32_t> version;  ///< function: the N of a version address
};

/// Routes by the host field alone: lower-cased, port and one trailing dot stripped.
/// `base_domain` is in lower case and without a trailing dot.
[[nodiscard]] Route route(std::string_view host, std::string_view base_domain);

}  // namespace faasta::http
