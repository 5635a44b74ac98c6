#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "gateway/asset_cache.hpp"
#include "gateway/asset_choice.hpp"
#include "gateway/owner_pool.hpp"
#include "gateway/target.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// Answers requests with the static files of a version. No guest runs, and no place of a call is taken. Any thread may
/// use it.
class AssetServer {
 public:
  /// The answers since the start.
  struct Counts {
    std::uint64_t answers = 0;
    std::uint64_t bytes = 0;  ///< of their bodies
  };

  /// `access_log`: whether each answer gets a line in the server's log.
  AssetServer(store::Artifacts& artifacts, bool access_log) : cache_(artifacts), access_log_(access_log) {}

  enum class Done : std::uint8_t {
    answered,
    nothing,  ///< the function must answer
    counted   ///< the same, and the request was counted against the owner's limit
  };
  /// Answers the request, if the files of the target have an answer to it. An error: no answer was begun, and the
  /// caller must answer with the error. `is_private`: the request needed a token, so no shared cache may keep the file.
  [[nodiscard]] Task<Result<Done>> answer(http::Exchange& exchange, const Target& target, std::string_view name,
                                          bool is_private);

  void drop_idle() { cache_.drop_idle(); }
  [[nodiscard]] Counts counts() const noexcept { return {answers_.load(), bytes_.load()}; }
  [[nodiscard]] std::size_t cached_bytes() const { return cache_.bytes(); }

 private:
  [[nodiscard]] static Result<> count(const http::Exchange& exchange, const Target& target);
  [[nodiscard]] Task<Result<AssetCache::Manifest>> load(const Target& target);
  [[nodiscard]] Task<Result<std::uint16_t>> send(http::Exchange& exchange, OwnerId owner, const AssetManifest& manifest,
                                                 const AssetChoice& choice, bool is_private);
  [[nodiscard]] Task<Result<>> send_body(http::Exchange& exchange, OwnerId owner, const OpenAsset& file,
                                         ByteRange range);
  void ended(const http::Exchange& exchange, const Target& target, std::string_view name, std::uint16_t status);

  AssetCache cache_;
  const bool access_log_;
  std::atomic<std::uint64_t> answers_{0};
  std::atomic<std::uint64_t> bytes_{0};
  OwnerPool disk_{2, {}};  ///< reads manifests, and files that are not in the page cache
};

}  // namespace faasta::gateway
