#include "server/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <system_error>

#include "base/sha256.hpp"
#include "identity/token.hpp"

namespace faasta::server {

namespace fs = std::filesystem;

Result<DataFolder> DataFolder::open(const fs::path& path) {
  std::error_code error;
  const bool made = fs::create_directories(path, error);
  if (!error && made) fs::permissions(path, fs::perms::owner_all, error);
  if (error) return fail(Code::data_unusable, path.string() + ": " + error.message());
  auto lock = open_file(path / "lock", O_RDWR | O_CREAT);
  if (!lock) return fail(Code::data_unusable, lock.error().detail);
  if (::flock(lock->get(), LOCK_EX | LOCK_NB) != 0)
    return fail(Code::data_unusable, path.string() + " is in use by another faastad");
  return DataFolder(fs::absolute(path), std::move(*lock));
}

Result<bool> ensure_owner_token(const fs::path& data, store::Accounts& accounts) {
  const fs::path file = data / "owner.token";
  auto existing = read_file(file, 4096);
  const bool made = !existing;
  std::string token = made ? identity::new_token() : *existing;
  while (token.ends_with('\n')) token.pop_back();
  if (token.size() < 32)
    return fail(Code::data_unusable, file.string() + " does not hold a token; delete it to have a new one made");
  // Idempotent, so that a crash between file and row mends itself.
  if (!made) {
    const auto good = accounts.ensure_owner_token(sha256(token));
    if (!good) return std::unexpected(good.error());
    if (*good) return false;
    token = identity::new_token();  // the one in the file was revoked
  }
  if (auto written = replace_file(file, token + "\n", 0600, Durable::yes); !written)
    return std::unexpected(written.error());
  if (auto added = accounts.ensure_owner_token(sha256(token)); !added) return std::unexpected(added.error());
  return true;
}

}  // namespace faasta::server
