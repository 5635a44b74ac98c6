#pragma once

#include "api/subject.hpp"
#include "base/ids.hpp"
#include "base/places.hpp"
#include "deploy/asset_uploads.hpp"
#include "deploy/owner_lines.hpp"
#include "store/quota.hpp"

namespace faasta::api {

/// Takes the static files of a version before its deploy: first the manifest, then the files that are missing.
class AssetsApi final : public Subject {
 public:
  /// `quota`: the default quota, for owners without their own figures.
  AssetsApi(deploy::AssetUploads& uploads, const store::Quota& quota) : uploads_(uploads), quota_(quota) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  [[nodiscard]] Answer begin(Request& request);
  [[nodiscard]] Answer put(Request& request);
  [[nodiscard]] Task<Result<>> receive(http::Exchange& exchange, OwnerId owner, const FunctionName& name,
                                       const std::vector<store::StoredAsset>& files);

  deploy::AssetUploads& uploads_;
  const store::Quota quota_;
  Places<OwnerId> beginning_;
  Places<OwnerId> receiving_;
  deploy::OwnerLines lines_;    ///< the manifests of each owner that have arrived
  asio::thread_pool files_{2};  ///< reads manifests, and writes files
};

}  // namespace faasta::api
