#include "backup/manifest.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "base/file.hpp"
#include "base/propagate.hpp"

namespace faasta::backup {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigits = 64;
constexpr std::string_view kBetween = "  ";

/// Whether a path stays in its folder, and has no strange bytes.
bool is_inside(const fs::path& path) {
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
  if (path.empty() || path.is_absolute() || !std::ranges::all_of(path.string(), is_plain)) return false;
  for (const fs::path& part : path)
    if (part == ".." || part == "." || part.empty()) return false;
  return true;
}

/// Whether a backup can have this file. A backup may come from a place that others can write to: it must not bring
/// compiled code, or the key by which a server knows its own code.
bool is_of_backup(const std::string& path, const Sha256& digest) {
  constexpr std::array kFiles = {"faasta.db", "metrics.db", "logs.db", "backup.json", "owner.token", "secrets.key"};
  if (std::ranges::find(kFiles, path) != kFiles.end()) return true;
  if (path == component_path(digest) || path == asset_path(digest)) return true;
  return path.starts_with("tls/") && is_inside(path);
}

template <class Use>
Result<> for_each_part(const FileDescriptor& file, const fs::path& path, Use use) {
  std::string bytes(std::size_t{1} << 20U, '\0');
  for (;;) {
    const ssize_t got = ::read(file.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(Code::io_error, "read " + path.string(), errno);
    if (got == 0) return {};
    RETURN_IF_ERROR(use(std::string_view(bytes).substr(0, static_cast<std::size_t>(got))));
  }
}

}  // namespace

fs::path plain(const fs::path& folder) {
  const fs::path out = folder.lexically_normal();
  return out.has_filename() || !out.has_relative_path() ? out : out.parent_path();
}

std::string component_path(const Sha256& digest) { return "artifacts/" + digest.hex() + ".wasm"; }
std::string asset_path(const Sha256& digest) { return "assets/" + digest.hex(); }

Result<> check_is_whole(const Manifest& manifest, const std::vector<Sha256>& components,
                        const std::vector<Sha256>& assets) {
  std::vector<std::string> paths;
  for (const Sha256& component : components) paths.push_back(component_path(component));
  for (const Sha256& asset : assets) paths.push_back(asset_path(asset));
  for (const std::string& path : paths)
    if (!manifest.contains(path)) return fail(Code::backup_damaged, std::string(kManifest) + " does not name " + path);
  return {};
}

std::string to_text(const Manifest& manifest) {
  std::string out;
  for (const auto& [path, digest] : manifest) out += digest.hex().append(kBetween).append(path) += '\n';
  return out;
}

Result<Manifest> read_manifest(const fs::path& backup) {
  const fs::path file = backup / kManifest;
  const auto text = read_file(file);
  if (!text) return fail(Code::backup_damaged, text.error().detail);
  Manifest out;
  int number = 0;
  for (std::string_view rest = *text; !rest.empty();) {
    ++number;
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    const auto digest = Sha256::from_hex(line.substr(0, kDigits));
    const std::string path(line.size() > kDigits + kBetween.size() ? line.substr(kDigits + kBetween.size()) : "");
    const bool good = end != std::string_view::npos && digest && digest->hex() == line.substr(0, kDigits) &&
                      line.substr(kDigits).starts_with(kBetween) && is_of_backup(path, *digest) &&
                      out.emplace(path, *digest).second;
    if (!good) return fail(Code::backup_damaged, file.string() + ": line " + std::to_string(number));
    rest.remove_prefix(end + 1);
  }
  if (!out.contains("faasta.db")) return fail(Code::backup_damaged, file.string() + " does not name faasta.db");
  return out;
}

Result<Sha256> digest_on_disk(const fs::path& file) {
  ASSIGN_OR_RETURN(const auto open, open_file(file, O_RDONLY | O_NOFOLLOW));
  static_cast<void>(::posix_fadvise(open.get(), 0, 0, POSIX_FADV_DONTNEED));
  Sha256Stream digest;
  RETURN_IF_ERROR(for_each_part(open, file, [&digest](std::string_view part) -> Result<> {
    digest.update(part);
    return {};
  }));
  return digest.finish();
}

Result<std::optional<Sha256>> copy_of(const fs::path& from, const fs::path& to) {
  const FileDescriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!source && errno == ENOENT) return std::nullopt;
  if (!source) return fail_errno(Code::io_error, "open " + from.string(), errno);
  ASSIGN_OR_RETURN(const auto target, open_file(to, O_WRONLY | O_CREAT | O_EXCL));
  Sha256Stream digest;
  RETURN_IF_ERROR(for_each_part(source, from, [&](std::string_view part) {
    digest.update(part);
    return write_all(target.get(), part);
  }));
  RETURN_IF_ERROR(sync_file(target.get()));
  return digest.finish();
}

}  // namespace faasta::backup
