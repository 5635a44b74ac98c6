#include "store/domain_rows.hpp"

#include <algorithm>

#include "store/columns.hpp"

namespace faasta::store::domain_rows {
namespace {

#define FAASTA_DOMAIN                                                                                          \
  "SELECT d.host, d.function, f.name, f.owner, d.token, d.state, d.problem, d.created, d.checked, d.missing, " \
  "d.failed, "                                                                                                 \
  "d.issued, d.next_check FROM domain d JOIN function f ON f.id = d.function "
constexpr const char* kFind = FAASTA_DOMAIN "WHERE d.host = ?1 AND d.function = ?2";
constexpr const char* kHolder = FAASTA_DOMAIN "WHERE d.host = ?1 AND d.state <> 'pending'";
constexpr const char* kOfOwner = FAASTA_DOMAIN "WHERE f.owner = ?1 ORDER BY d.host, f.name";
// A time of the far future is left over from a clock that was set back.
constexpr const char* kDue =
    FAASTA_DOMAIN "WHERE d.next_check <= ?1 OR d.next_check > ?2 ORDER BY d.next_check LIMIT ?3";
constexpr const char* kOrdered = FAASTA_DOMAIN "WHERE d.state = 'verified'";

Result<DomainState> parsed_state(std::string_view text) {
  const auto* const found = std::ranges::find(kDomainStates, text);
  if (found == kDomainStates.end())
    return fail(Code::data_unusable, "a row of the catalog cannot be read: a domain has an unknown state");
  return static_cast<DomainState>(found - kDomainStates.begin());
}

Result<DomainRecord> read(const Statement& row) {
  enum Column : int {
    kHost,
    kFunction,
    kFunctionName,
    kOwner,
    kToken,
    kState,
    kProblem,
    kCreated,
    kChecked,
    kMissing,
    kFailed,
    kIssued,
    kNextCheck
  };
  Columns from(row);
  DomainRecord out;
  out.host = from.text(kHost);
  out.function = from.id<FunctionId>(kFunction);
  out.function_name = from.text(kFunctionName);
  out.owner = from.id<OwnerId>(kOwner);
  out.token = from.text(kToken);
  out.state = from.parsed(parsed_state(from.text(kState)));
  out.problem = from.text(kProblem);
  out.created = from.time(kCreated);
  out.checked = from.time_or_none(kChecked);
  out.missing = from.time_or_none(kMissing);
  out.failed = from.time_or_none(kFailed);
  out.issued = from.time_or_none(kIssued);
  out.next_check = from.time_or_none(kNextCheck);
  return from.checked(std::move(out));
}

constexpr const char* kServed =
    "SELECT d.host, f.name FROM domain d JOIN function f ON f.id = d.function WHERE d.issued IS NOT NULL AND d.state "
    "<> "
    "'pending'";

Result<ServedDomain> read_served(const Statement& row) {
  Columns from(row);
  ServedDomain out{from.text(0), from.text(1)};
  return from.checked(std::move(out));
}

constexpr const char* kToCertify =
    "SELECT host FROM domain WHERE state = 'verified' OR (issued IS NOT NULL AND state <> 'pending') ORDER BY host";
constexpr const char* kLookAlike =
    "SELECT d.host FROM domain d JOIN function f ON f.id = d.function WHERE d.look = ?1 AND d.state <> 'pending' AND "
    "d.host <> ?2 AND f.owner <> ?3 LIMIT 1";

Result<std::string> read_host(const Statement& row) {
  Columns from(row);
  std::string out = from.text(0);
  return from.checked(std::move(out));
}

constexpr const char* kUsage =
    "SELECT (SELECT count(*) FROM domain d JOIN function f ON f.id = d.function WHERE f.owner = ?1), "
    "(SELECT count(*) FROM audit WHERE owner = ?1 AND action = 'domain_order' AND time > ?2), "
    "(SELECT min(time) FROM audit WHERE owner = ?1 AND action = 'domain_order' AND time > ?2)";

Result<DomainUsage> read_usage(const Statement& row) {
  enum Column : int { kDomains, kOrders, kOldest };
  Columns from(row);
  const DomainUsage out{from.count(kDomains), from.count(kOrders), from.time_or_none(kOldest)};
  return from.checked(out);
}

constexpr const char* kInsert =
    "INSERT INTO domain (host, function, token, look, state, problem, created) VALUES (?1, ?2, ?3, ?4, 'pending', '', "
    "?5)";
constexpr const char* kUpdate =
    "UPDATE domain SET state = ?3, problem = ?4, checked = ?5, missing = ?6, failed = ?7, issued = ?8, next_check = ?9 "
    "WHERE host = ?1 AND function = ?2";
constexpr const char* kRemove = "DELETE FROM domain WHERE host = ?1 AND function = ?2";

/// The regular check of a domain is never further away than this.
constexpr std::chrono::days kFarFuture{8};

}  // namespace

Result<std::optional<DomainRecord>> find(Database& database, std::string_view host, FunctionId function) {
  return first_row(database, kFind, read, host, function);
}

Result<std::optional<DomainRecord>> holder(Database& database, std::string_view host) {
  return first_row(database, kHolder, read, host);
}

Result<std::vector<DomainRecord>> of_owner(Database& database, OwnerId owner) {
  return all_rows(database, kOfOwner, read, owner);
}

Result<std::vector<ServedDomain>> served(Database& database) { return all_rows(database, kServed, read_served); }

Result<std::vector<std::string>> to_certify(Database& database) { return all_rows(database, kToCertify, read_host); }

Result<std::vector<DomainRecord>> due(Database& database, SystemTime now, std::uint32_t most) {
  return all_rows(database, kDue, read, now, SystemTime(now + kFarFuture), most);
}

Result<std::vector<DomainRecord>> ordered(Database& database) { return all_rows(database, kOrdered, read); }

Result<std::optional<std::string>> look_alike(Database& database, std::string_view look, std::string_view host,
                                              OwnerId owner) {
  return first_row(database, kLookAlike, read_host, look, host, owner);
}

Result<DomainUsage> usage(Database& database, OwnerId owner, SystemTime since) {
  ASSIGN_OR_RETURN(const auto found, first_row(database, kUsage, read_usage, owner, since));
  return found.value_or(DomainUsage{});
}

Result<> insert(Database& database, FunctionId function, const NewDomain& domain, SystemTime now) {
  return run(database, kInsert, domain.host, function, domain.token, domain.look, now);
}

Result<> update(Database& database, const DomainRecord& domain) {
  return run(database, kUpdate, domain.host, domain.function, name_of(domain.state), domain.problem, domain.checked,
             domain.missing, domain.failed, domain.issued, domain.next_check);
}

Result<> remove(Database& database, std::string_view host, FunctionId function) {
  return run(database, kRemove, host, function);
}

}  // namespace faasta::store::domain_rows
