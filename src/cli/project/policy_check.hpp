#pragma once

#include <functional>
#include <string>

#include "cli/project/build_dependencies.hpp"
#include "cli/project/session.hpp"
#include "cli/terminal/output.hpp"
#include "policy/policy.hpp"

namespace faasta::cli {

/// A policy, and whose it is.
struct ChosenPolicy {
  policy::Policy policy;
  bool of_server = false;
  std::string whose;  ///< "the policy of https://api.example.com"
};
/// Asked for once it is known that a build can be judged.
using ChoosePolicy = std::function<Outcome<ChosenPolicy>()>;

/// The server's policy, for a deploy.
[[nodiscard]] Outcome<ChosenPolicy> policy_of_server(const ApiClient& api);
/// The server's policy if there is a server that tells it, else the built-in one; says why.
[[nodiscard]] Outcome<ChosenPolicy> policy_or_default(Session& session);

/// Prints each violation but the last, which is the error returned.
[[nodiscard]] Outcome<> check_dependencies(const BuildDependencies& dependencies, const ChosenPolicy& chosen,
                                           Output& output);
/// Puts the list into the component, as its last section, in place of every list that it has. The file is replaced; a
/// file that is no component is left alone.
[[nodiscard]] Outcome<> embed_dependencies(const std::filesystem::path& file, const policy::DependencyList& list);

}  // namespace faasta::cli
