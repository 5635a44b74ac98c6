#include "secrets/keys.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/mem.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "base/file.hpp"
#include "base/propagate.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"

namespace faasta::secrets {
namespace {

constexpr std::uint64_t kLargestFile = 4096;

/// A key and a SHA-256 both have 32 bytes, so the same function reads their digits.
static_assert(kKeyBytes == sizeof(Sha256::bytes));

std::unexpected<Error> unusable(const std::filesystem::path& file, std::string_view why) {
  return fail(Code::secrets_unusable, fmt::format("{}: {}", file.string(), why));
}

Result<> write_new(const std::filesystem::path& file, std::string_view text, unsigned mode) {
  ASSIGN_OR_RETURN(const auto made, open_file(file, O_WRONLY | O_CREAT | O_EXCL, mode));
  RETURN_IF_ERROR(write_all(made.get(), text));
  return sync_file(made.get());
}

/// Gives `made` to the owner of `file`, or of its folder if the file is not there.
void give_to_owner_of(const std::filesystem::path& file, const std::filesystem::path& made) {
  struct stat found{};
  if (::stat(file.c_str(), &found) == 0 || ::stat(file.parent_path().c_str(), &found) == 0)
    static_cast<void>(::chown(made.c_str(), found.st_uid, found.st_gid));
}

Result<> check_rights(const std::filesystem::path& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return unusable(file, "the file with the key of the secrets is not there");
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) == 0) return {};
  return unusable(file, "others may read the key of the secrets; `chmod 600` it");
}

}  // namespace

Result<Keys> Keys::read(const std::filesystem::path& file) {
  RETURN_IF_ERROR(check_rights(file));
  ASSIGN_OR_RETURN(std::string text, read_file(file, kLargestFile));
  std::vector<Key> keys;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = trimmed(take_until(rest, '\n'));
    if (line.empty()) continue;
    const auto bytes = Sha256::from_hex(line);
    if (!bytes) return unusable(file, "a line is not a key of 64 hexadecimal digits");
    keys.push_back(make_key(bytes->bytes));
  }
  OPENSSL_cleanse(text.data(), text.size());
  if (keys.empty()) return unusable(file, "the file has no key");
  return Keys(std::move(keys));
}

Result<> Keys::write(const std::filesystem::path& file, const std::vector<Key>& keys) {
  constexpr unsigned kMode = 0600;
  std::filesystem::path made = file;
  made += ".new-" + random_hex(6);
  std::string text;
  for (const Key& key : keys) text += Sha256{key.bytes}.hex() + "\n";
  auto written = write_new(made, text, kMode);
  OPENSSL_cleanse(text.data(), text.size());
  // `faastad admin` may run as root, and the server as another user, who must be able to read the file.
  if (written) give_to_owner_of(file, made);
  if (written && ::rename(made.c_str(), file.c_str()) != 0)
    written = fail_errno(Code::io_error, "rename to " + file.string(), errno);
  if (!written) {
    ::unlink(made.c_str());
    return written;
  }
  return sync_folder(file.parent_path());
}

Result<> Keys::create(const std::filesystem::path& file) {
  std::filesystem::path made = file;
  made += ".new-" + random_hex(6);
  RETURN_IF_ERROR(write(made, {random()}));
  // Unlike a rename, a link never replaces the key of another process.
  const bool linked = ::link(made.c_str(), file.c_str()) == 0;
  const int error = errno;
  ::unlink(made.c_str());
  if (!linked && error != EEXIST) return fail_errno(Code::io_error, "making " + file.string(), error);
  return sync_folder(file.parent_path());
}

Key Keys::random() {
  std::array<std::uint8_t, kKeyBytes> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) throw std::runtime_error("the system's random source failed");
  return make_key(bytes);
}

const Key* Keys::find(std::string_view id) const {
  const auto found = std::ranges::find(keys_, id, &Key::id);
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace faasta::secrets
