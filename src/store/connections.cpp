#include "store/connections.hpp"

#include <filesystem>
#include <system_error>

#include "base/file.hpp"
#include "store/migrations.hpp"
#include "store/route_rows.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {

namespace {

/// The number of connections for reads of the API: one for each thread of the API that reads.
constexpr std::size_t kReaders = 3;

std::filesystem::path file_of(const CatalogPlace& place) { return place.data / "faasta.db"; }

Result<std::unique_ptr<SqliteDatabase>> open_to_write(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(auto write, SqliteDatabase::open(file, SqliteDatabase::Mode::read_write));
  // With synchronous FULL, a power cut does not undo a deploy after the client got its answer. The size of the WAL is
  // limited, so that a restart reads little.
  RETURN_IF_ERROR(
      write->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                     "PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 8388608;"));
  if (may_lose_data()) RETURN_IF_ERROR(write->execute("PRAGMA synchronous = OFF"));
  write->keep_journal_files();
  return write;
}

Result<std::unique_ptr<SqliteDatabase>> open_to_read(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(auto read, SqliteDatabase::open(file, SqliteDatabase::Mode::read_only));
  // The pages for a look-up are usually in the system's page cache. If the file is mapped, reading these pages needs no
  // system call.
  RETURN_IF_ERROR(read->execute("PRAGMA mmap_size = 2147418112;"));
  return read;
}

/// For the API and the operator, whose reads can be long.
Result<std::unique_ptr<Database>> open_for_lists(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(auto reader, open_to_read(file));
  reader->step_aside_often();
  return reader;
}

Result<std::unique_ptr<Database>> open_for_routes(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(auto reader, open_to_read(file));
  RETURN_IF_ERROR(route_rows::warm_up(*reader));
  return reader;
}

Result<std::shared_ptr<Connections>> with_readers(const std::filesystem::path& file, std::unique_ptr<Database> write,
                                                  std::size_t event_loops) {
  ASSIGN_OR_RETURN(auto reads, Readers::open([file] { return open_for_lists(file); }, kReaders));
  ASSIGN_OR_RETURN(auto routes, Readers::open([file] { return open_for_routes(file); }, event_loops));
  return std::make_shared<Connections>(std::move(write), std::move(reads), std::move(routes));
}

}  // namespace

Result<std::shared_ptr<Connections>> Connections::open(const CatalogPlace& place, std::size_t event_loops) {
  const std::filesystem::path file = file_of(place);
  ASSIGN_OR_RETURN(auto write, open_to_write(file));
  RETURN_IF_ERROR(migrate(*write));
  return with_readers(file, std::move(write), event_loops);
}

Result<std::shared_ptr<Connections>> Connections::open_as_it_is(const CatalogPlace& place) {
  const std::filesystem::path file = file_of(place);
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    return fail_with_advice(Code::data_unusable, "there is no catalog in " + place.data.string(),
                            "Name the data folder with `--data DIR`, or the configuration with `--config FILE`");
  ASSIGN_OR_RETURN(auto write, open_to_write(file));
  ASSIGN_OR_RETURN(const bool usable, can_be_used(*write));
  if (!usable)
    return fail(Code::data_unusable, "the catalog is of another version of faastad; start that server first");
  return with_readers(file, std::move(write), 1);
}

Result<std::int64_t> Connections::commits_of_others() {
  const std::scoped_lock lock(write_mutex_);
  // Asks the connection for writes. This process makes all its commits there, and they do not count, so only commits of
  // other processes count.
  return write_->commits_of_others();
}

}  // namespace faasta::store
