#include "store/connections.hpp"

#include "store/migrations.hpp"

namespace faasta::store {

namespace {

Result<Database> open_to_write(const std::filesystem::path& file) {
  auto write = Database::open(file, Database::Mode::read_write);
  if (!write) return write;
  // FULL: a deploy that was acknowledged survives a power cut. The WAL is bounded, so that a restart reads little.
  if (auto done = write->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                                 "PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 8388608;");
      !done)
    return std::unexpected(done.error());
  write->keep_journal_files();
  return write;
}

Result<Database> open_to_read(const std::filesystem::path& file) {
  auto read = Database::open(file, Database::Mode::read_only);
  if (!read) return read;
  // Pages that a look-up needs are in the system's page cache, mostly; mapped, none takes a system call.
  if (auto done = read->execute("PRAGMA mmap_size = 2147418112;"); !done) return std::unexpected(done.error());
  return read;
}

Result<std::shared_ptr<Connections>> with_readers(const std::filesystem::path& file, Database write) {
  auto read = open_to_read(file);
  if (!read) return std::unexpected(read.error());
  auto route = open_to_read(file);
  if (!route) return std::unexpected(route.error());
  return std::make_shared<Connections>(std::move(write), std::move(*read), std::move(*route));
}

}  // namespace

Result<std::shared_ptr<Connections>> Connections::open(const std::filesystem::path& file) {
  auto write = open_to_write(file);
  if (!write) return std::unexpected(write.error());
  if (auto done = migrate(*write); !done) return std::unexpected(done.error());
  return with_readers(file, std::move(*write));
}

Result<std::shared_ptr<Connections>> Connections::open_as_it_is(const std::filesystem::path& file) {
  auto write = open_to_write(file);
  if (!write) return std::unexpected(write.error());
  const auto newest = is_newest(*write);
  if (!newest) return std::unexpected(newest.error());
  if (!*newest)
    return fail(Code::data_unusable, "the catalog is of another version of faastad; start that server first");
  return with_readers(file, std::move(*write));
}

}  // namespace faasta::store
