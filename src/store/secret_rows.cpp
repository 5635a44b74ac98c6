#include "store/secret_rows.hpp"

#include "store/columns.hpp"

namespace faasta::store::secret_rows {
namespace {

constexpr const char* kGenerations =
    "SELECT name, generation, created, actor, size FROM secret WHERE owner = ?1 AND function = ?2 "
    "ORDER BY name, generation DESC";

Result<SecretGeneration> read_generation(const Statement& row) {
  enum Column : int { kName, kGeneration, kCreated, kActor, kSize };
  Columns from(row);
  SecretGeneration out;
  out.record.name = from.text(kName);
  out.record.generation = from.count(kGeneration);
  out.record.created = from.time(kCreated);
  out.record.actor = from.text(kActor);
  out.size = from.size(kSize);
  return from.checked(std::move(out));
}

constexpr const char* kSealed =
    "SELECT name, generation, key, sealed FROM secret WHERE owner = ?1 AND function = ?2 ORDER BY name, generation "
    "DESC";
// The older values are not read: they can be long, and event loops wait for this query.
constexpr const char* kNewestSealed =
    "SELECT name, generation, key, sealed FROM secret AS one WHERE owner = ?1 AND function = ?2 AND generation = "
    "(SELECT "
    "max(generation) FROM secret WHERE owner = one.owner AND function = one.function AND name = one.name) ORDER BY "
    "name";

SealedSecret secret(Columns& from, int first) {
  enum Column : int { kName, kGeneration, kKey, kSealed };
  SealedSecret out;
  out.name = from.text(first + kName);
  out.generation = from.count(first + kGeneration);
  out.key = from.text(first + kKey);
  out.sealed = from.text(first + kSealed);
  return out;
}

Result<SealedSecret> read_sealed(const Statement& row) {
  Columns from(row);
  SealedSecret out = secret(from, 0);
  return from.checked(std::move(out));
}

constexpr const char* kUsage = "SELECT count(DISTINCT function || '/' || name) FROM secret WHERE owner = ?1";

Result<SecretUsage> read_usage(const Statement& row) {
  Columns from(row);
  const SecretUsage out{from.count(0)};
  return from.checked(out);
}

constexpr const char* kKeys = "SELECT DISTINCT key FROM secret";

Result<std::string> read_key(const Statement& row) {
  Columns from(row);
  return from.checked(from.text(0));
}

constexpr const char* kSealedByOthers =
    "SELECT owner, function, name, generation, key, sealed FROM secret WHERE key <> ?1 LIMIT ?2";

Result<SealedPlace> read_place(const Statement& row) {
  enum Column : int { kOwner, kFunction, kSecret };
  Columns from(row);
  SealedPlace out;
  out.owner = from.integer(kOwner);
  out.function = from.text(kFunction);
  out.secret = secret(from, kSecret);
  return from.checked(std::move(out));
}

constexpr const char* kInsert =
    "INSERT INTO secret (owner, function, name, generation, key, sealed, size, created, actor) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
constexpr const char* kReseal =
    "UPDATE secret SET key = ?5, sealed = ?6 WHERE owner = ?1 AND function = ?2 AND name = ?3 AND generation = ?4";
constexpr const char* kRemove = "DELETE FROM secret WHERE owner = ?1 AND function = ?2 AND name = ?3";
constexpr const char* kRemoveGeneration =
    "DELETE FROM secret WHERE owner = ?1 AND function = ?2 AND name = ?3 AND generation = ?4";

}  // namespace

Result<std::vector<SecretGeneration>> generations(Database& database, OwnerId owner, std::string_view function) {
  return all_rows(database, kGenerations, read_generation, owner, function);
}

Result<std::vector<SealedSecret>> sealed(Database& database, OwnerId owner, std::string_view function) {
  return all_rows(database, kSealed, read_sealed, owner, function);
}

Result<std::vector<SealedSecret>> newest_sealed(Database& database, OwnerId owner, std::string_view function) {
  return all_rows(database, kNewestSealed, read_sealed, owner, function);
}

Result<SecretUsage> usage(Database& database, OwnerId owner) {
  ASSIGN_OR_RETURN(const auto found, first_row(database, kUsage, read_usage, owner));
  return found.value_or(SecretUsage{});
}

Result<std::vector<std::string>> keys(Database& database) { return all_rows(database, kKeys, read_key); }

Result<std::vector<SealedPlace>> sealed_by_others(Database& database, std::string_view key, std::uint32_t most) {
  return all_rows(database, kSealedByOthers, read_place, key, most);
}

Result<> insert(Database& database, OwnerId owner, std::string_view function, const SealedSecret& secret,
                std::uint64_t size, std::string_view actor, SystemTime now) {
  return run(database, kInsert, owner, function, std::string_view(secret.name), secret.generation,
             std::string_view(secret.key), std::string_view(secret.sealed), size, now, actor);
}

Result<> reseal(Database& database, const SealedPlace& place) {
  return run(database, kReseal, place.owner, std::string_view(place.function), std::string_view(place.secret.name),
             place.secret.generation, std::string_view(place.secret.key), std::string_view(place.secret.sealed));
}

Result<> remove(Database& database, OwnerId owner, std::string_view function, std::string_view name) {
  return run(database, kRemove, owner, function, name);
}

Result<> remove_generation(Database& database, OwnerId owner, std::string_view function, std::string_view name,
                           std::uint32_t generation) {
  return run(database, kRemoveGeneration, owner, function, name, generation);
}

}  // namespace faasta::store::secret_rows
