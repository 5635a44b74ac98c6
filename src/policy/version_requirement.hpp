#pragma once
// Versions and cargo's version requirements, with the syntax and rules of the Rust crate `semver`.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace faasta::policy {

/// A version of Semantic Versioning 2.0.0. Build metadata is dropped, because comparisons of versions ignore it.
struct Version {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::string pre_release;  ///< "alpha.1"; empty for a release

  /// Parses "1.2.3" or "1.2.3-alpha.1", with or without "+build". Returns nothing for any other text.
  [[nodiscard]] static std::optional<Version> parse(std::string_view text);
  [[nodiscard]] std::strong_ordering operator<=>(const Version& other) const;
  bool operator==(const Version&) const = default;
};

/// Whether a requirement matches pre-releases.
enum class PreReleases : bool {
  as_cargo,  ///< matches a pre-release only if a comparator names a pre-release of the same major.minor.patch
  included,  ///< matches pre-releases like other versions, by their order; `*` matches all. For lists of refused or
             ///< wanted packages
};

/// A list of comparators: `^1.2`, `~1.2.3`, `>=1, <1.4`, `=1.0.0-rc.1`, `1.*`, `*`. A comparator without an operator
/// means `^`. A version matches if all comparators match.
class VersionRequirement {
 public:
  /// Matches every version.
  VersionRequirement() = default;
  /// Fails with bad_request; the detail describes the mistake.
  [[nodiscard]] static Result<VersionRequirement> parse(std::string_view text);

  [[nodiscard]] bool matches(const Version& version, PreReleases pre_releases) const;

 private:
  enum class Operator : std::uint8_t { exact, greater, greater_equal, less, less_equal, tilde, caret, wildcard };
  struct Comparator {
    Operator op = Operator::caret;
    std::uint64_t major = 0;
    std::optional<std::uint64_t> minor;
    std::optional<std::uint64_t> patch;
    std::string pre_release;
  };
  [[nodiscard]] static Result<Comparator> parse_comparator(std::string_view text);
  [[nodiscard]] static bool holds(const Comparator& comparator, const Version& version, PreReleases pre_releases);
  [[nodiscard]] static bool is_exact(const Comparator& comparator, const Version& version, PreReleases pre_releases);
  [[nodiscard]] static bool is_greater(const Comparator& comparator, const Version& version);
  [[nodiscard]] static bool is_less(const Comparator& comparator, const Version& version, PreReleases pre_releases);
  [[nodiscard]] static bool is_tilde(const Comparator& comparator, const Version& version);
  [[nodiscard]] static bool is_caret(const Comparator& comparator, const Version& version);

  std::vector<Comparator> comparators_;
};

}  // namespace faasta::policy
