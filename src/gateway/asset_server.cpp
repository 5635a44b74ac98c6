#include "gateway/asset_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/json_line.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"
#include "gateway/usage.hpp"
#include "http/problem.hpp"

namespace faasta::gateway {
namespace {

constexpr std::size_t kChunk = 64U << 10U;
/// A client that has taken fewer bytes than kSlowest a second gets no more, after kReadTime.
constexpr std::uint64_t kSlowest = 16U << 10U;
constexpr std::chrono::seconds kReadTime{60};
constexpr std::size_t kPathBytes = 512;  ///< the access log has at most this many bytes of a request's target
constexpr std::string_view kMustAsk = "public, max-age=0, must-revalidate";
constexpr std::string_view kNotKept = "no-store";
constexpr std::string_view kPrivate = "private, no-cache";
constexpr std::string_view kForever = "public, max-age=31536000, immutable";

/// The fields of an answer, and the texts of those that are made here.
class AnswerFields {
 public:
  /// `is_private`: only people with a token may see the file, so no shared cache may keep it.
  /// `owners`: the fields of [assets.headers].
  AnswerFields(const AssetChoice& choice, std::span<const FieldView> owners, bool is_private) {
    fields_.reserve(kUsual + owners.size());
    if (choice.asset != nullptr) {
      const std::string hex = choice.asset->sha256.hex();
      constexpr std::size_t kTagDigits = 32;
      tag_ = "\"" + hex.substr(0, kTagDigits) + "\"";
      fields_.push_back({"etag", tag_});
      fields_.push_back({"accept-ranges", "bytes"});
    }
    if (!choice.encoding.empty()) fields_.push_back({"content-encoding", choice.encoding});
    if (choice.varies_by_encoding || choice.varies_by_accept)
      fields_.push_back({"vary", !choice.varies_by_accept    ? "accept-encoding"
                                 : choice.varies_by_encoding ? "accept, accept-encoding"
                                                             : "accept"});
    owners_from_ = fields_.size();
    fields_.insert(fields_.end(), owners.begin(), owners.end());
    if (choice.asset != nullptr) add_default("content-type", choice.type);
    const bool forever = choice.status == 200 && !choice.varies_by_accept && has_digest_in_name(choice.path);
    add_default("cache-control", forever ? kForever : kMustAsk);
    if (is_private) std::ranges::find(fields_, "cache-control", &FieldView::name)->value = kPrivate;
    add_default("x-content-type-options", "nosniff");
  }
  AnswerFields(const AnswerFields&) = delete;
  AnswerFields& operator=(const AnswerFields&) = delete;

  [[nodiscard]] std::string_view tag() const { return tag_; }
  void add_length(std::uint64_t bytes) {
    length_ = fmt::format_int(bytes).c_str();
    fields_.push_back({"content-length", length_});
  }
  void add_range(std::string text) {
    range_ = std::move(text);
    fields_.push_back({"content-range", range_});
  }
  void add(std::string_view name, std::string_view value) { fields_.push_back({name, value}); }
  [[nodiscard]] std::span<const FieldView> all() const { return fields_; }

 private:
  static constexpr std::size_t kUsual = 12;

  void add_default(std::string_view name, std::string_view value) {
    const auto begin = fields_.begin() + static_cast<std::ptrdiff_t>(owners_from_);
    if (std::none_of(begin, fields_.end(), [&](const FieldView& one) { return one.name == name; }))
      fields_.push_back({name, value});
  }

  std::vector<FieldView> fields_;
  std::size_t owners_from_ = 0;
  std::string tag_, length_, range_;
};

/// The part of the file that the client wants.
WantedRange wanted_range(const http::RequestHead& request, const AssetChoice& choice, std::string_view tag) {
  const auto range = request.field("range");
  if (!range || request.method != "GET" || choice.status != 200) return {};
  const auto condition = request.field("if-range");  // a date never holds: the files have none
  if (condition && trimmed(*condition) != tag) return {};
  return read_range(*range, choice.asset->size);
}

/// Answers that a condition or a range of the request does not fit. This says nothing about the file, so the answer has
/// no field of the file and none of the owner, and no cache may keep it.
std::uint16_t refuse(http::Exchange& exchange, std::uint16_t status, std::string_view content_range = {}) {
  std::vector<FieldView> fields{{"cache-control", kNotKept}, {"content-length", "0"}};
  if (!content_range.empty()) fields.push_back({"content-range", content_range});
  exchange.head(status, fields);
  exchange.finish({});
  return status;
}

/// Answers without a body.
std::uint16_t answer_empty(http::Exchange& exchange, std::uint16_t status, const AnswerFields& fields) {
  exchange.head(status, fields.all());
  exchange.finish({});
  return status;
}

}  // namespace

Task<Result<AssetCache::Manifest>> AssetServer::load(const Target& target) {
  auto load = [this, sha256 = *target.deployed.settings.assets, owner = target.deployed.owner] {
    return cache_.load_manifest(sha256, owner);
  };
  Result<AssetCache::Manifest> loaded = co_await disk_.run(target.deployed.owner, load);
  co_return loaded;
}

Task<Result<AssetServer::Done>> AssetServer::answer(http::Exchange& exchange, const Target& target,
                                                    std::string_view name, bool is_private) {
  if (!has_static_answer(exchange.request().method)) co_return Done::nothing;  // no manifest is read for it
  AssetCache::Manifest manifest = cache_.find_manifest(*target.deployed.settings.assets);
  const bool cold = manifest == nullptr;
  if (cold) {  // the load is much more work than an answer
    CO_RETURN_IF_ERROR(count(exchange, target));
    CO_ASSIGN_OR_RETURN(manifest, co_await load(target));
  }
  // The choice looks at each byte of the path a few times only, so it may come before the owner's limit. If the
  // function must answer, its call is counted, and a refusal is in its log.
  const auto choice = choose_asset(*manifest, exchange.request());
  if (!choice) co_return cold ? Done::counted : Done::nothing;
  if (!cold) CO_RETURN_IF_ERROR(count(exchange, target));
  CO_ASSIGN_OR_RETURN(const std::uint16_t status,
                      co_await send(exchange, target.deployed.owner, *manifest, *choice, is_private));
  ended(exchange, target, name, status);
  co_return Done::answered;
}

/// Counts the request against the owner's limit.
Result<> AssetServer::count(const http::Exchange& exchange, const Target& target) {
  const auto wait = target.share->take_request(exchange.client());
  if (wait) return fail_for_now(Code::owner_rate, {}, *wait);
  return {};
}

Task<Result<std::uint16_t>> AssetServer::send(http::Exchange& exchange, OwnerId owner, const AssetManifest& manifest,
                                              const AssetChoice& choice, bool is_private) {
  const http::RequestHead& request = exchange.request();
  CO_ASSIGN_OR_RETURN(const auto owners, manifest.fields_of(choice.path));
  AnswerFields fields(choice, owners, is_private);
  if (choice.asset == nullptr) {
    if (choice.status == 404) co_return fail(Code::page_not_found);
    fields.add("location", choice.location);
    fields.add_length(0);
    co_return answer_empty(exchange, choice.status, fields);
  }
  if (choice.status == 200) {
    const auto match = request.field("if-match");
    if (match && !names_tag(*match, fields.tag(), false)) co_return refuse(exchange, 412);
    const auto none_match = request.field("if-none-match");
    if (none_match && names_tag(*none_match, fields.tag(), true)) co_return answer_empty(exchange, 304, fields);
  }
  const std::uint64_t size = choice.asset->size;
  const WantedRange wanted = wanted_range(request, choice, fields.tag());
  if (wanted.kind == WantedRange::Kind::outside) co_return refuse(exchange, 416, fmt::format("bytes */{}", size));
  std::uint16_t status = choice.status;
  ByteRange range{0, size == 0 ? 0 : size - 1};
  if (wanted.kind == WantedRange::Kind::part) {
    status = 206;
    range = wanted.range;
    fields.add_range(fmt::format("bytes {}-{}/{}", range.first, range.last, size));
  }
  const bool has_body = request.method != "HEAD" && size > 0;
  AssetCache::File file;
  if (has_body) file = cache_.find_file(choice.asset->sha256);
  if (has_body && !file) {
    auto open = [this, owner, asset = *choice.asset] { return cache_.open_file(asset, owner); };
    CO_ASSIGN_OR_RETURN(file, co_await disk_.run(owner, open));
  }
  fields.add_length(size == 0 ? 0 : range.last - range.first + 1);
  exchange.head(status, fields.all());
  if (file) {
    const auto sent = co_await send_body(exchange, owner, *file, range);
    if (!sent) exchange.abort();
  }
  if (!exchange.ended()) exchange.finish({});
  co_return status;
}

/// Hands the bytes to the exchange as fast as the client reads them. Fails if the file cannot be read, or if the client
/// is gone.
Task<Result<>> AssetServer::send_body(http::Exchange& exchange, OwnerId owner, const OpenAsset& file, ByteRange range) {
  // One buffer for each thread is enough, because data() copies the bytes before this coroutine waits.
  thread_local std::array<char, kChunk> buffer;
  std::vector<char> waited;
  std::uint64_t at = range.first;
  std::optional<SteadyTime> begin;  // of the first wait
  while (at <= range.last) {
    const std::size_t room = exchange.room();
    if (room == 0) {
      // A client that reads a byte now and then would hold the file open without an end.
      if (!begin) begin = std::chrono::steady_clock::now();
      exchange.set_deadline(*begin + kReadTime + std::chrono::seconds((at - range.first) / kSlowest));
      if (!co_await exchange.flush()) co_return fail(Code::body_incomplete);
      continue;
    }
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>({room, range.last - at + 1, kChunk}));
    std::size_t got = most;
    if (!file.bytes.empty()) {
      exchange.data(std::string_view(file.bytes).substr(at, most));
    } else {
      CO_ASSIGN_OR_RETURN(got, file.read_now(std::span(buffer).first(most), at));
      if (got > 0) exchange.data({buffer.data(), got});
    }
    if (got == 0) {
      waited.resize(most);
      auto read = [&file, &waited, at] { return file.read(waited, at); };
      CO_ASSIGN_OR_RETURN(got, co_await disk_.finish(owner, read));
      exchange.data({waited.data(), got});
    }
    at += got;
    if (exchange.ended() || exchange.client_gone()) co_return fail(Code::body_incomplete);
  }
  if (begin) exchange.set_deadline(SteadyTime::max());
  co_return Result<>{};
}

void AssetServer::ended(const http::Exchange& exchange, const Target& target, std::string_view name,
                        std::uint16_t status) {
  answers_.fetch_add(1, std::memory_order_relaxed);
  bytes_.fetch_add(exchange.body_bytes_sent(), std::memory_order_relaxed);
  if (!access_log_) return;
  const http::RequestHead& request = exchange.request();
  JsonLine line;
  line.text("time", rfc3339(system_now())).text("level", "info").text("event", "request");
  line.text("request_id", exchange.request_id()).text("function", name);
  line.number("version", target.deployed.version);
  line.text("client", exchange.client_address())
      .text("scheme", exchange.scheme())
      .text("method", request.method)
      .shortened("path", request.target, kPathBytes);
  line.number("status", status)
      .text("outcome", exchange.aborted() ? "broken" : "asset")
      .number("sent", exchange.body_bytes_sent());
  line.number("us", us_between(exchange.received(), std::chrono::steady_clock::now()));
  log::write_line(line.take());
}

}  // namespace faasta::gateway
