#include "store/asset_rows.hpp"

#include "base/propagate.hpp"
#include "store/columns.hpp"

namespace faasta::store::asset_rows {
namespace {

constexpr const char* kUses = "SELECT 1 FROM asset WHERE sha256 = ?1 LIMIT 1";
constexpr const char* kHas = "SELECT 1 FROM asset_use WHERE function = ?1 AND manifest = ?2 LIMIT 1";
constexpr const char* kOfFunction = "SELECT sha256, size FROM asset WHERE function = ?1";
constexpr const char* kOnlyOfVersion =
    "SELECT u.sha256 FROM version v JOIN asset_use u ON u.function = v.function AND u.manifest = v.assets "
    "WHERE v.function = ?1 AND v.number = ?2 "
    "AND NOT EXISTS (SELECT 1 FROM version o WHERE o.function = ?1 AND o.assets = v.assets AND o.number <> ?2) "
    "AND NOT EXISTS (SELECT 1 FROM asset_use o WHERE o.function = ?1 AND o.sha256 = u.sha256 "
    "AND o.manifest <> u.manifest)";
constexpr const char* kInsert = "INSERT INTO asset (function, sha256, size) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
constexpr const char* kInsertUse =
    "INSERT INTO asset_use (function, manifest, sha256) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";

Result<StoredAsset> read_asset(const Statement& row) {
  enum Column : int { kSha256, kSize };
  Columns from(row);
  StoredAsset out{from.digest(kSha256), from.size(kSize)};
  return from.checked(out);
}

Result<Sha256> read_digest(const Statement& row) {
  Columns from(row);
  return from.checked(from.digest(0));
}

}  // namespace

Result<bool> uses(Database& database, const Sha256& sha256) { return any_row(database, kUses, sha256); }

Result<bool> has(Database& database, FunctionId function, const Sha256& manifest) {
  return any_row(database, kHas, function, manifest);
}

Result<std::vector<StoredAsset>> of_function(Database& database, FunctionId function) {
  return all_rows(database, kOfFunction, read_asset, function);
}

Result<std::vector<Sha256>> only_of_version(Database& database, FunctionId function, std::uint32_t number) {
  return all_rows(database, kOnlyOfVersion, read_digest, function, number);
}

Result<> insert(Database& database, FunctionId function, const Sha256& manifest,
                const std::vector<StoredAsset>& files) {
  for (const StoredAsset& file : files) {
    RETURN_IF_ERROR(run(database, kInsert, function, file.sha256, file.size));
    RETURN_IF_ERROR(run(database, kInsertUse, function, manifest, file.sha256));
  }
  return {};
}

}  // namespace faasta::store::asset_rows
