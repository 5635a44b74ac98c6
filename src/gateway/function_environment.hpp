#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/environment.hpp"
#include "engine/environment.hpp"
#include "gateway/secret_mask.hpp"
#include "secrets/vault.hpp"

namespace faasta::gateway {

/// The environment variables of the calls of one version: those of its settings and its secrets. If there is one,
/// FAASTA_FUNCTION and FAASTA_VERSION are there too. It must live longer than the calls.
class FunctionEnvironment {
 public:
  /// `version`: 0 for a version that is not active yet.
  FunctionEnvironment(std::string_view function, std::uint32_t version, Variables variables, secrets::Opened secrets);
  FunctionEnvironment(const FunctionEnvironment&) = delete;
  FunctionEnvironment& operator=(const FunctionEnvironment&) = delete;
  ~FunctionEnvironment() = default;

  [[nodiscard]] const engine::Environment& variables() const noexcept { return all_; }
  [[nodiscard]] const SecretMask& mask() const noexcept { return mask_; }

 private:
  // `all_` points into the other members.
  const std::string function_;
  const std::string version_;
  const Variables variables_;
  const secrets::Opened secrets_;
  engine::Environment all_;
  SecretMask mask_;
};

}  // namespace faasta::gateway
