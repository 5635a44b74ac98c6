#include "store/catalog.hpp"

#include <fmt/format.h>

#include "store/catalog_statements.hpp"
#include "store/settings_json.hpp"

namespace faasta::store {
namespace {

constexpr std::chrono::days kNameCoolDown{30};

/// A row of FAASTA_FUNCTION_COLUMNS (catalog_statements.cpp).
Result<FunctionRecord> read_function(const Statement& row) {
  FunctionRecord out;
  out.id = FunctionId(row.integer(0));
  out.name = row.text(1);
  out.version = static_cast<std::uint32_t>(row.integer(2));
  out.created = time_of(row.integer(3));
  out.updated = time_of(row.integer(4));
  out.sha256 = digest(row.blob(5));
  out.size = size_of(row.integer(6));
  out.compiled_size = size_of(row.integer(7));
  auto imports = strings_from_json(row.text(8));
  if (!imports) return std::unexpected(imports.error());
  out.imports = std::move(*imports);
  auto settings = settings_from_json(row.text(9));
  if (!settings) return std::unexpected(settings.error());
  out.settings = std::move(*settings);
  out.versions = static_cast<std::uint32_t>(row.integer(10));
  return out;
}

}  // namespace

Catalog::Catalog(std::shared_ptr<Connections> connections, std::unique_ptr<Statements> statements)
    : connections_(std::move(connections)), statements_(std::move(statements)) {}
Catalog::~Catalog() = default;

Result<std::unique_ptr<Catalog>> Catalog::open(std::shared_ptr<Connections> connections, ReservedNames reserved) {
  auto audit = AuditAppender::prepare(connections->write);
  if (!audit) return std::unexpected(audit.error());
  auto check = ActorCheck::prepare(connections->write);
  if (!check) return std::unexpected(check.error());
  auto statements = std::make_unique<Statements>(*connections, std::move(*audit), std::move(*check));
  if (auto done = statements->prepare(); !done) return std::unexpected(done.error());
  statements->reserved = reserved;
  std::unique_ptr<Catalog> catalog(new Catalog(std::move(connections), std::move(statements)));
  if (auto seen = catalog->changed_outside(); !seen) return std::unexpected(seen.error());
  return catalog;
}

Result<std::optional<Deployed>> Catalog::find(std::string_view name, std::optional<std::uint32_t> version) {
  const std::scoped_lock lock(connections_->route_mutex);
  Statement& query = version ? *statements_->find_version : *statements_->find_active;
  query.bind(1, name);
  if (version) query.bind(2, std::int64_t{*version});
  const auto found = query.step();
  if (!found) return std::unexpected(found.error());
  std::optional<Deployed> out;
  if (*found) {
    auto settings = settings_from_json(query.text(3));
    if (settings) {
      out = Deployed{FunctionId(query.integer(0)), OwnerId(query.integer(4)),
                     static_cast<std::uint32_t>(query.integer(1)), digest(query.blob(2)), std::move(*settings)};
    }
    query.reset();
    if (!settings) return std::unexpected(settings.error());
  }
  query.reset();
  if (out) return out;
  const auto suspended = Statements::any(statements_->suspended->bind(1, name));
  if (!suspended) return std::unexpected(suspended.error());
  if (*suspended) return fail(Code::function_suspended);
  return out;
}

Result<bool> Catalog::uses(const Sha256& sha256) {
  const std::scoped_lock lock(connections_->read_mutex);
  return statements_->any(statements_->uses->bind_blob(1, sha256.bytes));
}

Result<std::vector<FunctionRecord>> Catalog::functions(OwnerId owner, std::string_view after, std::uint32_t most) {
  const std::scoped_lock lock(connections_->read_mutex);
  Statement& query =
      statements_->list->bind(1, static_cast<std::int64_t>(owner)).bind(2, after).bind(3, std::int64_t{most});
  std::vector<FunctionRecord> out;
  std::optional<Error> unreadable;
  const auto read = each_row(query, [&](const Statement& row) {
    auto function = read_function(row);
    if (function) {
      out.push_back(std::move(*function));
    } else {
      unreadable = std::move(function.error());
    }
  });
  if (!read) return std::unexpected(read.error());
  if (unreadable) return std::unexpected(std::move(*unreadable));
  return out;
}

Result<FunctionRecord> Catalog::function(OwnerId owner, const FunctionName& name) {
  const std::scoped_lock lock(connections_->read_mutex);
  Statement& query = statements_->get->bind(1, static_cast<std::int64_t>(owner)).bind(2, name.str());
  const auto found = query.step();
  if (!found) return std::unexpected(found.error());
  Result<FunctionRecord> out = *found ? read_function(query) : fail(Code::function_not_found, "'" + name.str() + "'");
  query.reset();
  return out;
}

Result<std::vector<VersionRecord>> Catalog::versions(OwnerId owner, const FunctionName& name) {
  const std::scoped_lock lock(connections_->read_mutex);
  Statement& query = statements_->versions->bind(1, static_cast<std::int64_t>(owner)).bind(2, name.str());
  std::vector<VersionRecord> out;
  const auto read = each_row(query, [&](const Statement& row) {
    out.push_back({static_cast<std::uint32_t>(row.integer(0)), row.integer(1) != 0, digest(row.blob(2)),
                   size_of(row.integer(3)), size_of(row.integer(4)), time_of(row.integer(5)), row.text(6)});
  });
  if (!read) return std::unexpected(read.error());
  if (out.empty()) return fail(Code::function_not_found, "'" + name.str() + "'");
  return out;
}

Result<OwnerId> Catalog::owner_of(const FunctionName& name) {
  const std::scoped_lock lock(connections_->read_mutex);
  Statement& query = statements_->name_owner->bind(1, name.str());
  const auto found = query.step();
  if (!found) return std::unexpected(found.error());
  const OwnerId owner{*found ? query.integer(0) : 0};
  query.reset();
  if (!*found) return fail(Code::function_not_found, "'" + name.str() + "'");
  return owner;
}

Result<> Catalog::may_deploy(OwnerId owner, const FunctionName& name, const Quota& defaults) {
  const std::scoped_lock lock(connections_->read_mutex);
  Statements& s = *statements_;
  const auto found = s.name_owner->bind(1, name.str()).step();
  if (!found) return std::unexpected(found.error());
  const bool others = *found && s.name_owner->integer(0) != static_cast<std::int64_t>(owner);
  s.name_owner->reset();
  if (others) return fail(Code::name_taken, "'" + name.str() + "'");
  if (!*found) {
    if (auto free = s.may_take(*s.tombstone, owner, name); !free) return free;
  }
  const auto allowance = Statements::allowance(*s.usage, owner, defaults);
  if (!allowance) return std::unexpected(allowance.error());
  return allowance->may_deploy(!*found);
}

Result<Activated> Catalog::deploy(const Actor& actor, const FunctionName& name, const NewVersion& version,
                                  const Quota& defaults) {
  return connections_->change(statements_->check, actor,
                              [&] { return statements_->deploy(actor, name, version, defaults); });
}

Result<Activated> Catalog::Statements::deploy(const Actor& actor, const FunctionName& name, const NewVersion& version,
                                              const Quota& defaults) {
  const auto known = row(name);
  if (!known) return std::unexpected(known.error());
  if (*known && (*known)->owner != actor.owner) return fail(Code::name_taken, "'" + name.str() + "'");
  const std::uint32_t active = *known ? (*known)->active : 0;
  if (version.replaces && *version.replaces != active) return fail(Code::conflict, "another version became active");
  const auto before = allowance(*w_usage, actor.owner, defaults);
  if (!before) return std::unexpected(before.error());
  if (auto allowed = before->may_deploy(!*known); !allowed) return std::unexpected(allowed.error());
  Activated out;
  std::int64_t id = 0;
  if (*known) {
    id = (*known)->id;
    out.version = (*known)->next;
    out.previous = (*known)->active;
  } else {
    const auto inserted = insert_function(actor.owner, name);
    if (!inserted) return std::unexpected(inserted.error());
    id = *inserted;
    out.version = 1;
  }
  out.function = FunctionId(id);
  if (auto done = insert_version(id, out.version, version); !done) return std::unexpected(done.error());
  const std::string detail = "version " + std::to_string(out.version) + " sha256 " + version.sha256.hex();
  if (auto done = audit.append(actor, "deploy", name.str(), detail); !done) return std::unexpected(done.error());
  auto dropped = prune(id, out.version, before->quota.kept_versions);
  if (!dropped) return std::unexpected(dropped.error());
  out.dropped = std::move(*dropped);
  // After the old versions went.
  const auto after = allowance(*w_usage, actor.owner, defaults);
  if (!after) return std::unexpected(after.error());
  if (after->quota.stored_mb > 0 && after->usage.stored_bytes > std::uint64_t{after->quota.stored_mb} << 20U)
    return fail(Code::quota_stored, fmt::format("{} bytes with this version, of {} MiB", after->usage.stored_bytes,
                                                after->quota.stored_mb));
  return out;
}

Result<Activated> Catalog::roll_back(const Actor& actor, const FunctionName& name,
                                     std::optional<std::uint32_t> version) {
  return connections_->change(statements_->check, actor, [&] { return statements_->roll_back(actor, name, version); });
}

Result<Activated> Catalog::Statements::roll_back(const Actor& actor, const FunctionName& name,
                                                 std::optional<std::uint32_t> version) {
  const auto known = own_row(actor.owner, name);
  if (!known) return std::unexpected(known.error());
  if (!version) {
    if (auto found = w_previous->bind(1, known->id).bind(2, std::int64_t{known->active}).step(); !found)
      return std::unexpected(found.error());
    const bool none = w_previous->is_null(0);
    const auto previous = static_cast<std::uint32_t>(w_previous->integer(0));
    w_previous->reset();
    if (none)
      return fail(Code::nothing_to_roll_back,
                  "version " + std::to_string(known->active) + " is the oldest that is kept");
    version = previous;
  }
  const auto exists = any(w_has_version->bind(1, known->id).bind(2, std::int64_t{*version}));
  if (!exists) return std::unexpected(exists.error());
  if (!*exists) return fail(Code::version_not_found, "'" + name.str() + "' has no version " + std::to_string(*version));
  if (*version == known->active) return Activated{FunctionId(known->id), *version, known->active, {}};
  if (auto done = w_activate->bind(1, known->id).bind(2, std::int64_t{*version}).bind(3, millis(system_now())).run();
      !done)
    return std::unexpected(done.error());
  if (auto done = audit.append(actor, "rollback", name.str(), "version " + std::to_string(*version)); !done)
    return std::unexpected(done.error());
  return Activated{FunctionId(known->id), *version, known->active, {}};
}

Result<Activated> Catalog::remove(const Actor& actor, const FunctionName& name) {
  return connections_->change(statements_->check, actor, [&] { return statements_->remove(actor, name); });
}

Result<Activated> Catalog::Statements::remove(const Actor& actor, const FunctionName& name) {
  const auto known = own_row(actor.owner, name);
  if (!known) return std::unexpected(known.error());
  Activated out{FunctionId(known->id), 0, known->active, {}};
  const auto listed = each_row(w_version_shas->bind(1, known->id),
                               [&](const Statement& row) { out.dropped.push_back(digest(row.blob(0))); });
  if (!listed) return std::unexpected(listed.error());
  const std::int64_t until = millis(system_now() + kNameCoolDown);
  if (auto done = w_delete->bind(1, known->id).run(); !done) return std::unexpected(done.error());
  w_bury->bind(1, name.str()).bind(2, static_cast<std::int64_t>(actor.owner)).bind(3, until);
  if (auto done = w_bury->run(); !done) return std::unexpected(done.error());
  if (auto done = audit.append(actor, "delete", name.str(), {}); !done) return std::unexpected(done.error());
  return out;
}

Result<> Catalog::transfer(const Actor& actor, const FunctionName& name, OwnerId to) {
  return connections_->change(statements_->check, actor, [&] { return statements_->transfer(actor, name, to); });
}

Result<> Catalog::Statements::transfer(const Actor& actor, const FunctionName& name, OwnerId to) {
  const auto known = own_row(actor.owner, name);
  if (!known) return std::unexpected(known.error());
  const auto id = static_cast<std::int64_t>(to);
  const auto there = any(w_has_owner->bind(1, id));
  if (!there) return std::unexpected(there.error());
  if (!*there) return fail(Code::owner_not_found, "#" + std::to_string(id));
  if (auto done = w_transfer->bind(1, known->id).bind(2, id).run(); !done) return done;
  return audit.append(actor, "transfer", name.str(), "to owner " + std::to_string(id));
}

Result<bool> Catalog::changed_outside() {
  const std::scoped_lock lock(connections_->write_mutex);
  // Of the writing connection, so that it counts the commits of other processes alone.
  const auto found = statements_->data_version->step();
  if (!found) return std::unexpected(found.error());
  const std::int64_t now = statements_->data_version->integer(0);
  statements_->data_version->reset();
  return std::exchange(seen_data_version_, now) != now;
}

}  // namespace faasta::store
