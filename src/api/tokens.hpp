#pragma once

#include <vector>

#include "api/subject.hpp"
#include "base/limits.hpp"
#include "store/accounts.hpp"

namespace faasta::api {

/// Whose token this is, and the tokens of its owner.
class TokensApi final : public Subject {
 public:
  struct Options {
    CallLimits ceilings;       ///< of every function, told to the owner
    store::Quota quota;        ///< of an owner without figures of their own
    bool single_owner = true;  ///< the server has no accounts of GitHub
  };
  /// `pool`: on which accounts are asked and changed.
  TokensApi(store::Accounts& accounts, asio::thread_pool& pool, Options options)
      : accounts_(accounts), pool_(pool), options_(options) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer me(Request& request);
  [[nodiscard]] Answer list(Request& request);
  [[nodiscard]] Answer create(Request& request);
  [[nodiscard]] Answer revoke(Request& request);
  [[nodiscard]] Answer revoke_current(Request& request);

  store::Accounts& accounts_;
  asio::thread_pool& pool_;
  const Options options_;
};

}  // namespace faasta::api
