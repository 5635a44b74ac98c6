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

/// Owners and their tokens. Any thread may use it. Each write is one transaction, which also appends to the audit log,
/// and is durable when the function returns.
class Accounts {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Accounts>> open(std::shared_ptr<Connections> connections);
  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;

  /// Signs in the person with this GitHub id: makes the account if there is none, updates the account's login, and adds
  /// a token. `how` ("browser", "device") goes to the audit log. Fails with account_suspended; then nothing changes.
  [[nodiscard]] Result<Bearer> sign_in(std::int64_t github_id, std::string_view login, const NewToken& token,
                                       std::string_view how);
  /// Checks an actor again after the request was admitted. Fails with not_signed_in if the actor's token was revoked or
  /// has expired, or if the token's owner was suspended or deleted.
  [[nodiscard]] Result<> check(const Actor& actor);
  /// Returns the token with this hash and its account, if the token can be used: it is not revoked and not expired.
  /// Fails with account_suspended.
  [[nodiscard]] Result<std::optional<Bearer>> bearer(const Sha256& hash);
  /// Records the current time as the time of the token's last use. Each call is a transaction, so call this only if the
  /// recorded time is old.
  [[nodiscard]] Result<> token_used(TokenId token);

  /// Fails with quota_tokens. `defaults`: the default quota, for owners without their own figures.
  [[nodiscard]] Result<Token> add_token(const Actor& actor, const NewToken& token, const Quota& defaults);
  /// Adds the token that a server without a GitHub app makes at its start. Changes nothing if the token exists. False
  /// if the token was revoked, so that a new token is needed.
  [[nodiscard]] Result<bool> ensure_owner_token(const Sha256& hash);
  /// Returns the tokens that can be used, the newest token first.
  [[nodiscard]] Result<std::vector<Token>> tokens(OwnerId owner);
  /// Fails with token_not_found if the token does not exist or belongs to another owner.
  [[nodiscard]] Result<> revoke_token(const Actor& actor, TokenId token);

  /// Begins a session of the dashboard, which stands for the actor's token. `hash`: of the text in the cookie. `owns`:
  /// whether the token was made for this session alone; then it is revoked when the session ends.
  [[nodiscard]] Result<> begin_session(const Actor& actor, const Sha256& hash, bool owns);
  /// Returns the session, if it is not too old and its token can be used. Notes the use, at most once a minute. Fails
  /// with account_suspended.
  [[nodiscard]] Result<std::optional<Session>> session(const Sha256& hash);
  /// Does nothing if there is no such session.
  [[nodiscard]] Result<> end_session(const Actor& actor, const Sha256& hash);

  /// Event loops call this function. It does not wait for other users of the catalog.
  [[nodiscard]] Result<Quota> quota(OwnerId owner, const Quota& defaults);
  [[nodiscard]] Result<Usage> usage(OwnerId owner);
  [[nodiscard]] Result<bool> has_tokens();

  // The operator's commands use the functions below.
  [[nodiscard]] Result<std::vector<Account>> accounts();
  /// `who` names an owner: a login, or "#<owner id>". Fails with owner_not_found.
  [[nodiscard]] Result<Account> account(std::string_view who);
  /// While an owner is suspended, tokens and sign-ins are refused, and functions answer 503.
  [[nodiscard]] Result<> suspend(OwnerId owner, bool suspended);
  [[nodiscard]] Result<> set_quota(OwnerId owner, std::string_view name, std::optional<std::uint32_t> figure);
  /// Deletes the account and its tokens. Call this only after the account's functions were deleted.
  [[nodiscard]] Result<> remove(OwnerId owner);

 private:
  explicit Accounts(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}

  std::shared_ptr<Connections> connections_;
};

}  // namespace faasta::store
