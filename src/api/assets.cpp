#include "api/assets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "api/answer.hpp"
#include "api/query.hpp"
#include "api/request_body.hpp"
#include "base/asset_manifest.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"

namespace faasta::api {
namespace {

/// One request brings several small files, because each request counts against the owner's limit.
constexpr std::size_t kMostAtOnce = 200;
constexpr std::uint64_t kMostBytesAtOnce = kMostAssetBytes;
constexpr std::chrono::seconds kPatience{30};  ///< the longest time between two chunks
constexpr std::chrono::minutes kTime{10};      ///< the time for one request with files, as for a component
constexpr std::uint32_t kMostOfOwner = 4;      ///< requests with files at a time; requests with manifests likewise
constexpr std::chrono::seconds kRetry{5};

Result<std::vector<Sha256>> digests_of(std::string_view list) {
  std::vector<Sha256> out;
  while (!list.empty()) {
    const auto digest = Sha256::from_hex(take_until(list, ','));
    if (!digest) return fail(Code::bad_request, "'sha256' is not a list of digests of 64 hexadecimal digits");
    out.push_back(*digest);
    if (out.size() > kMostAtOnce)
      return fail(Code::bad_request, fmt::format("'sha256' names more than {} files", kMostAtOnce));
  }
  if (out.empty()) return fail(Code::bad_request, "the parameter 'sha256' is needed");
  return out;
}

/// The file that is being received.
class Incoming {
 public:
  Incoming(store::TemporaryFile file, const store::StoredAsset& asset) : file_(std::move(file)), asset_(asset) {}

  [[nodiscard]] std::uint64_t wanted() const { return asset_.size - received_; }
  [[nodiscard]] Result<> write(std::string_view bytes) {
    received_ += bytes.size();
    hash_.update(bytes);
    return write_all(file_.fd(), bytes);
  }
  [[nodiscard]] Result<> finish(deploy::AssetUploads& uploads, OwnerId owner, const FunctionName& name) {
    const Sha256 digest = hash_.finish();
    if (digest != asset_.sha256)
      return fail(Code::digest_mismatch,
                  fmt::format("the bytes of {} have the digest {}", asset_.sha256.hex(), digest.hex()));
    return uploads.receive(owner, name, asset_, file_);
  }

 private:
  store::TemporaryFile file_;
  store::StoredAsset asset_;
  std::uint64_t received_ = 0;
  Sha256Stream hash_;
};

/// Receives files whose bytes follow each other.
class Receiver {
 public:
  Receiver(deploy::AssetUploads& uploads, OwnerId owner, const FunctionName& name,
           const std::vector<store::StoredAsset>& files)
      : uploads_(uploads), owner_(owner), name_(name), files_(files) {}

  /// Writes the next bytes. Blocks.
  [[nodiscard]] Result<> take(std::string_view bytes) {
    for (;;) {
      if (!incoming_) {
        if (next_ == files_.size()) break;
        ASSIGN_OR_RETURN(auto file, uploads_.temporary());
        incoming_.emplace(std::move(file), files_[next_++]);
      }
      const std::string_view part = bytes.substr(0, static_cast<std::size_t>(incoming_->wanted()));
      bytes.remove_prefix(part.size());
      RETURN_IF_ERROR(incoming_->write(part));
      if (incoming_->wanted() > 0) return {};
      RETURN_IF_ERROR(incoming_->finish(uploads_, owner_, name_));
      incoming_.reset();
    }
    if (!bytes.empty()) return fail(Code::digest_mismatch, "the body is longer than the files");
    return {};
  }
  /// Call this when no bytes follow: an empty file may be left. Blocks.
  [[nodiscard]] Result<> finish() {
    RETURN_IF_ERROR(take({}));
    if (incoming_ || next_ < files_.size()) return fail(Code::body_incomplete, "the body is shorter than the files");
    return {};
  }

 private:
  deploy::AssetUploads& uploads_;
  OwnerId owner_;
  const FunctionName& name_;
  const std::vector<store::StoredAsset>& files_;
  std::size_t next_ = 0;
  std::optional<Incoming> incoming_;
};

std::unexpected<Error> too_many(std::string_view of) {
  return fail_for_now(Code::too_many_requests, fmt::format("{} uploads of {} of yours are under way", kMostOfOwner, of),
                      kRetry);
}

std::string answer_to(const deploy::AssetUploads::Begun& begun) {
  json::array missing;
  for (const store::StoredAsset& file : begun.missing)
    missing.push_back(json::object{{"sha256", file.sha256.hex()}, {"size", file.size}});
  return to_text(json::object{{"manifest", begun.manifest.hex()},
                              {"files", begun.files},
                              {"bytes", begun.bytes},
                              {"missing", std::move(missing)}});
}

}  // namespace

std::vector<Endpoint> AssetsApi::endpoints() {
  const char* const path = "/v1/functions/{name}/assets";
  return {{"POST", path, Access::deploy_function, std::bind_front(&AssetsApi::begin, this)},
          {"PUT", path, Access::deploy_function, std::bind_front(&AssetsApi::put, this)}};
}

Answer AssetsApi::begin(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, FunctionName::parse(request.name));
  const auto place = beginning_.enter(request.actor.owner, kMostOfOwner);
  if (!place) co_return too_many("manifests");
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostManifestBytes));
  // A manifest of 10,000 files is much work. So one owner never has both threads.
  const auto turn = co_await lines_.enter(request.actor.owner, 1);
  auto work = [this, &request, &name, &body]() -> Result<std::string> {
    const auto quota = store::with_overrides(quota_, request.bearer.account.quota_overrides);
    ASSIGN_OR_RETURN(const auto begun, uploads_.begin(request.actor.owner, name, body, quota));
    return answer_to(begun);  // as much work as the rest, so not on the event loop
  };
  CO_ASSIGN_OR_RETURN(const std::string answer, co_await on(files_, work));
  answer_json_text(request.exchange, 200, answer);
  co_return Result<>{};
}

Answer AssetsApi::put(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto query, Query::parse(request.query, {"sha256"}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, FunctionName::parse(request.name));
  CO_ASSIGN_OR_RETURN(const auto digests, digests_of(query.find("sha256").value_or("")));
  std::vector<store::StoredAsset> files;
  std::uint64_t bytes = 0;
  for (const Sha256& sha256 : digests) {
    CO_ASSIGN_OR_RETURN(const std::uint64_t size, uploads_.expected(request.actor.owner, name, sha256));
    files.push_back({sha256, size});
    bytes += size;
  }
  if (bytes > kMostBytesAtOnce)
    co_return fail(Code::body_too_large, fmt::format("the files have more than {} bytes together", kMostBytesAtOnce));
  const auto place = receiving_.enter(request.actor.owner, kMostOfOwner);
  if (!place) co_return too_many("files");
  request.exchange.limit_body(bytes);
  CO_RETURN_IF_ERROR(co_await receive(request.exchange, request.actor.owner, name, files));
  answer_json(request.exchange, 200, {{"stored", files.size()}, {"bytes", bytes}});
  co_return Result<>{};
}

Task<Result<>> AssetsApi::receive(http::Exchange& exchange, OwnerId owner, const FunctionName& name,
                                  const std::vector<store::StoredAsset>& files) {
  Receiver receiver(uploads_, owner, name, files);
  const SteadyTime end = std::chrono::steady_clock::now() + kTime;
  for (;;) {
    exchange.set_deadline(std::min(end, std::chrono::steady_clock::now() + kPatience));
    const http::BodyPart part = co_await next_part(exchange);
    if (part.kind == http::BodyPart::Kind::pending)
      co_return fail(Code::http_timeout, "the files did not arrive in time");
    if (part.kind == http::BodyPart::Kind::broken) co_return fail(Code::body_incomplete);
    if (part.kind == http::BodyPart::Kind::too_large)
      co_return fail(Code::digest_mismatch, "the body is longer than the files");
    exchange.set_deadline(SteadyTime::max());
    const bool last = part.kind == http::BodyPart::Kind::end;
    auto write = [&receiver, &part, last] { return last ? receiver.finish() : receiver.take(part.data); };
    CO_RETURN_IF_ERROR(co_await on(files_, write));
    if (last) co_return Result<>{};
  }
}

}  // namespace faasta::api
