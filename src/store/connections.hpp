#pragma once
// The catalog file as its users share it: one connection to write, two to read. Internal to src/store.

#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>

#include "base/error.hpp"
#include "store/actor_check.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {

/// Catalog, Accounts and AuditLog hold it together, each with its own statements, which they use under the mutex of
/// their connection. Reads have a connection of their own, so that none waits for a commit that waits for the disk; and
/// the reads of a request to a function have another one, so that an event loop waits for no list of the API.
struct Connections {
  /// Opens the file, makes or migrates its tables.
  [[nodiscard]] static Result<std::shared_ptr<Connections>> open(const std::filesystem::path& file);
  /// Opens a file that a server of this version made: another server may be running on it, so nothing is migrated.
  [[nodiscard]] static Result<std::shared_ptr<Connections>> open_as_it_is(const std::filesystem::path& file);

  std::mutex write_mutex;
  Database write;
  std::mutex read_mutex;
  Database read;
  std::mutex route_mutex;
  Database route;

  /// One transaction: what `work` returns is returned once it is durable, or rolled back if it is an error.
  template <class Work>
  auto change(Work work) -> decltype(work()) {
    const std::scoped_lock lock(write_mutex);
    auto transaction = Transaction::begin(write);
    if (!transaction) return std::unexpected(transaction.error());
    auto done = work();
    if (!done) return done;
    if (auto committed = transaction->commit(); !committed) return std::unexpected(committed.error());
    return done;
  }

  /// The same on behalf of somebody who may have lost the right to it meanwhile.
  template <class Work>
  auto change(ActorCheck& check, const Actor& actor, Work work) -> decltype(work()) {
    return change([&]() -> decltype(work()) {
      if (auto allowed = check(actor); !allowed) return std::unexpected(allowed.error());
      return work();
    });
  }

  Connections(Database to_write, Database to_read, Database to_route)
      : write(std::move(to_write)), read(std::move(to_read)), route(std::move(to_route)) {}
};

}  // namespace faasta::store
