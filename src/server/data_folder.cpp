#include "server/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/propagate.hpp"
#include "base/sha256.hpp"
#include "base/shell_quote.hpp"
#include "identity/token.hpp"

namespace faasta::server {

namespace fs = std::filesystem;

Result<> DataFolder::make(const fs::path& path) {
  std::error_code error;
  const bool made = fs::create_directories(path, error);
  if (!error && made) fs::permissions(path, fs::perms::owner_all, error);
  // Not an error: the folder above may be one that this user cannot read.
  if (!error && made) static_cast<void>(sync_folder(fs::absolute(path).lexically_normal().parent_path()));
  if (error) return fail(Code::data_unusable, path.string() + ": " + error.message());
  return {};
}

Result<DataFolder> DataFolder::open(const fs::path& path, FileDescriptor given) {
  RETURN_IF_ERROR(make(path));
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return fail_errno(Code::data_unusable, path.string(), errno);
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail_with_advice(Code::data_unusable, path.string() + " can be written by other users of this machine",
                            "Run `chmod 700 " + shell_quoted(path.string()) + "`");
  auto lock = given ? Result<FileDescriptor>(std::move(given)) : open_file(path / "lock", O_RDWR | O_CREAT);
  if (!lock) return fail(Code::data_unusable, lock.error().detail);
  if (::flock(lock->get(), LOCK_EX | LOCK_NB) != 0)
    return fail(Code::data_unusable, path.string() + " is in use by another faastad");
  return DataFolder(fs::absolute(path), std::move(*lock));
}

std::vector<std::string> DataFolder::risks() const {
  std::vector<std::string> out;
  struct stat status{};
  if (::stat(path_.c_str(), &status) != 0) return out;
  if ((status.st_mode & (S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH)) != 0)
    out.push_back("other users of this machine can read " + path_.string() + "; run `chmod 700`");
  if (status.st_uid != ::geteuid())
    out.push_back(path_.string() + " belongs to another user, who can have the server run their code; run `chown`");
  return out;
}

fs::path owner_token_file(const Config& config) {
  std::error_code error;
  const fs::path absolute = fs::absolute(config.data, error);
  return (error ? config.data : absolute).lexically_normal() / "owner.token";
}

Result<bool> ensure_owner_token(const fs::path& data, store::Accounts& accounts) {
  const fs::path file = data / "owner.token";
  std::error_code error;
  const bool made = !fs::exists(file, error);
  Result<std::string> existing = made ? Result<std::string>(identity::new_token()) : read_file(file, 4096);
  if (!existing) return std::unexpected(existing.error());
  std::string token = *std::move(existing);
  while (token.ends_with('\n')) token.pop_back();
  if (token.size() < 32)
    return fail(Code::data_unusable, file.string() + " does not hold a token; delete it to have a new one made");
  // Each start repeats the step below. So if a crash came after the file was written and before the row was added, the
  // next start adds the row.
  if (!made) {
    const auto good = accounts.ensure_owner_token(sha256(token));
    if (!good) return std::unexpected(good.error());
    if (*good) return false;
    token = identity::new_token();  // the token in the file was revoked
  }
  if (auto written = replace_file(file, token + "\n", 0600, Durable::yes); !written)
    return std::unexpected(written.error());
  if (auto added = accounts.ensure_owner_token(sha256(token)); !added) return std::unexpected(added.error());
  return true;
}

}  // namespace faasta::server
