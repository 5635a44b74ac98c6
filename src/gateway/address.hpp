#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace faasta::gateway {

/// The meaning of a host name: which part of the server it belongs to.
struct Address {
  enum class Kind : std::uint8_t {
    apex,      ///< the base domain itself
    api,       ///< api.<base>
    function,  ///< <name>.<base> or <name>--<label>.<base>
    unknown,   ///< below the base domain, but with more than one label
    foreign    ///< not below the base domain
  };
  Kind kind = Kind::foreign;
  std::string name{};   ///< only for a function: its name, in lower case
  std::string label{};  ///< only for a function: the label of a version (base/version_label); empty: the live version
};

/// Returns the meaning of an authority. `base_domain` is in lower case, without a trailing dot.
[[nodiscard]] Address address_of(std::string_view authority, std::string_view base_domain);

}  // namespace faasta::gateway
