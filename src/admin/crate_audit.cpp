#include "admin/crate_audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "policy/version_requirement.hpp"

namespace faasta::admin {
namespace {

/// A version of the crate that a function contains.
struct Finding {
  std::string function;
  std::string owner;
  store::PackageRecord package;
  std::vector<std::uint32_t> versions;
  bool live = false;  ///< whether the active version contains this crate
};

bool same(const Finding& finding, const store::PackageUse& use) {
  return finding.function == use.function && finding.package.name == use.package.name &&
         finding.package.version == use.package.version && finding.package.source == use.package.source;
}

void add(std::vector<Finding>& findings, const store::PackageUse& use) {
  // All uses of one function are next to each other, but uses of two versions of the crate may alternate.
  const auto of_function = std::find_if(findings.rbegin(), findings.rend(), [&](const Finding& finding) {
    return finding.function != use.function || same(finding, use);
  });
  if (of_function == findings.rend() || !same(*of_function, use)) {
    findings.push_back({use.function, use.owner, use.package, {use.number}, use.active});
    return;
  }
  of_function->versions.push_back(use.number);
  of_function->live = of_function->live || use.active;
}

void print_json(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    json::object out{{"function", finding.function},
                     {"owner", finding.owner},
                     {"crate", finding.package.name},
                     {"crate_version", finding.package.version},
                     {"source", finding.package.source},
                     {"live", finding.live},
                     {"versions", json::array(finding.versions.begin(), finding.versions.end())}};
    fmt::print("{}\n", json::serialize(out));
  }
}

void print_table(const std::vector<Finding>& findings) {
  std::size_t function = 8;
  std::size_t owner = 5;
  for (const Finding& finding : findings) {
    function = std::max(function, finding.function.size());
    owner = std::max(owner, finding.owner.size());
  }
  fmt::print("{:{}}  {:{}}  {:4}  {:10}  CRATE\n", "FUNCTION", function, "OWNER", owner, "LIVE", "VERSIONS");
  for (const Finding& finding : findings)
    fmt::print("{:{}}  {:{}}  {:4}  {:10}  {} {} ({})\n", finding.function, function, finding.owner, owner,
               finding.live ? "yes" : "no", fmt::format("{}", fmt::join(finding.versions, ",")), finding.package.name,
               finding.package.version, finding.package.source);
}

}  // namespace

Result<> print_crate_audit(store::Catalog& catalog, std::string_view crate, std::string_view range, bool json) {
  const auto requirement = policy::VersionRequirement::parse(range);
  if (!requirement) return fail(Code::usage, "--version: " + requirement.error().detail);
  std::vector<Finding> findings;
  const auto asked = catalog.for_each_use(crate, [&](const store::PackageUse& use) {
    const auto version = policy::Version::parse(use.package.version);
    if (!version || requirement->matches(*version, policy::PreReleases::included)) add(findings, use);
  });
  if (!asked) return asked;
  if (json) {
    print_json(findings);
    return {};
  }
  if (!findings.empty()) print_table(findings);
  const auto live = std::ranges::count_if(findings, [](const Finding& finding) { return finding.live; });
  fmt::print(stderr, "{} found, {} of them live\n", findings.size(), live);
  return {};
}

}  // namespace faasta::admin
