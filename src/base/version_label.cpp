#include "base/version_label.hpp"

#include <algorithm>
#include <charconv>

namespace faasta {
namespace {

constexpr std::size_t kLongestAlias = 20;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string label_of(std::uint32_t version) { return "v" + std::to_string(version); }

std::optional<std::uint32_t> version_of_label(std::string_view label) {
  if (label.size() < 2 || label[0] != 'v' || label[1] == '0') return std::nullopt;
  std::uint32_t number = 0;
  const char* const end = label.data() + label.size();
  const auto [rest, error] = std::from_chars(label.data() + 1, end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

Result<> check_alias(std::string_view label) {
  const auto refuse = [&](const char* why) { return fail(Code::alias_invalid, "'" + std::string(label) + "' " + why); };
  if (label.empty() || label.size() > kLongestAlias) return refuse("does not have 1 to 20 characters");
  if (!is_lower(label.front())) return refuse("does not begin with a letter from a to z");
  if (!std::ranges::all_of(label, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; }))
    return refuse("has a character that is not one of a-z, 0-9 and -");
  if (label.ends_with('-') || label.find("--") != std::string_view::npos)
    return refuse("has two hyphens together, or one at its end");
  if (label.size() > 1 && label.front() == 'v' && std::ranges::all_of(label.substr(1), is_digit))
    return refuse("looks like the number of a version");
  return {};
}

}  // namespace faasta
