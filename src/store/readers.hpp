#pragma once
// Connections that read the catalog, lent one by one. Internal to src/store.

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

/// Connections, so that no reader waits for another. The event loops have some of their own.
///
/// How we know that a look-up of an event loop waits for nobody: it takes a connection off a list and puts it back
/// afterwards. The list's mutex is held while a pointer is moved, and never while a file is read or a query runs.
/// Nothing else has these connections: the API's lists, the audit log, log reads and writes have others. In SQLite's
/// WAL mode, a reader waits neither for other readers nor for a writer. SQLite's own locks of the process are held for
/// long only while a connection is opened or closed, which the server does when it starts and ends. What is left is the
/// look-up's own read of the file, which is one page in most cases.
class Readers {
 public:
  using Open = std::function<Result<std::unique_ptr<Database>>()>;

  /// `count`: how many threads read. If ever more do at once, each opens a connection more, which stays.
  [[nodiscard]] static Result<std::unique_ptr<Readers>> open(Open open_one, std::size_t count);

  /// What `work` makes of a connection that nobody else has meanwhile.
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
