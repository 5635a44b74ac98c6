// What the operator allows functions to be made of: told, and enforced at a deploy.

#include <fmt/format.h>

#include "api/answer.hpp"
#include "api/api.hpp"
#include "api/query.hpp"

namespace faasta::api {

Api::Answer Api::policy(Request& request) {
  if (auto query = Query::parse(request.query, {}); !query) co_return std::unexpected(query.error());
  answer_json(request.exchange, 200, policy::to_json(options_.policy));
  co_return Result<>{};
}

Result<> Api::judge(const compile::Report& report) const {
  const policy::Policy& policy = options_.policy;
  const auto refused = policy::refused_imports(policy, report.imports);
  if (!refused.empty()) return fail(Code::component_refused_import, fmt::format("{}", fmt::join(refused, "\n")));
  if (!report.list_damage.empty()) return fail(Code::dependency_list_damaged, report.list_damage);
  if (!report.dependencies) return policy.require_embedded_list ? fail(Code::dependency_list_missing) : Result<>{};
  constexpr std::size_t kMostShown = 50;
  const auto violations = policy::evaluate(policy, *report.dependencies);
  if (violations.empty()) return {};
  std::string detail;
  for (std::size_t i = 0; i < violations.size() && i < kMostShown; ++i)
    detail += (i == 0 ? "" : "\n") + policy::describe(violations[i]);
  if (violations.size() > kMostShown) detail += fmt::format("\nand {} more", violations.size() - kMostShown);
  return fail(Code::dependency_refused, std::move(detail));
}

}  // namespace faasta::api
