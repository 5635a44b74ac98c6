#include "store/connections.hpp"

#include "store/migrations.hpp"

namespace faasta::store {

Result<std::shared_ptr<Connections>> Connections::open(const std::filesystem::path& file) {
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
  return std::make_shared<Connections>(std::move(*write), std::move(*read));
}

}  // namespace faasta::store
