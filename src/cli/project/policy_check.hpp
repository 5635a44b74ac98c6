#pragma once

#include <functional>
#include <string>

#include "cli/project/build_dependencies.hpp"
#include "cli/project/session.hpp"
#include "cli/terminal/output.hpp"
#include "policy/policy.hpp"

namespace faasta::cli {

/// A policy, and where it comes from.
struct ChosenPolicy {
  policy::Policy policy;
  bool of_server = false;
  std::string whose;  ///< "the policy of https://api.example.com"
};
/// Returns the policy. Called only after it is known that the build's dependencies can be checked.
using ChoosePolicy = std::function<Outcome<ChosenPolicy>()>;

/// The server's policy, for a deploy.
[[nodiscard]] Outcome<ChosenPolicy> policy_of_server(const ApiClient& api);
/// Returns the server's policy if a server answers, otherwise the built-in policy, and prints why.
[[nodiscard]] Outcome<ChosenPolicy> policy_or_default(Session& session);

/// Prints each violation except the last, which is the returned error.
[[nodiscard]] Outcome<> check_dependencies(const BuildDependencies& dependencies, const ChosenPolicy& chosen,
                                           Output& output);
/// Embeds the list in the component, as its last section, and removes every list that the component had. Replaces the
/// file. Does nothing if the file is not a component.
[[nodiscard]] Outcome<> embed_dependencies(const std::filesystem::path& file, const policy::DependencyList& list);

}  // namespace faasta::cli
