#include "gateway/function_environment.hpp"

namespace faasta::gateway {

FunctionEnvironment::FunctionEnvironment(std::string_view function, std::uint32_t version, Variables variables,
                                         secrets::Opened secrets)
    : function_(function),
      version_(std::to_string(version)),
      variables_(std::move(variables)),
      secrets_(std::move(secrets)),
      mask_(secrets_.secrets) {
  // An empty environment costs the guest nothing. Each variable costs it about a thousand instructions at its start.
  if (variables_.empty() && secrets_.secrets.empty()) return;
  all_.add("FAASTA_FUNCTION", function_);
  all_.add("FAASTA_VERSION", version_);
  for (const auto& [name, value] : variables_) all_.add(name, value);
  for (const auto& secret : secrets_.secrets) all_.add(secret.name, secret.value);
}

}  // namespace faasta::gateway
