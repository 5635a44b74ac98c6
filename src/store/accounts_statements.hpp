#pragma once
// What Accounts holds: the prepared statements of each connection. Internal to the accounts.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "store/accounts.hpp"
#include "store/actor_check.hpp"
#include "store/audit_log.hpp"
#include "store/connections.hpp"
#include "store/row_values.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {

/// The columns of an account in a row.
inline constexpr int kAccountColumns = 6;
[[nodiscard]] Account read_account(const Statement& row);
/// The columns of a token, from column `first` on.
[[nodiscard]] Token read_token(const Statement& row, int first);

inline std::string id_text(auto id) { return std::to_string(static_cast<std::int64_t>(id)); }
[[nodiscard]] std::unexpected<Error> suspended(const Account& account);

struct Accounts::Statements {
  Statements(Database& to_write, AuditAppender appender, ActorCheck to_read, ActorCheck to_change)
      : write(to_write), audit(std::move(appender)), check_now(std::move(to_read)), check(std::move(to_change)) {}
  Database& write;
  AuditAppender audit;
  ActorCheck check_now;  // on the connection that reads
  ActorCheck check;

  // route
  std::optional<Statement> quota_of;
  // read
  std::optional<Statement> bearer, tokens, any_token, usage, all, by_id, by_login;
  // write
  std::optional<Statement> w_by_github, w_insert, w_rename, w_give_up_login, w_insert_token, w_drop_dead_tokens, w_used,
      w_revoke, w_revoke_all, w_suspend, w_quota, w_set_quota, w_has_functions, w_remove, w_is_revoked;

  Result<> prepare(Connections& connections);
  // In the write transaction.
  /// Made if it is not there; renamed if its login was. Fails with account_suspended.
  Result<Account> account_of(std::int64_t github_id, std::string_view login);
  /// The account, after its login was taken off others that had it before.
  Result<Account> sole_holder(Account account);
  Result<Token> insert_token(OwnerId owner, const NewToken& token);
  Result<> has_room_for_token(OwnerId owner, const Quota& defaults);
};

}  // namespace faasta::store
