#include "cli/project/policy_check.hpp"

#include <fmt/format.h>

#include "base/file.hpp"
#include "component/component_reader.hpp"
#include "component/custom_sections.hpp"
#include "component/file_kind.hpp"

namespace faasta::cli {

Outcome<ChosenPolicy> policy_of_server(const ApiClient& api) {
  const auto answer = api.get("/v1/policy");
  if (!answer) return std::unexpected(answer.error());
  auto policy = policy::policy_from_json(*answer);
  if (!policy) return fail(Code::server_mismatch, policy.error().detail);
  return ChosenPolicy{std::move(*policy), true, "the policy of " + api.server().str()};
}

Outcome<ChosenPolicy> policy_or_default(Session& session) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  auto chosen = policy_of_server(*api);
  if (chosen) return chosen;
  session.output.note(fmt::format("the policy of {} is not known here ({}); the built-in one is used",
                                  api->server().str(), chosen.error().title));
  return ChosenPolicy{{}, false, "the built-in policy"};
}

Outcome<> check_dependencies(const BuildDependencies& dependencies, const ChosenPolicy& chosen, Output& output) {
  const auto violations = policy::evaluate(chosen.policy, dependencies.list, dependencies.facts);
  for (const policy::Violation& violation : violations) {
    Problem problem(Error{Code::dependency_refused, policy::describe(violation)});
    problem.fix = violation.fix;
    if (&violation == &violations.back()) {
      problem.detail += fmt::format("\nrefused by {}", chosen.whose);
      return std::unexpected(std::move(problem));
    }
    output.problem(problem);
  }
  output.detail(fmt::format("{} packages, all as {} allows", dependencies.list.packages.size(), chosen.whose));
  return {};
}

Outcome<> embed_dependencies(const std::filesystem::path& file, const policy::DependencyList& list) {
  const auto bytes = read_file(file, component::kLargestFile);
  if (!bytes) return std::unexpected(bytes.error());
  if (!component::check_file_kind(*bytes)) return {};
  const auto with = component::with_custom_section(*bytes, policy::kDependencySection, policy::write_section(list));
  if (!with) return {};  // check_file reports the problem of the file
  std::error_code error;
  const auto mode = static_cast<unsigned>(std::filesystem::status(file, error).permissions()) & 0777U;
  if (auto written = replace_file(file, *with, mode, Durable::no); !written) return std::unexpected(written.error());
  return {};
}

}  // namespace faasta::cli
