#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"
#include "store/artifacts.hpp"
#include "store/catalog.hpp"
#include "store/quota.hpp"

namespace faasta::deploy {

/// The static files that owners upload before a deploy: first a manifest, then the files that the server does not have.
/// Until a version has them, they belong to an upload, which ends when it is not used for an hour. A file counts as
/// present only if this function has it: otherwise an owner could get the file of another one by its digest.
///
/// Any thread may use it. All members except expected() block.
class AssetUploads {
 public:
  AssetUploads(store::Catalog& catalog, store::Artifacts& artifacts);

  struct Begun {
    Sha256 manifest;
    std::size_t files = 0;  ///< different files, without the manifest
    std::uint64_t bytes = 0;
    std::vector<store::StoredAsset> missing;  ///< in the order of their digests
  };
  /// Begins the upload of a manifest's files. Replaces an upload of this function that has another manifest. Fails with
  /// assets_invalid, name_taken or quota_assets.
  [[nodiscard]] Result<Begun> begin(OwnerId owner, const FunctionName& function, std::string_view manifest,
                                    const store::Quota& defaults);

  /// Returns the size of a missing file. Fails with assets_missing if no upload of the function misses it.
  [[nodiscard]] Result<std::uint64_t> expected(OwnerId owner, const FunctionName& function, const Sha256& sha256);
  [[nodiscard]] Result<store::TemporaryFile> temporary() const { return artifacts_.temporary(); }
  /// Takes a missing file. Its bytes must have the digest and the size that the manifest names.
  [[nodiscard]] Result<> receive(OwnerId owner, const FunctionName& function, const store::StoredAsset& asset,
                                 store::TemporaryFile& file);

  /// The files of a manifest, which stay while this object exists.
  class Upload;
  using Claim = std::shared_ptr<const Upload>;
  /// Checks that all files of the manifest are there. Empty if a version of the function has this manifest already.
  /// Fails with assets_missing.
  [[nodiscard]] Result<Claim> find(OwnerId owner, const FunctionName& function, const Sha256& manifest);
  /// Makes the files of a claim durable, and returns them. For an empty claim, returns nothing.
  [[nodiscard]] Result<std::vector<store::StoredAsset>> take(const Claim& claim);

  /// Ends the upload of a manifest that a version has now. Does nothing if there is none.
  void finish(OwnerId owner, const FunctionName& function, const Sha256& manifest);
  /// Ends the uploads that were not used for an hour, and deletes the files of all uploads that have ended.
  void drop_idle(SteadyTime now);

 private:
  class Leftovers;
  using Key = std::pair<OwnerId, std::string>;
  using UploadPtr = std::shared_ptr<Upload>;

  [[nodiscard]] UploadPtr known(OwnerId owner, const FunctionName& function);
  void end(std::vector<UploadPtr> uploads);
  void collect();
  [[nodiscard]] Result<> store_manifest(const Sha256& sha256, std::string_view text);

  store::Catalog& catalog_;
  store::Artifacts& artifacts_;
  const std::shared_ptr<Leftovers> leftovers_;
  std::mutex mutex_;
  std::map<Key, UploadPtr> uploads_;
};

}  // namespace faasta::deploy
