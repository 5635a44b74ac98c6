#include "deploy/asset_uploads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/asset_manifest.hpp"
#include "base/propagate.hpp"

namespace faasta::deploy {
namespace {

constexpr std::chrono::hours kIdle{1};
/// Each upload may have files of a whole quota, so an owner has only a few of them.
constexpr std::size_t kMostOfOwner = 4;

using Sizes = std::unordered_map<Sha256, std::uint64_t, Sha256Hash>;

/// The files of a manifest, each once.
Sizes sizes_of(const AssetManifest& manifest) {
  Sizes out;
  for (const auto& [path, asset] : manifest.files) out.emplace(asset.sha256, asset.size);
  return out;
}

}  // namespace

/// The files of an upload, which stay on the disk.
using Pins = std::deque<store::Artifacts::Pin>;

/// The files of uploads that nobody refers to any more. They wait for a thread that may delete files. Until then they
/// are pinned: to end a pin takes the mutex of the artifacts, which an event loop must not wait for.
class AssetUploads::Leftovers {
 public:
  void add(std::vector<Sha256> files, Pins pins) {
    const std::scoped_lock lock(mutex_);
    files_.insert(files_.end(), files.begin(), files.end());
    pins_.push_back(std::move(pins));
  }
  /// Ends the pins, and returns the files.
  [[nodiscard]] std::vector<Sha256> take() {
    std::vector<Pins> ended;
    const std::scoped_lock lock(mutex_);
    ended.swap(pins_);
    return std::exchange(files_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Sha256> files_;
  std::vector<Pins> pins_;
};

class AssetUploads::Upload {
 public:
  Upload(store::Artifacts& artifacts, std::shared_ptr<Leftovers> leftovers, const Sha256& manifest_of,
         Sizes sizes_of_files)
      : manifest(manifest_of), sizes(std::move(sizes_of_files)), leftovers_(std::move(leftovers)) {
    for (const auto& [sha256, size] : sizes) pins_.emplace_back(artifacts, sha256);
    pins_.emplace_back(artifacts, manifest);
  }
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;
  /// May run on an event loop, when a deploy ends. So it deletes no file, and ends no pin. Only the files that the
  /// upload has brought are left: a manifest may name 10,000 files without bringing one.
  ~Upload() {
    std::vector<Sha256> files{manifest};
    for (const auto& [sha256, size] : received) files.push_back(sha256);
    leftovers_->add(std::move(files), std::move(pins_));
  }

  const Sha256 manifest;
  const Sizes sizes;
  std::uint64_t manifest_bytes = 0;
  // The members below are read and written under AssetUploads::mutex_.
  Sizes missing;
  Sizes received;
  SteadyTime used;

 private:
  const std::shared_ptr<Leftovers> leftovers_;
  Pins pins_;
};

AssetUploads::AssetUploads(store::Catalog& catalog, store::Artifacts& artifacts)
    : catalog_(catalog), artifacts_(artifacts), leftovers_(std::make_shared<Leftovers>()) {}

Result<> AssetUploads::store_manifest(const Sha256& sha256, std::string_view text) {
  ASSIGN_OR_RETURN(auto file, artifacts_.temporary());
  RETURN_IF_ERROR(write_all(file.fd(), text));
  return artifacts_.place_asset(sha256, text.size(), file);
}

Result<AssetUploads::Begun> AssetUploads::begin(OwnerId owner, const FunctionName& function, std::string_view text,
                                                const store::Quota& defaults) {
  ASSIGN_OR_RETURN(const auto manifest, read_asset_manifest(text));
  RETURN_IF_ERROR(check_asset_fields(manifest.headers));
  Begun out{.manifest = sha256(text), .missing = {}};
  auto upload = std::make_shared<Upload>(artifacts_, leftovers_, out.manifest, sizes_of(manifest));
  upload->manifest_bytes = text.size();
  ASSIGN_OR_RETURN(const auto stored, catalog_.assets(owner, function, out.manifest));
  Sizes there;
  for (const store::StoredAsset& file : stored.files) there.emplace(file.sha256, file.size);
  if (const UploadPtr before = known(owner, function)) {
    const std::scoped_lock lock(mutex_);
    for (const auto& [sha256, size] : before->received) {
      there.emplace(sha256, size);
      if (upload->sizes.contains(sha256)) upload->received.emplace(sha256, size);
    }
  }
  std::uint64_t missing_bytes = stored.has_manifest ? 0 : text.size();
  for (const auto& [sha256, size] : upload->sizes) {
    out.bytes += size;
    const auto found = there.find(sha256);
    if (found != there.end() && found->second == size && artifacts_.has_asset(sha256, size)) continue;
    upload->missing.emplace(sha256, size);
    out.missing.push_back({sha256, size});
    missing_bytes += size;
  }
  out.files = upload->sizes.size();
  std::ranges::sort(out.missing, {}, &store::StoredAsset::sha256);
  RETURN_IF_ERROR(catalog_.may_store(owner, missing_bytes, defaults));
  RETURN_IF_ERROR(store_manifest(out.manifest, text));
  upload->used = std::chrono::steady_clock::now();
  std::vector<UploadPtr> ended;
  {
    const std::scoped_lock lock(mutex_);
    UploadPtr& slot = uploads_[{owner, function.str()}];
    if (slot) ended.push_back(std::move(slot));
    slot = upload;
    const auto first = uploads_.lower_bound({owner, ""});
    const auto last = std::find_if(first, uploads_.end(), [&](const auto& one) { return one.first.first != owner; });
    if (static_cast<std::size_t>(std::distance(first, last)) > kMostOfOwner) {
      const auto oldest =
          std::min_element(first, last, [](const auto& a, const auto& b) { return a.second->used < b.second->used; });
      ended.push_back(std::move(oldest->second));
      uploads_.erase(oldest);
    }
  }
  end(std::move(ended));
  return out;
}

AssetUploads::UploadPtr AssetUploads::known(OwnerId owner, const FunctionName& function) {
  const std::scoped_lock lock(mutex_);
  const auto found = uploads_.find({owner, function.str()});
  return found == uploads_.end() ? nullptr : found->second;
}

Result<std::uint64_t> AssetUploads::expected(OwnerId owner, const FunctionName& function, const Sha256& sha256) {
  if (const UploadPtr upload = known(owner, function)) {
    const std::scoped_lock lock(mutex_);
    upload->used = std::chrono::steady_clock::now();
    if (const auto found = upload->missing.find(sha256); found != upload->missing.end()) return found->second;
    if (const auto found = upload->sizes.find(sha256); found != upload->sizes.end()) return found->second;
  }
  return fail(Code::assets_missing,
              "no manifest of this function that was sent in the last hour names " + sha256.hex());
}

Result<> AssetUploads::receive(OwnerId owner, const FunctionName& function, const store::StoredAsset& asset,
                               store::TemporaryFile& file) {
  UploadPtr upload = known(owner, function);  // its pins keep the file
  if (!upload || !upload->sizes.contains(asset.sha256))
    return fail(Code::assets_missing, "another manifest of this function was sent meanwhile");
  RETURN_IF_ERROR(artifacts_.place_asset(asset.sha256, asset.size, file));
  {
    const std::scoped_lock lock(mutex_);
    if (upload->missing.erase(asset.sha256) > 0) upload->received.emplace(asset.sha256, asset.size);
  }
  upload.reset();
  collect();  // the upload may have ended meanwhile, with this file
  return {};
}

Result<AssetUploads::Claim> AssetUploads::find(OwnerId owner, const FunctionName& function, const Sha256& manifest) {
  const UploadPtr upload = known(owner, function);
  if (upload && upload->manifest == manifest) {
    const std::scoped_lock lock(mutex_);
    upload->used = std::chrono::steady_clock::now();
    if (upload->missing.empty()) return upload;
    return fail(Code::assets_missing,
                fmt::format("{} of {} files were not uploaded", upload->missing.size(), upload->sizes.size()));
  }
  ASSIGN_OR_RETURN(const auto stored, catalog_.assets(owner, function, manifest));
  if (stored.has_manifest) return nullptr;
  return fail(Code::assets_missing, "the manifest " + manifest.hex() + " was not sent in the last hour");
}

Result<std::vector<store::StoredAsset>> AssetUploads::take(const Claim& claim) {
  std::vector<store::StoredAsset> out;
  if (!claim) return out;
  RETURN_IF_ERROR(artifacts_.sync_assets());
  for (const auto& [sha256, size] : claim->sizes) out.push_back({sha256, size});
  out.push_back({claim->manifest, claim->manifest_bytes});
  return out;
}

void AssetUploads::finish(OwnerId owner, const FunctionName& function, const Sha256& manifest) {
  std::vector<UploadPtr> ended;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = uploads_.find({owner, function.str()});
    if (found == uploads_.end() || found->second->manifest != manifest) return;
    ended.push_back(std::move(found->second));
    uploads_.erase(found);
  }
  end(std::move(ended));
}

void AssetUploads::drop_idle(SteadyTime now) {
  std::vector<UploadPtr> ended;
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(uploads_, [&](auto& one) {
      if (now - one.second->used < kIdle) return false;
      ended.push_back(std::move(one.second));
      return true;
    });
  }
  end(std::move(ended));
}

void AssetUploads::end(std::vector<UploadPtr> uploads) {
  uploads.clear();  // a deploy that has a claim keeps the upload
  collect();
}

/// Deletes the files that ended uploads have brought and no version uses, and the files that were to be deleted while
/// uploads had them pinned.
void AssetUploads::collect() {
  for (const Sha256& sha256 : leftovers_->take()) artifacts_.collect_asset(sha256, catalog_);
  for (const Sha256& sha256 : artifacts_.take_let_go()) artifacts_.collect_asset(sha256, catalog_);
}

}  // namespace faasta::deploy
