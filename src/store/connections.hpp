#pragma once
// The catalog file as its users share it: one connection to write, one to read. Internal to src/store.

#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>

#include "base/error.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {

/// Catalog, Accounts and AuditLog hold it together, each with its own statements, which they use under the mutex of
/// their connection. Reads have a connection of their own, so that none waits for a commit that waits for the disk.
struct Connections {
  /// Opens the file, makes or migrates its tables.
  [[nodiscard]] static Result<std::shared_ptr<Connections>> open(const std::filesystem::path& file);

  std::mutex write_mutex;
  Database write;
  std::mutex read_mutex;
  Database read;

  Connections(Database to_write, Database to_read) : write(std::move(to_write)), read(std::move(to_read)) {}
};

}  // namespace faasta::store
