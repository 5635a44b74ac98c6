#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/asset_manifest.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"
#include "gateway/digest_cache.hpp"
#include "store/artifacts.hpp"

namespace faasta::gateway {

/// A static file that is open. A small one is in memory.
struct OpenAsset {
  std::string bytes;    ///< the whole content of a small file
  FileDescriptor file;  ///< of a larger file

  /// Reads at most `into.size()` bytes from `from` on, if they are in the page cache. 0: they are not. Fails with
  /// asset_damaged at the end of the file.
  [[nodiscard]] Result<std::size_t> read_now(std::span<char> into, std::uint64_t from) const;
  /// The same; waits for the disk.
  [[nodiscard]] Result<std::size_t> read(std::span<char> into, std::uint64_t from) const;
};

/// The manifests and the static files that were requested lately. Any thread may use it.
class AssetCache {
 public:
  /// A file up to this size is kept in memory.
  static constexpr std::uint64_t kSmall = 64U << 10U;

  explicit AssetCache(store::Artifacts& artifacts) : artifacts_(artifacts) {}

  using Manifest = std::shared_ptr<const AssetManifest>;
  using File = std::shared_ptr<const OpenAsset>;

  // These functions find what is in memory. Otherwise they return null.
  [[nodiscard]] Manifest find_manifest(const Sha256& sha256) { return manifests_.find(sha256); }
  [[nodiscard]] File find_file(const Sha256& sha256) { return files_.find(sha256); }

  // These functions read the disk, for a function of `owner`. They fail with asset_damaged. A damaged file is put aside
  // (quarantine), so that the next upload brings it again.
  [[nodiscard]] Result<Manifest> load_manifest(const Sha256& sha256, OwnerId owner);
  [[nodiscard]] Result<File> open_file(const Asset& asset, OwnerId owner);

  void drop_idle() {
    manifests_.drop_idle();
    files_.drop_idle();
  }
  /// Bytes of memory, roughly. An open file counts as kSmall bytes.
  [[nodiscard]] std::size_t bytes() const { return manifests_.cost() + files_.cost(); }

 private:
  [[nodiscard]] std::unexpected<Error> put_aside(const std::filesystem::path& file, const std::string& cause);

  static constexpr std::size_t kManifestBytes = 32U << 20U;
  static constexpr std::size_t kFileBytes = 64U << 20U;

  store::Artifacts& artifacts_;
  DigestCache<AssetManifest> manifests_{kManifestBytes};
  DigestCache<OpenAsset> files_{kFileBytes};
};

}  // namespace faasta::gateway
