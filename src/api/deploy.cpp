// POST /v1/functions/{name}/versions: from bytes of a stranger to a version that answers.
//
// The order is what makes it safe to be killed anywhere: the component and its compiled code are durable files before
// one transaction makes them a version; nobody is answered before that transaction is durable; and until it is, the old
// version serves. What a crash leaves are files that no version uses, and they are collected at the next start.

#include <fmt/format.h>

#include "api/answer.hpp"
#include "api/api.hpp"
#include "api/capabilities.hpp"
#include "api/query.hpp"
#include "base/log.hpp"
#include "base/origin.hpp"
#include "compile/prepare.hpp"

namespace faasta::api {
namespace {

constexpr std::chrono::seconds kUploadPatience{30};  ///< between two chunks
constexpr std::chrono::minutes kUploadTime{10};      ///< in all: 30 MiB at 50 KiB/s
constexpr std::chrono::seconds kRetry{5};
constexpr std::size_t kMessageBytes = 500;

double ms_since(SteadyTime start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// One of the deploys that may be under way at once.
class DeployPermit {
 public:
  DeployPermit(std::atomic<unsigned>& count, unsigned most) : count_(count), granted_(count.fetch_add(1) < most) {}
  DeployPermit(const DeployPermit&) = delete;
  DeployPermit& operator=(const DeployPermit&) = delete;
  ~DeployPermit() { count_.fetch_sub(1); }
  [[nodiscard]] bool granted() const noexcept { return granted_; }

 private:
  std::atomic<unsigned>& count_;
  bool granted_;
};

/// Takes the files of a deploy away again unless it succeeded and said so. To be made before the pin of the same
/// digest.
class FilesOfDeploy {
 public:
  FilesOfDeploy(store::Artifacts& artifacts, store::Catalog& catalog, const Sha256& sha256)
      : artifacts_(artifacts), catalog_(catalog), sha256_(sha256) {}
  FilesOfDeploy(const FilesOfDeploy&) = delete;
  FilesOfDeploy& operator=(const FilesOfDeploy&) = delete;
  ~FilesOfDeploy() {
    if (!kept_) artifacts_.collect(sha256_, catalog_);
  }
  void keep() noexcept { kept_ = true; }

 private:
  store::Artifacts& artifacts_;
  store::Catalog& catalog_;
  Sha256 sha256_;
  bool kept_ = false;
};

/// What a deploy answers, but the times.
json::object described(const FunctionName& name, std::uint32_t version, const Sha256& sha256, std::uint64_t size,
                       std::uint64_t compiled_size) {
  json::object out;
  out["name"] = name.str();
  out["version"] = version;
  out["sha256"] = sha256.hex();
  out["size"] = size;
  out["compiled_size"] = compiled_size;
  return out;
}

Result<bool> flag_of(const Query& query, std::string_view name, bool otherwise) {
  const auto given = query.find(name);
  if (given && *given != "true" && *given != "false")
    return fail(Code::bad_request, fmt::format("'{}' is neither true nor false", name));
  return given ? *given == "true" : otherwise;
}

}  // namespace

/// A component that arrived.
struct Api::Upload {
  store::TemporaryFile file;
  Sha256 sha256;
  std::uint64_t size = 0;
};

/// What the query asks for beside the bytes.
struct Api::DeployOrder {
  FunctionSettings settings;
  std::string message;
  std::optional<Sha256> declared;
  bool verify = true;
  bool allow_new = false;  ///< it may ask for more than the live version does
};

Result<FunctionSettings> Api::settings_of(const Query& query) const {
  FunctionSettings out;
  out.limits = options_.ceilings;
  const auto most_mb = static_cast<std::int64_t>(options_.ceilings.memory_bytes >> 20U);
  const auto cpu = query.number("cpu_ms", 1, options_.ceilings.cpu.count());
  const auto wall = query.number("timeout_ms", 1, options_.ceilings.wall.count());
  const auto memory = query.number("memory_mb", 1, most_mb);
  for (const auto* number : {&cpu, &wall, &memory}) {
    if (!*number) return std::unexpected(number->error());
  }
  if (*cpu) out.limits.cpu = std::chrono::milliseconds(**cpu);
  if (*wall) out.limits.wall = std::chrono::milliseconds(**wall);
  if (*memory) out.limits.memory_bytes = static_cast<std::uint64_t>(**memory) << 20U;
  out.outbound = query.all("outbound");
  if (out.outbound.size() > kMostOrigins)
    return fail(Code::bad_request, fmt::format("more than {} outbound origins", kMostOrigins));
  for (const std::string& origin : out.outbound) {
    if (auto checked = check_origin(origin); !checked) return std::unexpected(checked.error());
  }
  return out;
}

/// Adds the origins that will be refused when the function asks for them, if there are any.
void Api::add_warnings(json::object& out, const FunctionSettings& settings) const {
  json::array warnings;
  for (const std::string& origin : settings.outbound) {
    if (const auto warning = parts_.outbound_warning(origin)) warnings.emplace_back(*warning);
  }
  if (!warnings.empty()) out["warnings"] = std::move(warnings);
}

void Api::add_urls(json::object& out, const FunctionName& name, std::uint32_t version,
                   const http::Exchange& exchange) const {
  out["url"] = url(name.str(), exchange);
  out["version_url"] = url(fmt::format("{}--v{}", name.str(), version), exchange);
}

Task<Result<Api::Upload>> Api::receive(http::Exchange& exchange) {
  const http::RequestHead& head = exchange.request();
  if (const std::uint64_t length = head.body_length.value_or(0); length > options_.component_bytes) {
    co_return fail(Code::component_too_large,
                   fmt::format("it has {} bytes; {} are allowed", length, options_.component_bytes));
  }
  auto file = parts_.artifacts.temporary();
  if (!file) co_return std::unexpected(file.error());
  exchange.limit_body(options_.component_bytes);
  Sha256Stream hash;
  std::uint64_t size = 0;
  const SteadyTime end = std::chrono::steady_clock::now() + kUploadTime;
  for (;;) {
    const http::BodyPart part = exchange.body();
    switch (part.kind) {
      case http::BodyPart::Kind::data: {
        auto write = [&] {
          hash.update(part.data);
          return write_all(file->fd(), part.data);
        };
        const Result<> written = co_await on(blocking_, write);
        if (!written) co_return std::unexpected(written.error());
        size += part.data.size();
        break;
      }
      case http::BodyPart::Kind::end:
        co_return Upload{std::move(*file), hash.finish(), size};
      case http::BodyPart::Kind::broken:
        co_return fail(Code::body_incomplete, fmt::format("it broke off after {} bytes", size));
      case http::BodyPart::Kind::too_large:
        co_return fail(Code::component_too_large, fmt::format("more than {} bytes", options_.component_bytes));
      case http::BodyPart::Kind::pending:
        exchange.set_deadline(std::min(end, std::chrono::steady_clock::now() + kUploadPatience));
        if (exchange.queued() > 0) {
          static_cast<void>(co_await exchange.flush());
        } else {
          co_await exchange.wait();
        }
        if (exchange.deadline_passed()) co_return fail(Code::http_timeout, "the component did not arrive in time");
    }
  }
}

Api::Answer Api::deploy(Request& request) {
  const auto name = FunctionName::parse(request.name);
  if (!name) co_return std::unexpected(name.error());
  const auto query = Query::parse(
      request.query, {"sha256", "cpu_ms", "timeout_ms", "memory_mb", "outbound", "message", "verify", "allow_new"},
      {"outbound"});
  if (!query) co_return std::unexpected(query.error());
  DeployOrder order;
  auto settings = settings_of(*query);
  if (!settings) co_return std::unexpected(settings.error());
  order.settings = std::move(*settings);
  order.message = std::string(query->find("message").value_or("").substr(0, kMessageBytes));
  auto verify = flag_of(*query, "verify", true);
  auto allow_new = flag_of(*query, "allow_new", false);
  for (const auto* flag : {&verify, &allow_new}) {
    if (!*flag) co_return std::unexpected(flag->error());
  }
  order.verify = *verify;
  order.allow_new = *allow_new;
  if (const auto declared = query->find("sha256")) {
    order.declared = Sha256::from_hex(*declared);
    if (!order.declared) co_return fail(Code::bad_request, "'sha256' is not 64 hexadecimal digits");
  }
  const auto type = request.exchange.request().field("content-type");
  if (!type || !http::same_token(http::trimmed(type->substr(0, type->find(';'))), "application/wasm")) {
    co_return fail(Code::unsupported_media_type, "a component is sent as application/wasm");
  }
  auto ask = [this, &request, &name] { return parts_.catalog.may_deploy(request.actor.owner, *name, options_.quota); };
  if (const auto allowed = co_await on(blocking_, ask); !allowed) co_return std::unexpected(allowed.error());
  if (auto attempt = count_attempt(request); !attempt) co_return std::unexpected(attempt.error());
  const auto place = deploy_places_.enter(request.actor.owner, options_.deploys_at_once_per_owner);
  if (!place)
    co_return fail_for_now(Code::too_many_deploys,
                           fmt::format("{} of yours are under way", options_.deploys_at_once_per_owner), kRetry);
  Result<> deployed = co_await deploy_upload(request, *name, order);
  co_return deployed;
}

/// Deploys that fail cost a compile too, so all are counted, apart from those that the catalog counts.
Result<> Api::count_attempt(const Request& request) {
  const auto hourly = store::with_overrides(options_.quota, request.bearer.account.quota_overrides).deploys_per_hour;
  if (hourly == 0) return {};
  const std::string owner = std::to_string(static_cast<std::int64_t>(request.actor.owner));
  const auto wait = deploy_attempts_.take(owner, {2.0 * hourly, std::chrono::hours(1)});
  if (wait) return fail_for_now(Code::quota_deploys, fmt::format("{} attempts an hour", 2 * hourly), *wait);
  return {};
}

/// Compiles what arrived, places its files, which are not used yet, and lets the policy judge it.
Result<compile::Report> Api::prepare(Upload& upload, const CallLimits& limits) {
  auto report = compile::prepare(parts_.compiler, parts_.artifacts, upload.sha256, upload.file.path(), limits);
  if (!report) return report;
  if (auto placed = upload.file.move_to(parts_.artifacts.component(upload.sha256)); !placed)
    return std::unexpected(placed.error());
  if (auto allowed = judge(*report); !allowed) return std::unexpected(allowed.error());
  return report;
}

Task<Result<>> Api::verify(http::Exchange& exchange, const FunctionName& name, const Sha256& sha256,
                           const FunctionSettings& settings, OwnerId owner) {
  const Result<> answers = co_await parts_.probe(exchange, authority(name.str()), sha256, settings, owner);
  if (answers) co_return Result<>{};
  const CodeInfo& cause = info(answers.error().code);
  co_return fail(Code::deploy_not_answering,
                 fmt::format("GET / ended in {} {}{}{}", cause.id, cause.title,
                             answers.error().detail.empty() ? "" : "\n", answers.error().detail));
}

/// Makes the version the active one, if it asks for no more than the one whose place it takes: while this one was
/// compiled, another may have become that.
Result<store::Activated> Api::activate(const Request& request, const FunctionName& name, store::NewVersion version,
                                       bool allow_new, CapabilityChange& change) {
  const Capabilities asked{version.imports, version.settings.outbound};
  for (;;) {
    const auto live = parts_.catalog.function(request.actor.owner, name);
    if (!live && live.error().code != Code::function_not_found) return std::unexpected(live.error());
    const Capabilities before = live ? Capabilities{live->imports, live->settings.outbound} : asked;
    if (auto locked = check_capabilities(before, asked, allow_new); !locked) return std::unexpected(locked.error());
    change = compare(before, asked);
    version.replaces = live ? live->version : 0;
    auto done = parts_.catalog.deploy(request.actor, name, version, options_.quota);
    if (!done && done.error().code == Code::conflict) continue;  // somebody else got on meanwhile
    if (!done) return done;
    parts_.changed(name.str());
    collect(done->dropped);
    return done;
  }
}

Task<Result<>> Api::deploy_upload(Request& request, const FunctionName& name, const DeployOrder& order) {
  const SteadyTime start = std::chrono::steady_clock::now();
  auto upload = co_await receive(request.exchange);
  request.exchange.set_deadline(SteadyTime::max());
  if (!upload) co_return std::unexpected(upload.error());
  const Sha256 sha256 = upload->sha256;
  if (order.declared && *order.declared != sha256)
    co_return fail(Code::digest_mismatch, "the bytes have the digest " + sha256.hex());

  auto ask = [this, &request, &name] { return parts_.catalog.function(request.actor.owner, name); };
  const auto live = co_await on(blocking_, ask);
  bool unchanged = live && live->sha256 == sha256 && live->settings == order.settings;
  if (unchanged) {
    // A component that is damaged is deployed once more.
    auto stored = [this, &sha256] { return parts_.artifacts.has_component(sha256); };
    unchanged = co_await on(blocking_, stored);
  }
  if (unchanged) {
    json::object out = described(name, live->version, sha256, live->size, live->compiled_size);
    add_urls(out, name, live->version, request.exchange);
    out["previous"] = nullptr;
    out["compile_ms"] = 0;
    out["total_ms"] = ms_since(start);
    out["unchanged"] = true;
    add_warnings(out, order.settings);
    answer_json(request.exchange, 200, out);
    co_return Result<>{};
  }

  // Taken now and not before: an upload may take long, and whoever sends slowly must not keep others out.
  const DeployPermit permit(deploys_, options_.deploys_at_once);
  if (!permit.granted())
    co_return fail_for_now(Code::too_many_deploys, fmt::format("{} are under way", options_.deploys_at_once), kRetry);
  FilesOfDeploy files(parts_.artifacts, parts_.catalog, sha256);
  const store::Artifacts::Pin pin(parts_.artifacts, sha256);
  const SteadyTime compile_start = std::chrono::steady_clock::now();
  auto compile = [&] { return prepare(*upload, order.settings.limits); };
  auto report = co_await on(compiling_, compile);
  const double compile_ms = ms_since(compile_start);
  if (!report) co_return std::unexpected(report.error());
  // Once before the new version is asked for an answer, and once more when it takes the place of the live one.
  const Capabilities asked{report->imports, order.settings.outbound};
  const Capabilities before = live ? Capabilities{live->imports, live->settings.outbound} : asked;
  if (auto locked = check_capabilities(before, asked, order.allow_new); !locked)
    co_return std::unexpected(locked.error());

  if (order.verify) {
    auto answers = co_await verify(request.exchange, name, sha256, order.settings, request.actor.owner);
    if (!answers && live) answers.error().detail += fmt::format("\nversion {} goes on serving", live->version);
    if (!answers) co_return std::unexpected(answers.error());
  }

  store::NewVersion version{sha256,          upload->size,   report->compiled_size,
                            report->imports, order.settings, order.message};
  if (report->dependencies)
    for (const policy::Package& package : report->dependencies->packages)
      version.packages.push_back({package.name, package.version, package.source});
  CapabilityChange change;
  auto make_active = [&] { return activate(request, name, std::move(version), order.allow_new, change); };
  const auto done = co_await on(blocking_, make_active);
  if (!done) co_return std::unexpected(done.error());
  files.keep();
  json::object out = described(name, done->version, sha256, upload->size, report->compiled_size);
  add_urls(out, name, done->version, request.exchange);
  out["previous"] = done->previous ? json::value(*done->previous) : json::value(nullptr);
  if (live) out["capabilities"] = to_json(change);
  add_warnings(out, order.settings);
  out["compile_ms"] = compile_ms;
  out["total_ms"] = ms_since(start);
  log::info("deployed", {{"request_id", request.exchange.request_id()},
                         {"function", name.str()},
                         {"version", done->version},
                         {"sha256", sha256.hex()}});
  answer_json(request.exchange, 201, out);
  co_return Result<>{};
}

}  // namespace faasta::api
