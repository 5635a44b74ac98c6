#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace faasta::gateway {

/// The meaning of a host name: which part of the server it belongs to.
struct Address {
  enum class Kind : std::uint8_t {
    apex,      ///< the base domain itself
    api,       ///< api.<base>
    function,  ///< <name>.<base> or <name>--v<N>.<base>
    unknown,   ///< below the base domain, but with more than one label
    foreign    ///< not below the base domain
  };
  Kind kind = Kind::foreign;
  std::string name;                      ///< only for a function: its name, in lower case
  std::optional<std::uint32_t> version;  ///< only for a function: the N of <name>--v<N>
};

/// Returns the meaning of an authority. `base_domain` is in lower case, without a trailing dot.
[[nodiscard]] Address address_of(std::string_view authority, std::string_view base_domain);

}  // namespace faasta::gateway
