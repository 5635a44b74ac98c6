#pragma once

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "api/subject.hpp"
#include "secrets/vault.hpp"
#include "store/quota.hpp"

namespace faasta::api {

/// Sets, lists and deletes the secrets of functions. No endpoint returns a value.
class SecretsApi final : public Subject {
 public:
  struct Parts {
    secrets::Vault& vault;
    /// Called when the secrets of a function have changed.
    std::function<void(std::string_view)> changed;
    asio::thread_pool& pool;
  };
  /// `quota`: the default quota, for owners without their own figures.
  SecretsApi(Parts parts, const store::Quota& quota) : parts_(std::move(parts)), quota_(quota) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer list(Request& request);
  [[nodiscard]] Answer set(Request& request);
  [[nodiscard]] Answer remove(Request& request);
  [[nodiscard]] Answer roll_back(Request& request);

  Parts parts_;
  const store::Quota quota_;
};

}  // namespace faasta::api
