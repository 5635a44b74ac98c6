#include "store/trust_rows.hpp"

#include "base/propagate.hpp"
#include "store/columns.hpp"

namespace faasta::store::trust_rows {
namespace {

#define FAASTA_TRUST                                                                                                 \
  "SELECT id, owner, function, issuer, repository, repository_id, account_id, ref, environment, created, used FROM " \
  "trust "
constexpr const char* kOfOwner = FAASTA_TRUST "WHERE owner = ?1 ORDER BY id";
constexpr const char* kOfFunction = FAASTA_TRUST "WHERE function = ?1 AND issuer = ?2 ORDER BY id LIMIT 1000";
constexpr const char* kOfFunctionOfOwner =
    FAASTA_TRUST "WHERE function = ?1 AND issuer = ?2 AND owner = ?3 ORDER BY id";

Result<Trust> read_trust(const Statement& row) {
  enum Column : int {
    kId,
    kOwner,
    kFunction,
    kIssuer,
    kRepository,
    kRepositoryId,
    kAccountId,
    kRef,
    kEnvironment,
    kCreated,
    kUsed
  };
  Columns from(row);
  Trust out;
  out.id = from.integer(kId);
  out.owner = from.id<OwnerId>(kOwner);
  out.function = from.text(kFunction);
  out.issuer = from.text(kIssuer);
  out.repository = from.text(kRepository);
  out.repository_id = from.text(kRepositoryId);
  out.account_id = from.text(kAccountId);
  out.ref = from.text(kRef);
  out.environment = from.text(kEnvironment);
  out.created = from.time(kCreated);
  out.used = from.time_or_none(kUsed);
  return from.checked(std::move(out));
}

constexpr const char* kInsert =
    "INSERT INTO trust (owner, function, issuer, repository, repository_id, account_id, ref, environment, created) "
    "VALUES (?1, ?2, ?3, ?4, '', '', ?5, ?6, ?7) RETURNING id";
constexpr const char* kRemove = "DELETE FROM trust WHERE owner = ?1 AND id = ?2 RETURNING id";
constexpr const char* kPin = "UPDATE trust SET repository_id = ?2, account_id = ?3, used = ?4 WHERE id = ?1";
constexpr const char* kForget = "DELETE FROM used_token WHERE expires < ?1";
constexpr const char* kWasUsed = "SELECT 1 FROM used_token WHERE token = ?1";
constexpr const char* kUse = "INSERT INTO used_token (token, expires) VALUES (?1, ?2)";

/// A used token is remembered for this time after its end, because a clock may be set back.
constexpr std::chrono::hours kRemembered{24};

Result<std::int64_t> read_id(const Statement& row) {
  Columns from(row);
  return from.checked(from.integer(0));
}

}  // namespace

Result<std::vector<Trust>> of_owner(Database& database, OwnerId owner) {
  return all_rows(database, kOfOwner, read_trust, owner);
}

Result<std::vector<Trust>> of_function(Database& database, std::string_view function, std::string_view issuer,
                                       std::optional<OwnerId> holder) {
  // Strangers may have trusts for the name too. They must not take the places of the holder's.
  if (holder) return all_rows(database, kOfFunctionOfOwner, read_trust, function, issuer, *holder);
  return all_rows(database, kOfFunction, read_trust, function, issuer);
}

Result<std::int64_t> insert(Database& database, const Trust& trust) {
  return inserted(database, kInsert, read_id, trust.owner, trust.function, trust.issuer, trust.repository, trust.ref,
                  trust.environment, trust.created);
}

Result<bool> remove(Database& database, OwnerId owner, std::int64_t id) {
  ASSIGN_OR_RETURN(const auto removed, first_row(database, kRemove, read_id, owner, id));
  return removed.has_value();
}

Result<> pin(Database& database, std::int64_t id, const Job& job, SystemTime now) {
  return run(database, kPin, id, job.repository_id, job.account_id, now);
}

Result<> use_token(Database& database, const Job& job, SystemTime now) {
  if (job.expires <= now) return fail(Code::trust_denied, "exp: the token has expired");
  RETURN_IF_ERROR(run(database, kForget, now - kRemembered));
  ASSIGN_OR_RETURN(const bool was_used, any_row(database, kWasUsed, job.token));
  if (was_used) return fail(Code::trust_denied, "jti: the token was used before");
  return run(database, kUse, job.token, job.expires);
}

}  // namespace faasta::store::trust_rows
