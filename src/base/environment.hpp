#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace faasta {

/// The environment variables of a function: names and values.
using Variables = std::map<std::string, std::string, std::less<>>;

/// A function has at most this many variables; its secrets have the same limit.
inline constexpr std::size_t kMostVariables = 100;
/// The largest value of a variable or secret, in bytes.
inline constexpr std::size_t kMostValueBytes = 32U << 10U;
/// The names and values of all variables of a function have at most this many bytes together; its secrets have the same
/// limit.
inline constexpr std::size_t kMostEnvironmentBytes = 64U << 10U;

/// Checks the name of a variable or secret: a letter or `_`, then at most 127 letters, digits and `_`. The beginning
/// `FAASTA_` is reserved for variables of the server. Server and CLI use the same checks. Fails with env_invalid.
[[nodiscard]] Result<> check_variable_name(std::string_view name);
/// Checks a value: UTF-8 without a NUL, at most kMostValueBytes. `name`: for the error's text. Fails with env_invalid.
[[nodiscard]] Result<> check_value(std::string_view name, std::string_view value);
/// Checks all names and values, and their number and size together. Fails with env_invalid.
[[nodiscard]] Result<> check_variables(const Variables& variables);

}  // namespace faasta
