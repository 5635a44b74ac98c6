#include "domains/caa.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/printable.hpp"
#include "base/text.hpp"

namespace faasta::domains {
namespace {

/// The blanks of RFC 8659 section 4.2.
constexpr std::string_view kBlank = " \t";

/// Returns the value of a parameter of an `issue` record: "http-01" for "; validationmethods=http-01".
std::optional<std::string> parameter(std::string_view parameters, std::string_view name) {
  while (!parameters.empty()) {
    std::string_view one = take_until(parameters, ';');
    const std::string key = lowered(trimmed(take_until(one, '='), kBlank));
    if (key == name) return std::string(trimmed(one, kBlank));
  }
  return std::nullopt;
}

bool lists(std::string_view comma_separated, std::string_view wanted) {
  while (!comma_separated.empty())
    if (trimmed(take_until(comma_separated, ','), kBlank) == wanted) return true;
  return false;
}

bool allows(std::string_view value, const Issuer& issuer) {
  const std::string name = lowered(trimmed(take_until(value, ';'), kBlank));
  if (std::ranges::none_of(issuer.names, [&](const std::string& one) { return lowered(one) == name; })) return false;
  const auto account = parameter(value, "accounturi");
  if (account && !issuer.account.empty() && *account != issuer.account) return false;
  const auto methods = parameter(value, "validationmethods");
  return !methods || lists(*methods, issuer.proof);
}

}  // namespace

std::optional<std::string> forbidden_by(const std::vector<certificates::CaaRecord>& records, const Issuer& issuer) {
  std::vector<std::string> issue;
  for (const certificates::CaaRecord& record : records) {
    const bool known = record.tag == "issue" || record.tag == "issuewild" || record.tag == "iodef";
    if (record.critical && !known)
      return fmt::format("the record has the critical tag '{}'", printable_line(record.tag));
    if (record.tag == "issue") issue.push_back(record.value);
  }
  // Without a record `issue`, each CA may issue. What names of a CA mean is unknown if the CA has published none.
  if (issue.empty() || issuer.names.empty()) return std::nullopt;
  if (std::ranges::any_of(issue, [&](const std::string& value) { return allows(value, issuer); })) return std::nullopt;
  constexpr std::size_t kMostShown = 200;
  const std::string shown = fmt::format("{}", fmt::join(issue, "\", \"")).substr(0, kMostShown);
  return fmt::format("it allows \"{}\"; this server needs \"{}\" with the proof {}", printable_line(shown),
                     issuer.names.front(), issuer.proof);
}

std::optional<std::string_view> parent_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  return name.substr(dot + 1);
}

}  // namespace faasta::domains
