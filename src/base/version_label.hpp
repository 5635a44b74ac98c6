#pragma once
// The text after `--` in the host name of a function, such as `hello--v3` or `hello--pr-12`. It names one version: by
// the version's number, or by an alias.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace faasta {

/// Returns the label of a version's number: "v3".
[[nodiscard]] std::string label_of(std::uint32_t version);
/// Returns the number in a label such as "v3". Nothing for any other text.
[[nodiscard]] std::optional<std::uint32_t> version_of_label(std::string_view label);
/// Checks that `label` can be an alias: 1 to 20 of a-z, 0-9 and single hyphens, that begins with a letter, does not end
/// in a hyphen, and does not look like the label of a number. So a name with `--` and an alias fits into one DNS label
/// (RFC 1035 section 2.3.4). Fails with alias_invalid.
[[nodiscard]] Result<> check_alias(std::string_view label);

}  // namespace faasta
