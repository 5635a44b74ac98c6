#include "store/snapshot.hpp"

#include "base/propagate.hpp"
#include "store/audit_rows.hpp"
#include "store/columns.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {
namespace {

constexpr const char* kComponents = "SELECT DISTINCT sha256 FROM version";
constexpr const char* kAssets = "SELECT DISTINCT sha256 FROM asset";

Result<std::string> read_text(const Statement& row) { return row.text(0); }

Result<Sha256> read_digest(const Statement& row) {
  Columns from(row);
  const Sha256 out = from.digest(0);
  return from.checked(out);
}

Result<> check(Database& database, const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const auto found, all_rows(database, "PRAGMA integrity_check(1)", read_text));
  if (found.size() == 1 && found.front() == "ok") return {};
  return fail(Code::data_unusable, file.string() + ": " + (found.empty() ? "no answer" : found.front()));
}

}  // namespace

Result<> copy_database(const std::filesystem::path& database, const std::filesystem::path& copy) {
  ASSIGN_OR_RETURN(const auto from, SqliteDatabase::open(database, SqliteDatabase::Mode::read_only));
  ASSIGN_OR_RETURN(const auto to, SqliteDatabase::open(copy, SqliteDatabase::Mode::read_write));
  RETURN_IF_ERROR(from->copy_to(*to));
  // The source says in its first page that it has a journal.
  RETURN_IF_ERROR(to->execute("PRAGMA journal_mode = DELETE;"));
  return check(*to, copy);
}

Result<CatalogCopy> read_catalog_copy(const std::filesystem::path& copy) {
  ASSIGN_OR_RETURN(const auto database, SqliteDatabase::open(copy, SqliteDatabase::Mode::read_only));
  CatalogCopy out;
  ASSIGN_OR_RETURN(out.components, all_rows(*database, kComponents, read_digest));
  ASSIGN_OR_RETURN(out.assets, all_rows(*database, kAssets, read_digest));
  ASSIGN_OR_RETURN(const AuditHead head, audit_rows::head(*database));
  AuditCheck chain(head);
  RETURN_IF_ERROR(
      audit_rows::visit_after(*database, INT64_MIN, [&chain](const AuditRow& row) { return chain.add(row); }));
  ASSIGN_OR_RETURN(out.audit, chain.end());
  return out;
}

}  // namespace faasta::store
