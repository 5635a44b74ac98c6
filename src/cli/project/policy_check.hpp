#pragma once

#include <functional>
#include <string>

#include "cli/project/build_dependencies.hpp"
#include "cli/project/session.hpp"
#include "cli/terminal/output.hpp"
#include "policy/policy.hpp"

namespace faasta::cli {

/// A policy, and its source.
struct ChosenPolicy {
  policy::Policy policy;
  bool of_server = false;
  std::string whose;  ///< "the policy of https://api.example.com"
};
/// Returns the policy. run_build() calls this function only if the build's dependencies can be checked.
using ChoosePolicy = std::function<Outcome<ChosenPolicy>()>;

/// Returns the server's policy, for a deploy.
[[nodiscard]] Outcome<ChosenPolicy> policy_of_server(const ApiClient& api);
/// Returns the server's policy if a server answers. Otherwise prints why there is no answer, and returns the built-in
/// policy.
[[nodiscard]] Outcome<ChosenPolicy> policy_or_default(Session& session);

/// Checks the dependencies against the policy. Prints each violation except the last. Returns the last violation as the
/// error.
[[nodiscard]] Outcome<> check_dependencies(const BuildDependencies& dependencies, const ChosenPolicy& chosen,
                                           Output& output);
/// Removes all dependency lists from the component file, and adds `list` as its last section. Does nothing if the file
/// is not a component.
[[nodiscard]] Outcome<> embed_dependencies(const std::filesystem::path& file, const policy::DependencyList& list);

}  // namespace faasta::cli
