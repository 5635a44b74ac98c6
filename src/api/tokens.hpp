#pragma once

#include <vector>

#include "api/subject.hpp"
#include "base/limits.hpp"
#include "store/accounts.hpp"

namespace faasta::api {

/// Shows the owner of the caller's token, and lists, makes and revokes the tokens of that owner.
class TokensApi final : public Subject {
 public:
  struct Options {
    CallLimits ceilings;       ///< no function may have higher limits; the API shows them in its answers
    store::Quota quota;        ///< the default quota, for owners without their own figures
    bool single_owner = true;  ///< whether the server has no GitHub app
  };
  /// `pool`: runs the queries and changes of accounts.
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
