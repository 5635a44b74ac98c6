#include "policy/version_requirement.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.hpp"

namespace faasta::policy {
namespace {

constexpr std::size_t kMostComparators = 32;  // the limit of the crate `semver`

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_identifier_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}
bool is_numeric(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }

/// Removes the text before the first `separator`, and the separator itself, from the front of `text`. Returns the text
/// before the separator. Sets `found` to whether there was a separator.
std::string_view cut(std::string_view& text, char separator, bool& found) {
  const std::size_t at = text.find(separator);
  found = at != std::string_view::npos;
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(found ? at + 1 : text.size());
  return part;
}

/// Reads a number without leading zeros.
std::optional<std::uint64_t> number(std::string_view text) {
  if (!is_numeric(text) || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// Whether `text` is a list of identifiers separated by dots. `zeros`: whether numbers may have leading zeros, as in
/// build metadata.
bool are_identifiers(std::string_view text, bool zeros) {
  bool more = true;
  while (more) {
    const std::string_view part = cut(text, '.', more);
    if (part.empty() || !std::ranges::all_of(part, is_identifier_character)) return false;
    if (!zeros && is_numeric(part) && part.size() > 1 && part.front() == '0') return false;
  }
  return true;
}

std::strong_ordering order_of_identifiers(std::string_view a, std::string_view b) {
  const bool a_number = is_numeric(a);
  const bool b_number = is_numeric(b);
  if (a_number != b_number) return a_number ? std::strong_ordering::less : std::strong_ordering::greater;
  if (a_number && a.size() != b.size()) return a.size() <=> b.size();  // numbers of any length, without leading zeros
  return a <=> b;
}

/// Semantic Versioning, section 11: a release is higher than its pre-releases; these are ordered by their identifiers.
std::strong_ordering order_of_pre_releases(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() <=> b.empty();
  bool more_a = true;
  bool more_b = true;
  while (more_a && more_b) {
    const std::string_view left = cut(a, '.', more_a);
    const std::string_view right = cut(b, '.', more_b);
    if (const auto order = order_of_identifiers(left, right); order != 0) return order;
  }
  return more_a <=> more_b;
}

/// A version's three numbers, and the texts after "-" and "+".
struct Parts {
  std::string_view numbers;
  std::string_view pre_release;
  bool has_build = false;
};

std::optional<Parts> split(std::string_view text) {
  std::string_view rest = text;
  Parts out;
  out.numbers = cut(rest, '+', out.has_build);
  if (out.has_build && !are_identifiers(rest, true)) return std::nullopt;
  bool has_pre = false;
  std::string_view before = out.numbers;
  out.numbers = cut(before, '-', has_pre);
  if (has_pre && !are_identifiers(before, false)) return std::nullopt;
  out.pre_release = before;
  return out;
}

bool is_wildcard(std::string_view text) { return text == "*" || text == "x" || text == "X"; }

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return std::nullopt;
  std::string_view rest = parts->numbers;
  bool more = false;
  const auto major = number(cut(rest, '.', more));
  const auto minor = number(cut(rest, '.', more));
  const auto patch = number(cut(rest, '.', more));
  if (!major || !minor || !patch || more || !rest.empty()) return std::nullopt;
  return Version{*major, *minor, *patch, std::string(parts->pre_release)};
}

std::strong_ordering Version::operator<=>(const Version& other) const {
  if (const auto order = major <=> other.major; order != 0) return order;
  if (const auto order = minor <=> other.minor; order != 0) return order;
  if (const auto order = patch <=> other.patch; order != 0) return order;
  return order_of_pre_releases(pre_release, other.pre_release);
}

Result<VersionRequirement::Comparator> VersionRequirement::parse_comparator(std::string_view given) {
  const auto invalid = [given] {
    return fail(Code::bad_request, "'" + std::string(given.substr(0, 80)) + "' is not a version requirement");
  };
  constexpr std::pair<std::string_view, Operator> kOperators[] = {
      {">=", Operator::greater_equal}, {"<=", Operator::less_equal}, {">", Operator::greater}, {"<", Operator::less},
      {"=", Operator::exact},          {"~", Operator::tilde},       {"^", Operator::caret}};
  Comparator out;
  std::string_view text = trimmed(given);
  bool bare = true;
  for (const auto& [sign, op] : kOperators) {
    if (!text.starts_with(sign)) continue;
    out.op = op;
    bare = false;
    text = trimmed(text.substr(sign.size()));
    break;
  }
  const auto parts = split(text);
  if (!parts) return invalid();
  std::string_view rest = parts->numbers;
  bool more = false;
  const auto major = number(cut(rest, '.', more));
  if (!major) return invalid();
  out.major = *major;
  bool wild = false;
  for (std::optional<std::uint64_t>* place : {&out.minor, &out.patch}) {
    if (!more) break;
    const std::string_view word = cut(rest, '.', more);
    if (is_wildcard(word)) {
      wild = true;
      continue;
    }
    *place = number(word);
    if (!*place || wild) return invalid();  // "1.*.2"
  }
  if (more || !rest.empty()) return invalid();
  if (wild && bare) out.op = Operator::wildcard;
  out.pre_release = std::string(parts->pre_release);
  if ((!out.pre_release.empty() || parts->has_build) && !out.patch) return invalid();
  return out;
}

Result<VersionRequirement> VersionRequirement::parse(std::string_view text) {
  VersionRequirement out;
  if (is_wildcard(trimmed(text))) return out;
  bool more = true;
  while (more) {
    auto comparator = parse_comparator(cut(text, ',', more));
    if (!comparator) return std::unexpected(comparator.error());
    out.comparators_.push_back(std::move(*comparator));
    if (out.comparators_.size() > kMostComparators) return fail(Code::bad_request, "more than 32 comparators");
  }
  return out;
}

bool VersionRequirement::is_exact(const Comparator& c, const Version& v, PreReleases pre_releases) {
  // For cargo, "=1.2" matches no pre-releases. A person who searches for 1.2 also wants the pre-releases of 1.2.
  const bool whole = !c.patch && pre_releases == PreReleases::included;
  return v.major == c.major && (!c.minor || v.minor == *c.minor) && (!c.patch || v.patch == *c.patch) &&
         (whole || v.pre_release == c.pre_release);
}

bool VersionRequirement::is_greater(const Comparator& c, const Version& v) {
  if (v.major != c.major) return v.major > c.major;
  if (!c.minor) return false;
  if (v.minor != *c.minor) return v.minor > *c.minor;
  if (!c.patch) return false;
  if (v.patch != *c.patch) return v.patch > *c.patch;
  return order_of_pre_releases(v.pre_release, c.pre_release) > 0;
}

bool VersionRequirement::is_less(const Comparator& c, const Version& v, PreReleases pre_releases) {
  // For cargo, "<2" matches no pre-releases of 2.0.0. A person who searches for versions older than 2 also wants these
  // pre-releases.
  if (pre_releases == PreReleases::included)
    return v < Version{c.major, c.minor.value_or(0), c.patch.value_or(0), c.pre_release};
  if (v.major != c.major) return v.major < c.major;
  if (!c.minor) return false;
  if (v.minor != *c.minor) return v.minor < *c.minor;
  if (!c.patch) return false;
  if (v.patch != *c.patch) return v.patch < *c.patch;
  return order_of_pre_releases(v.pre_release, c.pre_release) < 0;
}

bool VersionRequirement::is_tilde(const Comparator& c, const Version& v) {
  if (v.major != c.major || (c.minor && v.minor != *c.minor)) return false;
  if (!c.patch || v.patch > *c.patch) return true;
  return v.patch == *c.patch && order_of_pre_releases(v.pre_release, c.pre_release) >= 0;
}

bool VersionRequirement::is_caret(const Comparator& c, const Version& v) {
  if (v.major != c.major) return false;
  if (!c.minor) return true;
  if (!c.patch) return c.major > 0 ? v.minor >= *c.minor : v.minor == *c.minor;
  if (c.major > 0) {
    if (v.minor != *c.minor) return v.minor > *c.minor;
    if (v.patch != *c.patch) return v.patch > *c.patch;
  } else if (*c.minor > 0) {
    if (v.minor != *c.minor) return false;
    if (v.patch != *c.patch) return v.patch > *c.patch;
  } else if (v.minor != *c.minor || v.patch != *c.patch) {
    return false;
  }
  return order_of_pre_releases(v.pre_release, c.pre_release) >= 0;
}

bool VersionRequirement::holds(const Comparator& c, const Version& v, PreReleases pre_releases) {
  switch (c.op) {
    case Operator::exact:
    case Operator::wildcard:
      return is_exact(c, v, pre_releases);
    case Operator::greater:
      return is_greater(c, v);
    case Operator::greater_equal:
      return is_exact(c, v, pre_releases) || is_greater(c, v);
    case Operator::less:
      return is_less(c, v, pre_releases);
    case Operator::less_equal:
      return is_exact(c, v, pre_releases) || is_less(c, v, pre_releases);
    case Operator::tilde:
      return is_tilde(c, v);
    case Operator::caret:
      return is_caret(c, v);
  }
  return false;
}

bool VersionRequirement::matches(const Version& version, PreReleases pre_releases) const {
  const bool all =
      std::ranges::all_of(comparators_, [&](const Comparator& c) { return holds(c, version, pre_releases); });
  if (!all || version.pre_release.empty() || pre_releases == PreReleases::included) return all;
  return std::ranges::any_of(comparators_, [&](const Comparator& c) {
    return c.major == version.major && c.minor == version.minor && c.patch == version.patch && !c.pre_release.empty();
  });
}

}  // namespace faasta::policy
