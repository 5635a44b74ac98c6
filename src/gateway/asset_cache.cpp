#include "gateway/asset_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/log.hpp"

namespace faasta::gateway {
namespace {

std::unexpected<Error> damaged(const std::filesystem::path& file, const std::string& cause) {
  log::error("asset_damaged", {{"file", file.string()}, {"cause", cause}});
  return fail(Code::asset_damaged);
}

Result<std::size_t> bytes_of(ssize_t got, std::string_view cause) {
  if (got > 0) return static_cast<std::size_t>(got);
  log::error("asset_damaged", {{"cause", got == 0 ? std::string_view("a file became shorter") : cause}});
  return fail(Code::asset_damaged);
}

}  // namespace

Result<std::size_t> OpenAsset::read_now(std::span<char> into, std::uint64_t from) const {
  const iovec part{into.data(), into.size()};
  const ssize_t got = ::preadv2(file.get(), &part, 1, static_cast<off_t>(from), RWF_NOWAIT);
  // Some file systems do not know RWF_NOWAIT: then each read is one that may wait.
  if (got < 0 && (errno == EAGAIN || errno == EOPNOTSUPP || errno == EINTR)) return 0;
  return bytes_of(got, "cannot be read");
}

Result<std::size_t> OpenAsset::read(std::span<char> into, std::uint64_t from) const {
  ssize_t got = -1;
  do got = ::pread(file.get(), into.data(), into.size(), static_cast<off_t>(from));
  while (got < 0 && errno == EINTR);
  return bytes_of(got, "cannot be read");
}

std::unexpected<Error> AssetCache::put_aside(const std::filesystem::path& file, const std::string& cause) {
  artifacts_.quarantine(file, cause);
  return damaged(file, cause);
}

Result<AssetCache::Manifest> AssetCache::load_manifest(const Sha256& sha256, OwnerId owner) {
  if (auto known = manifests_.find(sha256)) return known;
  const auto path = artifacts_.asset(sha256);
  const auto text = read_file(path, kMostManifestBytes);
  if (!text) return damaged(path, text.error().detail);
  if (faasta::sha256(*text) != sha256) return put_aside(path, "the manifest has another digest");
  auto manifest = read_asset_manifest(*text);
  if (!manifest) return damaged(path, manifest.error().detail);
  auto out = std::make_shared<const AssetManifest>(*std::move(manifest));
  manifests_.keep(sha256, owner, out, out->bytes());
  return out;
}

Result<AssetCache::File> AssetCache::open_file(const Asset& asset, OwnerId owner) {
  if (auto known = files_.find(asset.sha256)) return known;
  const auto path = artifacts_.asset(asset.sha256);
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    const std::error_code error(errno, std::generic_category());
    const bool is_lack = error.value() == EMFILE || error.value() == ENFILE;  // that is no damage
    if (is_lack) return fail_for_now(Code::busy_server, "no file can be opened", std::chrono::seconds(1));
    return damaged(path, error.message());
  }
  struct stat found{};
  if (::fstat(file.get(), &found) != 0 || found.st_size != off_t{asset.size})
    return put_aside(path, "the file has another size");
  auto out = std::make_shared<OpenAsset>();
  if (asset.size > kSmall) {
    out->file = std::move(file);
    files_.keep(asset.sha256, owner, out, kSmall);
    return out;
  }
  auto bytes = read_file(path, kSmall);
  if (!bytes) return damaged(path, bytes.error().detail);
  if (faasta::sha256(*bytes) != asset.sha256) return put_aside(path, "the file has another digest");
  out->bytes = *std::move(bytes);
  files_.keep(asset.sha256, owner, out, out->bytes.size() + sizeof(OpenAsset));
  return out;
}

}  // namespace faasta::gateway
