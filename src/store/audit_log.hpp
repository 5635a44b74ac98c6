#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"

namespace faasta::store {

struct Connections;
class Database;

/// One action that changed something.
struct AuditRow {
  std::int64_t id = 0;
  SystemTime time;
  std::string actor;    ///< "owner 12 token 7", "operator"
  OwnerId owner{};      ///< whose things were changed
  std::string action;   ///< "deploy"
  std::string subject;  ///< what was changed: the function's name, the token's id
  std::string detail;
  Sha256 hash;  ///< of the row before and of all of this
};

/// Appends to the log, inside the transaction that makes the change, so that neither is there without the other.
/// Each row's hash covers the row before it, and a head row says which is the last: a row that is edited, removed or
/// slipped in is found by verify(). Whoever can write the file can write it all anew, so an operator who wants proof
/// against that keeps the head's hash somewhere else.
class AuditAppender {
 public:
  [[nodiscard]] static Result<AuditAppender> prepare(Database& write);
  AuditAppender(AuditAppender&&) noexcept;
  AuditAppender& operator=(AuditAppender&&) noexcept;
  AuditAppender(const AuditAppender&) = delete;
  AuditAppender& operator=(const AuditAppender&) = delete;
  ~AuditAppender();

  [[nodiscard]] Result<> append(const Actor& actor, std::string_view action, std::string_view subject,
                                std::string_view detail, SystemTime time = system_now());

 private:
  struct Statements;
  explicit AuditAppender(std::unique_ptr<Statements> statements);
  std::unique_ptr<Statements> statements_;
};

/// The log as it is read. Any thread.
class AuditLog {
 public:
  explicit AuditLog(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}

  /// Rows after `after`, oldest first, until `visit` says false.
  [[nodiscard]] Result<> for_each(std::int64_t after, const std::function<bool(const AuditRow&)>& visit) const;

  /// The number of the last row, which is how many there are.
  [[nodiscard]] Result<std::int64_t> rows() const;

  struct Head {
    std::int64_t rows = 0;
    Sha256 hash;
  };
  /// Reads the whole log. Fails with audit_broken and says at which row.
  [[nodiscard]] Result<Head> verify() const;

 private:
  std::shared_ptr<Connections> connections_;
};

}  // namespace faasta::store
