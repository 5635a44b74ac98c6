#include "store/audit_log.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/json.hpp"
#include "store/connections.hpp"
#include "store/row_values.hpp"

namespace faasta::store {
namespace {

/// SHA-256 over the hash before and the row as a JSON array, whose text says where each value ends.
Sha256 chained(const Sha256& before, const AuditRow& row) {
  const json::array values{row.id,     millis(row.time), row.actor, static_cast<std::int64_t>(row.owner),
                           row.action, row.subject,      row.detail};
  Sha256Stream stream;
  stream.update({reinterpret_cast<const char*>(before.bytes.data()), before.bytes.size()});
  stream.update(json::serialize(values));
  return stream.finish();
}

AuditRow read_row(const Statement& row) {
  return {row.integer(0), time_of(row.integer(1)), row.text(2), OwnerId(row.integer(3)), row.text(4), row.text(5),
          row.text(6),    digest(row.blob(7))};
}

/// "owner 12 token 7"; "owner 12" without a token; "operator".
std::string actor_text(const Actor& actor) {
  if (actor.by_operator) return "operator";
  std::string out = "owner " + std::to_string(static_cast<std::int64_t>(actor.owner));
  if (actor.token != TokenId{}) out += " token " + std::to_string(static_cast<std::int64_t>(actor.token));
  return out;
}

constexpr const char* kHead = "SELECT count, hash FROM audit_head";

Result<> each(Database& read, std::int64_t after, const std::function<bool(const AuditRow&)>& visit) {
  auto query =
      read.prepare("SELECT id, time, actor, owner, action, subject, detail, hash FROM audit WHERE id > ?1 ORDER BY id");
  if (!query) return std::unexpected(query.error());
  query->bind(1, after);
  for (;;) {
    const auto more = query->step();
    if (!more) return std::unexpected(more.error());
    if (!*more || !visit(read_row(*query))) return {};
  }
}

Result<AuditLog::Head> read_head(Database& read) {
  auto query = read.prepare(kHead);
  if (!query) return std::unexpected(query.error());
  const auto found = query->step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(Code::audit_broken, "it has no head");
  return AuditLog::Head{query->integer(0), digest(query->blob(1))};
}

Result<AuditLog::Head> check_chain(Database& read) {
  const auto expected = read_head(read);
  if (!expected) return expected;
  AuditLog::Head so_far;
  std::string broken;
  const auto done = each(read, INT64_MIN, [&](const AuditRow& row) {
    if (row.id < 1 || row.id > expected->rows)
      broken = "row " + std::to_string(row.id) + " was slipped in";
    else if (row.id != so_far.rows + 1)
      broken = "row " + std::to_string(so_far.rows + 1) + " is missing";
    else if (row.hash != chained(so_far.hash, row))
      broken = "row " + std::to_string(row.id) + " is not what was written";
    so_far = {row.id, row.hash};
    return broken.empty();
  });
  if (!done) return std::unexpected(done.error());
  if (broken.empty() && so_far.rows != expected->rows)
    broken = "rows after " + std::to_string(so_far.rows) + " are missing";
  if (broken.empty() && so_far.hash != expected->hash) broken = "the last row is not the one that was written last";
  if (!broken.empty()) return fail(Code::audit_broken, broken);
  return so_far;
}

}  // namespace

struct AuditAppender::Statements {
  Statement head, insert, move_head;
};

AuditAppender::AuditAppender(std::unique_ptr<Statements> statements) : statements_(std::move(statements)) {}
AuditAppender::AuditAppender(AuditAppender&&) noexcept = default;
AuditAppender& AuditAppender::operator=(AuditAppender&&) noexcept = default;
AuditAppender::~AuditAppender() = default;

Result<AuditAppender> AuditAppender::prepare(Database& write) {
  auto head = write.prepare(kHead);
  if (!head) return std::unexpected(head.error());
  auto insert = write.prepare(
      "INSERT INTO audit (id, time, actor, owner, action, subject, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
      "?8)");
  if (!insert) return std::unexpected(insert.error());
  auto move_head = write.prepare("UPDATE audit_head SET count = ?1, hash = ?2");
  if (!move_head) return std::unexpected(move_head.error());
  return AuditAppender(
      std::make_unique<Statements>(Statements{std::move(*head), std::move(*insert), std::move(*move_head)}));
}

Result<> AuditAppender::append(const Actor& actor, std::string_view action, std::string_view subject,
                               std::string_view detail, SystemTime time) {
  Statements& s = *statements_;
  const auto found = s.head.step();
  if (!found) return std::unexpected(found.error());
  AuditRow row{.id = s.head.integer(0) + 1,
               .time = time,
               .actor = actor_text(actor),
               .owner = actor.owner,
               .action = std::string(action),
               .subject = valid_utf8(subject),  // as the JSON that is hashed has to be
               .detail = valid_utf8(detail),
               .hash = {}};
  const Sha256 before = digest(s.head.blob(1));
  s.head.reset();
  row.hash = chained(before, row);
  s.insert.bind(1, row.id).bind(2, millis(row.time)).bind(3, row.actor).bind(4, static_cast<std::int64_t>(row.owner));
  s.insert.bind(5, row.action).bind(6, row.subject).bind(7, row.detail).bind_blob(8, row.hash.bytes);
  if (auto done = s.insert.run(); !done) return done;
  return s.move_head.bind(1, row.id).bind_blob(2, row.hash.bytes).run();
}

Result<> AuditLog::for_each(std::int64_t after, const std::function<bool(const AuditRow&)>& visit) const {
  // In pages, since every route that is not in memory is looked up on the same connection.
  constexpr int kPage = 500;
  for (;;) {
    int rows = 0;
    bool more = true;
    const std::scoped_lock lock(connections_->read_mutex);
    const auto read = each(connections_->read, after, [&](const AuditRow& row) {
      after = row.id;
      more = visit(row);
      return more && ++rows < kPage;
    });
    if (!read || !more || rows < kPage) return read;
  }
}

Result<std::int64_t> AuditLog::rows() const {
  const std::scoped_lock lock(connections_->read_mutex);
  const auto head = read_head(connections_->read);
  if (!head) return std::unexpected(head.error());
  return head->rows;
}

Result<AuditLog::Head> AuditLog::verify() const {
  const std::scoped_lock lock(connections_->read_mutex);
  // Rows and head as they were at one moment: a row beyond the head is none that was just written.
  if (auto begun = connections_->read.execute("BEGIN"); !begun) return std::unexpected(begun.error());
  auto verified = check_chain(connections_->read);
  if (auto ended = connections_->read.execute("COMMIT"); !ended) return std::unexpected(ended.error());
  return verified;
}

}  // namespace faasta::store
