#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"
#include "store/account_records.hpp"
#include "store/quota.hpp"

namespace faasta::store {

class Connections;

/// Owners and their tokens. Any thread; writes are one transaction each, with their row in the audit log, and durable
/// when they return.
class Accounts {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Accounts>> open(std::shared_ptr<Connections> connections);
  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;

  /// The account of a GitHub id, made at the first time, with `login` as it is now; and a token for it. `how` goes to
  /// the audit log ("browser", "device"). Fails with account_suspended; makes nothing then.
  [[nodiscard]] Result<Bearer> sign_in(std::int64_t github_id, std::string_view login, const NewToken& token,
                                       std::string_view how);
  /// Fails with not_signed_in if the token was revoked or has expired since it was shown, or its owner was suspended or
  /// deleted.
  [[nodiscard]] Result<> check(const Actor& actor);
  /// The token with this hash, if it is neither revoked nor expired. Fails with account_suspended.
  [[nodiscard]] Result<std::optional<Bearer>> bearer(const Sha256& hash);
  /// Notes the time. Worth a transaction only when the last note is old.
  [[nodiscard]] Result<> token_used(TokenId token);

  /// Fails with quota_tokens; `defaults`: without the owner's own figures.
  [[nodiscard]] Result<Token> add_token(const Actor& actor, const NewToken& token, const Quota& defaults);
  /// The token that a server without a GitHub app has from its start; nothing changes if it is known already. False: it
  /// was revoked, and another is needed.
  [[nodiscard]] Result<bool> ensure_owner_token(const Sha256& hash);
  /// Those that can be used, newest first.
  [[nodiscard]] Result<std::vector<Token>> tokens(OwnerId owner);
  /// Fails with token_not_found, also for those of others.
  [[nodiscard]] Result<> revoke_token(const Actor& actor, TokenId token);

  /// For event loops: it waits for no other use of the catalog.
  [[nodiscard]] Result<Quota> quota(OwnerId owner, const Quota& defaults);
  [[nodiscard]] Result<Usage> usage(OwnerId owner);
  [[nodiscard]] Result<bool> has_tokens();

  // For the operator.
  [[nodiscard]] Result<std::vector<Account>> accounts();
  /// By login or by "#<owner id>"; fails with owner_not_found.
  [[nodiscard]] Result<Account> account(std::string_view who);
  /// Suspended: tokens and sign-ins are refused, functions answer 503.
  [[nodiscard]] Result<> suspend(OwnerId owner, bool suspended);
  [[nodiscard]] Result<> set_quota(OwnerId owner, std::string_view name, std::optional<std::uint32_t> figure);
  /// The account with its tokens. Its functions have to be gone.
  [[nodiscard]] Result<> remove(OwnerId owner);

 private:
  explicit Accounts(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}

  std::shared_ptr<Connections> connections_;
};

}  // namespace faasta::store
