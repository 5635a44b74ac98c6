#include "base/environment.hpp"

#include <algorithm>

#include "base/printable.hpp"
#include "base/propagate.hpp"

namespace faasta {
namespace {

constexpr std::size_t kMostNameBytes = 128;
constexpr std::string_view kReserved = "FAASTA_";

bool begins_a_name(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }
bool continues_a_name(char c) { return begins_a_name(c) || (c >= '0' && c <= '9'); }

/// Returns the name as an error shows it.
std::string shown(std::string_view name) { return "'" + printable_line(name.substr(0, kMostNameBytes)) + "'"; }

}  // namespace

Result<> check_variable_name(std::string_view name) {
  if (name.empty()) return fail(Code::env_invalid, "a name is empty");
  if (name.size() > kMostNameBytes)
    return fail(Code::env_invalid, shown(name) + "... has more than " + std::to_string(kMostNameBytes) + " characters");
  if (!begins_a_name(name.front()) || !std::ranges::all_of(name, continues_a_name))
    return fail(Code::env_invalid,
                shown(name) + " has characters other than letters, digits and `_`, or begins with a digit");
  if (name.starts_with(kReserved))
    return fail(Code::env_invalid,
                shown(name) + ": names that begin with " + std::string(kReserved) + " are the server's");
  return {};
}

Result<> check_value(std::string_view name, std::string_view value) {
  if (value.size() > kMostValueBytes) {
    return fail(Code::env_invalid, "the value of " + shown(name) + " has " + std::to_string(value.size()) + " bytes; " +
                                       std::to_string(kMostValueBytes) + " are allowed");
  }
  if (value.contains('\0') || !is_utf8(value))
    return fail(Code::env_invalid, "the value of " + shown(name) + " is not UTF-8 text, or contains a NUL");
  return {};
}

Result<> check_variables(const Variables& variables) {
  if (variables.size() > kMostVariables) {
    return fail(Code::env_invalid,
                std::to_string(variables.size()) + " variables; " + std::to_string(kMostVariables) + " are allowed");
  }
  std::size_t bytes = 0;
  for (const auto& [name, value] : variables) {
    RETURN_IF_ERROR(check_variable_name(name));
    RETURN_IF_ERROR(check_value(name, value));
    bytes += name.size() + value.size();
  }
  if (bytes > kMostEnvironmentBytes) {
    return fail(Code::env_invalid, "the variables have " + std::to_string(bytes) + " bytes; " +
                                       std::to_string(kMostEnvironmentBytes) + " are allowed");
  }
  return {};
}

}  // namespace faasta
