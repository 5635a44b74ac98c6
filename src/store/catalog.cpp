#include "store/catalog.hpp"

#include "store/catalog_statements.hpp"
#include "store/migrations.hpp"
#include "store/settings_json.hpp"

namespace faasta::store {
namespace {

constexpr std::chrono::days kNameCoolDown{30};

/// A row of FAASTA_FUNCTION_COLUMNS (catalog_statements.cpp).
FunctionRecord read_function(const Statement& row) {
  FunctionRecord out;
  out.id = FunctionId(row.integer(0));
  out.name = row.text(1);
  out.version = static_cast<std::uint32_t>(row.integer(2));
  out.created = time_of(row.integer(3));
  out.updated = time_of(row.integer(4));
  out.sha256 = digest(row.blob(5));
  out.size = size_of(row.integer(6));
  out.compiled_size = size_of(row.integer(7));
  out.imports = strings_from_json(row.text(8));
  out.settings = settings_from_json(row.text(9));
  out.versions = static_cast<std::uint32_t>(row.integer(10));
  return out;
}

}  // namespace

Catalog::Catalog(std::unique_ptr<Statements> statements) : statements_(std::move(statements)) {}
Catalog::~Catalog() = default;

Result<std::unique_ptr<Catalog>> Catalog::open(const std::filesystem::path& file) {
  auto write = Database::open(file, Database::Mode::read_write);
  if (!write) return std::unexpected(write.error());
  // FULL: a deploy that was acknowledged survives a power cut. The WAL is bounded, so that a restart reads little.
  if (auto done = write->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                                 "PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 8388608;");
      !done)
    return std::unexpected(done.error());
  if (auto done = migrate(*write); !done) return std::unexpected(done.error());
  auto read = Database::open(file, Database::Mode::read_only);
  if (!read) return std::unexpected(read.error());
  // Pages that a look-up needs are in the system's page cache, mostly; mapped, none takes a system call.
  if (auto done = read->execute("PRAGMA mmap_size = 2147418112;"); !done) return std::unexpected(done.error());
  auto statements = std::make_unique<Statements>(std::move(*write), std::move(*read));
  if (auto done = statements->prepare(); !done) return std::unexpected(done.error());
  return std::unique_ptr<Catalog>(new Catalog(std::move(statements)));
}

Result<std::optional<Deployed>> Catalog::find(std::string_view name, std::optional<std::uint32_t> version) {
  const std::scoped_lock lock(read_mutex_);
  Statement& query = version ? *statements_->find_version : *statements_->find_active;
  query.bind(1, name);
  if (version) query.bind(2, std::int64_t{*version});
  const auto found = query.step();
  if (!found) return std::unexpected(found.error());
  std::optional<Deployed> out;
  if (*found) {
    out = Deployed{FunctionId(query.integer(0)), static_cast<std::uint32_t>(query.integer(1)), digest(query.blob(2)),
                   settings_from_json(query.text(3))};
  }
  query.reset();
  return out;
}

Result<bool> Catalog::uses(const Sha256& sha256) {
  const std::scoped_lock lock(read_mutex_);
  return statements_->any(statements_->uses->bind_blob(1, sha256.bytes));
}

Result<> Catalog::for_each_component(const std::function<void(const Sha256&)>& visit) {
  const std::scoped_lock lock(read_mutex_);
  auto query = statements_->read.prepare("SELECT DISTINCT sha256 FROM version");
  if (!query) return std::unexpected(query.error());
  for (;;) {
    const auto more = query->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    visit(digest(query->blob(0)));
  }
}

Result<std::vector<FunctionRecord>> Catalog::functions(OwnerId owner) {
  const std::scoped_lock lock(read_mutex_);
  Statement& query = statements_->list->bind(1, static_cast<std::int64_t>(owner));
  std::vector<FunctionRecord> out;
  for (;;) {
    const auto more = query.step();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    out.push_back(read_function(query));
  }
  query.reset();
  return out;
}

Result<FunctionRecord> Catalog::function(OwnerId owner, const FunctionName& name) {
  const std::scoped_lock lock(read_mutex_);
  Statement& query = statements_->get->bind(1, static_cast<std::int64_t>(owner)).bind(2, name.str());
  const auto found = query.step();
  if (!found) return std::unexpected(found.error());
  Result<FunctionRecord> out =
      *found ? Result<FunctionRecord>(read_function(query)) : fail(Code::function_not_found, "'" + name.str() + "'");
  query.reset();
  return out;
}

Result<std::vector<VersionRecord>> Catalog::versions(OwnerId owner, const FunctionName& name) {
  const std::scoped_lock lock(read_mutex_);
  Statement& query = statements_->versions->bind(1, static_cast<std::int64_t>(owner)).bind(2, name.str());
  std::vector<VersionRecord> out;
  for (;;) {
    const auto more = query.step();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    out.push_back({static_cast<std::uint32_t>(query.integer(0)), query.integer(1) != 0, digest(query.blob(2)),
                   size_of(query.integer(3)), size_of(query.integer(4)), time_of(query.integer(5)), query.text(6)});
  }
  query.reset();
  if (out.empty()) return fail(Code::function_not_found, "'" + name.str() + "'");
  return out;
}

Result<> Catalog::may_deploy(OwnerId owner, const FunctionName& name, const Quota& quota) {
  const std::scoped_lock lock(read_mutex_);
  const auto id = static_cast<std::int64_t>(owner);
  const auto found = statements_->name_owner->bind(1, name.str()).step();
  if (!found) return std::unexpected(found.error());
  const bool others = *found && statements_->name_owner->integer(0) != id;
  statements_->name_owner->reset();
  if (others) return fail(Code::name_taken, "'" + name.str() + "'");
  if (*found) return {};
  return Statements::may_create(*statements_->tombstone, *statements_->count, owner, name, quota);
}

Result<Activated> Catalog::deploy(OwnerId owner, const FunctionName& name, const NewVersion& version,
                                  const Quota& quota) {
  const std::scoped_lock lock(write_mutex_);
  Statements& s = *statements_;
  auto transaction = Transaction::begin(s.write);
  if (!transaction) return std::unexpected(transaction.error());
  const auto row = s.row(name);
  if (!row) return std::unexpected(row.error());
  if (*row && (*row)->owner != owner) return fail(Code::name_taken, "'" + name.str() + "'");
  Activated out;
  std::int64_t id = 0;
  if (*row) {
    id = (*row)->id;
    out.version = (*row)->next;
    out.previous = (*row)->active;
  } else {
    const auto inserted = s.insert_function(owner, name, quota);
    if (!inserted) return std::unexpected(inserted.error());
    id = *inserted;
    out.version = 1;
  }
  out.function = FunctionId(id);
  const std::int64_t now = millis(system_now());
  const std::int64_t number = out.version;
  s.w_insert_version->bind(1, id)
      .bind(2, number)
      .bind_blob(3, version.sha256.bytes)
      .bind(4, static_cast<std::int64_t>(version.size));
  s.w_insert_version->bind(5, static_cast<std::int64_t>(version.compiled_size))
      .bind(6, strings_to_json(version.imports));
  s.w_insert_version->bind(7, settings_to_json(version.settings)).bind(8, now).bind(9, version.message);
  if (auto done = s.w_insert_version->run(); !done) return std::unexpected(done.error());
  if (auto done = s.w_activate->bind(1, id).bind(2, number).bind(3, now).run(); !done)
    return std::unexpected(done.error());
  if (auto done =
          s.audit(owner, "deploy", name, "version " + std::to_string(number) + " sha256 " + version.sha256.hex());
      !done)
    return std::unexpected(done.error());
  auto dropped = s.prune(id, out.version, quota.kept_versions);
  if (!dropped) return std::unexpected(dropped.error());
  out.dropped = std::move(*dropped);
  if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
  return out;
}

Result<Activated> Catalog::roll_back(OwnerId owner, const FunctionName& name, std::optional<std::uint32_t> version) {
  const std::scoped_lock lock(write_mutex_);
  Statements& s = *statements_;
  auto transaction = Transaction::begin(s.write);
  if (!transaction) return std::unexpected(transaction.error());
  const auto row = s.own_row(owner, name);
  if (!row) return std::unexpected(row.error());
  if (!version) {
    if (auto found = s.w_previous->bind(1, row->id).bind(2, std::int64_t{row->active}).step(); !found)
      return std::unexpected(found.error());
    const bool none = s.w_previous->is_null(0);
    const auto previous = static_cast<std::uint32_t>(s.w_previous->integer(0));
    s.w_previous->reset();
    if (none)
      return fail(Code::nothing_to_roll_back, "version " + std::to_string(row->active) + " is the oldest that is kept");
    version = previous;
  }
  const auto exists = s.any(s.w_has_version->bind(1, row->id).bind(2, std::int64_t{*version}));
  if (!exists) return std::unexpected(exists.error());
  if (!*exists) return fail(Code::version_not_found, "'" + name.str() + "' has no version " + std::to_string(*version));
  if (auto done = s.w_activate->bind(1, row->id).bind(2, std::int64_t{*version}).bind(3, millis(system_now())).run();
      !done)
    return std::unexpected(done.error());
  if (auto done = s.audit(owner, "rollback", name, "version " + std::to_string(*version)); !done)
    return std::unexpected(done.error());
  if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
  return Activated{FunctionId(row->id), *version, row->active, {}};
}

Result<Activated> Catalog::remove(OwnerId owner, const FunctionName& name) {
  const std::scoped_lock lock(write_mutex_);
  Statements& s = *statements_;
  auto transaction = Transaction::begin(s.write);
  if (!transaction) return std::unexpected(transaction.error());
  const auto row = s.own_row(owner, name);
  if (!row) return std::unexpected(row.error());
  Activated out{FunctionId(row->id), 0, row->active, {}};
  s.w_version_shas->bind(1, row->id);
  for (;;) {
    const auto more = s.w_version_shas->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    out.dropped.push_back(digest(s.w_version_shas->blob(0)));
  }
  s.w_version_shas->reset();
  const std::int64_t until = millis(system_now() + kNameCoolDown);
  if (auto done = s.w_delete->bind(1, row->id).run(); !done) return std::unexpected(done.error());
  if (auto done = s.w_bury->bind(1, name.str()).bind(2, static_cast<std::int64_t>(owner)).bind(3, until).run(); !done)
    return std::unexpected(done.error());
  if (auto done = s.audit(owner, "delete", name, {}); !done) return std::unexpected(done.error());
  if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
  return out;
}

Result<std::optional<OwnerId>> Catalog::token_owner(const Sha256& token_hash) {
  const std::scoped_lock lock(read_mutex_);
  Statement& query = statements_->token->bind_blob(1, token_hash.bytes).bind(2, millis(system_now()));
  const auto found = query.step();
  if (!found) return std::unexpected(found.error());
  std::optional<OwnerId> out;
  if (*found) out = OwnerId(query.integer(0));
  query.reset();
  return out;
}

Result<> Catalog::add_token(const Sha256& token_hash, OwnerId owner, std::string_view scope) {
  const std::scoped_lock lock(write_mutex_);
  Statement& insert =
      statements_->w_insert_token->bind_blob(1, token_hash.bytes).bind(2, static_cast<std::int64_t>(owner));
  return insert.bind(3, scope).bind(4, millis(system_now())).run();
}

Result<bool> Catalog::has_tokens() {
  const std::scoped_lock lock(read_mutex_);
  return statements_->any(*statements_->any_token);
}

}  // namespace faasta::store
