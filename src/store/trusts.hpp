#pragma once

#include <memory>
#include <vector>

#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "store/account_records.hpp"
#include "store/quota.hpp"
#include "store/trust_records.hpp"

namespace faasta::store {

class Connections;

/// The repositories whose CI jobs may deploy functions. Any thread may use it. Each change is one transaction, which
/// also appends to the audit log.
class Trusts {
 public:
  explicit Trusts(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}

  /// Adds a trust of the actor's owner. Fails with name_taken if the function belongs to another owner, with
  /// bad_request, or with conflict.
  [[nodiscard]] Result<Trust> add(const Actor& actor, const FunctionName& function, Trust trust);
  /// Returns the trusts of the owner, sorted by their ids.
  [[nodiscard]] Result<std::vector<Trust>> list(OwnerId owner);
  /// Fails with trust_not_found.
  [[nodiscard]] Result<> remove(const Actor& actor, std::int64_t id);

  /// Gives a job a token for the function. The first job pins the ids of its repository. A token of the issuer works
  /// once. Fails with trust_denied, account_suspended or quota_tokens.
  [[nodiscard]] Result<Bearer> sign_in(const Job& job, const FunctionName& function, const NewToken& token,
                                       const Quota& defaults);

 private:
  std::shared_ptr<Connections> connections_;
};

}  // namespace faasta::store
