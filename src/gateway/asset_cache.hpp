#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/asset_manifest.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
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

/// Values by digest, limited by their costs. The least recently used value is dropped first. Any thread may use it.
template <class Value>
class DigestCache {
 public:
  explicit DigestCache(std::size_t most) : most_(most) {}

  [[nodiscard]] std::shared_ptr<const Value> find(const Sha256& sha256) {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(sha256);
    if (found == entries_.end()) return nullptr;
    recent_.splice(recent_.begin(), recent_, found->second.used);
    found->second.used_in = sweeps_;
    return found->second.value;
  }
  void keep(const Sha256& sha256, std::shared_ptr<const Value> value, std::size_t cost) {
    std::vector<std::shared_ptr<const Value>> dropped;  // before the lock: a large value is destroyed after it
    const std::scoped_lock lock(mutex_);
    if (entries_.contains(sha256)) return;
    recent_.push_front(sha256);
    entries_.emplace(sha256, Entry{std::move(value), cost, recent_.begin(), sweeps_});
    cost_ += cost;
    while (cost_ > most_ && entries_.size() > 1) dropped.push_back(take_last());
  }
  /// Drops the values that were not used during the last kIdleSweeps calls of this function.
  void drop_idle() {
    std::vector<std::shared_ptr<const Value>> dropped;
    const std::scoped_lock lock(mutex_);
    ++sweeps_;
    while (!recent_.empty() && sweeps_ - entries_.at(recent_.back()).used_in > kIdleSweeps)
      dropped.push_back(take_last());
  }
  [[nodiscard]] std::size_t cost() const {
    const std::scoped_lock lock(mutex_);
    return cost_;
  }

 private:
  static constexpr std::uint64_t kIdleSweeps = 4;
  struct Entry {
    std::shared_ptr<const Value> value;
    std::size_t cost = 0;
    std::list<Sha256>::iterator used;
    std::uint64_t used_in = 0;
  };
  [[nodiscard]] std::shared_ptr<const Value> take_last() {
    const auto last = entries_.find(recent_.back());
    cost_ -= last->second.cost;
    auto value = std::move(last->second.value);
    entries_.erase(last);
    recent_.pop_back();
    return value;
  }

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<Sha256, Entry, Sha256Hash> entries_;
  std::list<Sha256> recent_;
  std::size_t cost_ = 0;
  std::uint64_t sweeps_ = 0;
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

  // These functions read the disk. They fail with asset_damaged. A damaged file is put aside (quarantine), so that the
  // next upload brings it again.
  [[nodiscard]] Result<Manifest> load_manifest(const Sha256& sha256);
  [[nodiscard]] Result<File> open_file(const Asset& asset);

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
  std::mutex loading_;  ///< so that requests that come together read a manifest once
};

}  // namespace faasta::gateway
