#pragma once
// The connections to the catalog's database. Internal to src/store; only the server's start also uses this header, to
// open the connections.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/propagate.hpp"
#include "store/actor_check.hpp"
#include "store/catalog_place.hpp"
#include "store/readers.hpp"
#include "store/sql.hpp"

namespace faasta::store {

/// Catalog, Accounts and AuditLog share this object. It has one connection for writes, several connections for reads of
/// the API and of `faastad admin`, and one connection for each event loop. So a read never waits for a commit or for a
/// long read of another user, and an event loop never waits for the API.
class Connections {
 public:
  /// Creates or migrates the tables. `event_loops`: how many threads look up routes.
  [[nodiscard]] static Result<std::shared_ptr<Connections>> open(const CatalogPlace& place,
                                                                 std::size_t event_loops = 1);
  /// Opens a catalog of this version of the server, without migrating it, because a server may be using it.
  [[nodiscard]] static Result<std::shared_ptr<Connections>> open_as_it_is(const CatalogPlace& place);

  /// Runs `work` in one transaction. If `work` returns an error, rolls back. Otherwise commits, and returns the result
  /// when the commit is durable.
  template <class Work>
  auto change(Work work) -> std::invoke_result_t<Work, Database&> {
    const std::scoped_lock lock(write_mutex_);
    ASSIGN_OR_RETURN(auto transaction, Transaction::begin(*write_));
    auto done = work(*write_);
    if (done) RETURN_IF_ERROR(transaction.commit());
    return done;
  }

  /// Runs `work` in one transaction, for an actor. Fails if the actor has lost the right to act since the request was
  /// admitted.
  template <class Work>
  auto change(const Actor& actor, Work work) -> std::invoke_result_t<Work, Database&> {
    return change([&](Database& database) -> std::invoke_result_t<Work, Database&> {
      RETURN_IF_ERROR(check_actor(database, actor));
      return work(database);
    });
  }

  /// Runs a read of the API or of the operator.
  template <class Work>
  auto read(Work work) -> std::invoke_result_t<Work, Database&> {
    return reads_->with_one(std::move(work));
  }

  /// Runs a look-up for an event loop. The look-up does not wait for other users.
  template <class Work>
  auto route(Work work) -> std::invoke_result_t<Work, Database&> {
    return routes_->with_one(std::move(work));
  }

  /// Returns a number that changes when another process commits.
  [[nodiscard]] Result<std::int64_t> commits_of_others();

  Connections(std::unique_ptr<Database> to_write, std::unique_ptr<Readers> reads, std::unique_ptr<Readers> routes)
      : write_(std::move(to_write)), reads_(std::move(reads)), routes_(std::move(routes)) {}

 private:
  std::mutex write_mutex_;
  std::unique_ptr<Database> write_;
  std::unique_ptr<Readers> reads_;
  std::unique_ptr<Readers> routes_;
};

}  // namespace faasta::store
