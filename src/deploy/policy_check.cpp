#include "deploy/policy_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace faasta::deploy {
namespace {

constexpr std::size_t kMostShown = 50;  ///< violations that the refusal describes

std::string described(const std::vector<policy::Violation>& violations) {
  std::string out;
  for (std::size_t i = 0; i < violations.size() && i < kMostShown; ++i)
    out += (i == 0 ? "" : "\n") + policy::describe(violations[i]);
  if (violations.size() > kMostShown) out += fmt::format("\nand {} more", violations.size() - kMostShown);
  return out;
}

}  // namespace

Result<> check_policy(const policy::Policy& policy, const compile::Report& report) {
  const auto refused = policy::refused_imports(policy, report.imports);
  if (!refused.empty()) return fail(Code::component_refused_import, fmt::format("{}", fmt::join(refused, "\n")));
  if (!report.list_damage.empty()) return fail(Code::dependency_list_damaged, report.list_damage);
  if (!report.dependencies) return policy.require_embedded_list ? fail(Code::dependency_list_missing) : Result<>{};
  const auto violations = policy::evaluate(policy, *report.dependencies);
  if (violations.empty()) return {};
  return fail(Code::dependency_refused, described(violations));
}

}  // namespace faasta::deploy
