#pragma once
// Lends connections that read the catalog, each to one user at a time. Internal to src/store.

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/propagate.hpp"
#include "store/sql.hpp"

namespace faasta::store {

/// A set of connections, so that no reader waits for another reader. The event loops use one set, and all other readers
/// use another set.
///
/// A look-up of an event loop never waits for another user. It takes a connection from a list and puts the connection
/// back afterwards. The mutex of the list is held only while a pointer is moved, and never while a file is read or a
/// query runs. Only the event loops use the connections of their set. In SQLite's WAL mode, a reader does not wait for
/// other readers or for a writer. SQLite's own mutexes in the process are held for a long time only while a connection
/// is opened or closed. The server opens and closes connections only when it starts and ends. So a look-up waits only
/// for its own read of the file, which is one page in most cases.
class Readers {
 public:
  using Open = std::function<Result<std::unique_ptr<Database>>()>;

  /// `count`: the expected number of threads that read at a time. If more threads read at a time, each of them opens
  /// one more connection, which stays open.
  [[nodiscard]] static Result<std::unique_ptr<Readers>> open(Open open_one, std::size_t count);

  /// Runs `work` with a connection that no other thread uses during this time.
  template <class Work>
  auto with_one(Work work) -> std::invoke_result_t<Work, Database&> {
    ASSIGN_OR_RETURN(auto reader, take());
    auto done = work(*reader);
    put_back(std::move(reader));
    return done;
  }

 private:
  explicit Readers(Open open_one) : open_one_(std::move(open_one)) {}
  [[nodiscard]] Result<std::unique_ptr<Database>> take();
  void put_back(std::unique_ptr<Database> reader);

  Open open_one_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Database>> idle_;
};

}  // namespace faasta::store
