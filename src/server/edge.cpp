#include "server/edge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"
#include "http/host.hpp"
#include "tls/opening.hpp"

namespace faasta::server {
namespace {

/// The time for which clients must use https, in the field strict-transport-security (RFC 6797). In the first week the
/// time is short. So if the operator goes back to http, clients can connect again soon.
constexpr std::string_view kShort = "max-age=300";
constexpr std::string_view kYear = "max-age=31536000";
constexpr std::chrono::days kFirstWeek{7};

/// Returns the path of the file for ticket keys. The file is in the service's runtime folder, which is in memory. So
/// the file survives a restart of the service, but not a reboot. Without a runtime folder, the file is in the data
/// folder.
std::filesystem::path ticket_file(const std::filesystem::path& tls_folder) {
  const char* const set = std::getenv("RUNTIME_DIRECTORY");  // set by systemd: folders with colons between them
  const std::string_view runtime = set == nullptr ? std::string_view() : set;
  const std::filesystem::path folder =
      runtime.empty() ? tls_folder : std::filesystem::path(runtime.substr(0, runtime.find(':')));
  return folder / "ticket-keys";
}

/// Returns the time when https began on this server. The time is in a file that is written once.
Result<SystemTime> https_since(const std::filesystem::path& file) {
  if (const auto text = read_file(file, 64)) {
    if (const auto time = parse_rfc3339(*text)) return *time;
  }
  constexpr unsigned kMode = 0600;
  const SystemTime now = system_now();
  RETURN_IF_ERROR(replace_file(file, rfc3339(now), kMode, Durable::yes));
  return now;
}

}  // namespace

Result<std::unique_ptr<Edge>> Edge::open(const Config& config, const ProcessStarter& starter,
                                         const std::vector<std::string>& custom_domains) {
  std::unique_ptr<Edge> edge(new Edge(config));
  ASSIGN_OR_RETURN(edge->share_.trusted, http::TrustedProxies::parse(config.trusted_proxies, config.base_domain));
  if (config.tls.enabled()) RETURN_IF_ERROR(edge->open_tls(starter, custom_domains));
  return edge;
}

Result<> Edge::open_tls(const ProcessStarter& starter, const std::vector<std::string>& custom_domains) {
  const std::filesystem::path folder = config_.data / "tls";
  if (auto made = make_folders(folder); !made) return fail(Code::data_unusable, made.error().detail);
  std::error_code error;
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (config_.tls.dev) {
    ASSIGN_OR_RETURN(dev_, tls::DevAuthority::open(folder / "dev", config_.base_domain));
    share_.certificate_of = [dev = dev_.get()](std::string_view name) { return dev->find(name); };
  } else if (config_.gets_certificates()) {
    RETURN_IF_ERROR(open_acme(starter, folder, custom_domains));
  } else {
    ASSIGN_OR_RETURN(certificates_, tls::Certificates::open(config_.tls.places));
    share_.certificate_of = [certificates = certificates_.get()](std::string_view name) {
      return certificates->find(name);
    };
    if (!covers_functions()) {
      log::warn("certificate_missing",
                {{"name", "*." + config_.base_domain}, {"effect", "no certificate covers the functions' addresses"}});
    }
    RETURN_IF_ERROR(note_https());
  }
  ASSIGN_OR_RETURN(share_.context, tls::make_context());
  ASSIGN_OR_RETURN(share_.tickets, tls::TicketKeys::open(ticket_file(folder)));
  share_.hsts = [this] { return hsts(); };
  return {};
}

Result<> Edge::open_acme(const ProcessStarter& starter, const std::filesystem::path& tls_folder,
                         const std::vector<std::string>& custom_domains) {
  ASSIGN_OR_RETURN(acme_, Acme::open(config_, starter, custom_domains));
  ASSIGN_OR_RETURN(certificates_,
                   tls::Certificates::open({.pairs = {}, .folder = acme_->folder(), .may_be_empty = true}));
  ASSIGN_OR_RETURN(dev_, tls::DevAuthority::open(tls_folder / "fallback", config_.base_domain));
  share_.certificate_of = [this](std::string_view name) {
    auto found = certificates_->find(name);
    // One certificate for all names: strangers cannot make the server sign one for each name that they invent.
    return found || !is_ours(name) || covers_functions() ? found : dev_->find(config_.base_domain);
  };
  share_.proof_of = [this](std::string_view name) { return acme_->proofs().certificate(name); };
  if (!covers_functions()) {
    log::warn("certificate_missing", {{"name", "*." + config_.base_domain},
                                      {"effect",
                                       "clients see a certificate that nobody trusts, until the CA has "
                                       "issued one; see `faastad certificates list`"}});
    return {};
  }
  return note_https();
}

Result<> Edge::note_https() {
  ASSIGN_OR_RETURN(const SystemTime since, https_since(config_.data / "tls" / "since"));
  https_since_.store(since);
  return {};
}

bool Edge::covers_functions() const { return certificates_->find("any." + config_.base_domain) != nullptr; }

bool Edge::is_ours(std::string_view name) const {
  return name == config_.base_domain || name.ends_with("." + config_.base_domain);
}

void Edge::keep_certificates(const std::vector<std::string>& custom_domains) {
  if (acme_ && acme_->keep_certificates(custom_domains)) certificates_->reload();
}

bool Edge::answers_proof(http::Exchange& exchange) const {
  constexpr std::string_view kAcme = "/.well-known/acme-challenge/";
  constexpr std::string_view kOtherCas = "/.well-known/pki-validation/";
  const std::string_view target = exchange.request().target;
  const bool is_acme = target.starts_with(kAcme);
  // The owner of a custom domain may have a certificate of another CA.
  if (!is_acme && !(target.starts_with(kOtherCas) && is_ours(http::host_of(exchange.request().host)))) return false;
  const auto file = acme_ && is_acme ? acme_->proofs().file(target.substr(kAcme.size())) : std::nullopt;
  const std::string length = std::to_string(file ? file->size() : 0);
  const std::array<FieldView, 2> fields{{{"content-type", "application/octet-stream"}, {"content-length", length}}};
  constexpr std::uint16_t kOk = 200;
  constexpr std::uint16_t kNotFound = 404;
  exchange.head(file ? kOk : kNotFound, fields);
  if (file) exchange.data(*file);
  exchange.finish({});
  return true;
}

std::string_view Edge::hsts() const {
  if (!config_.tls.hsts || config_.tls.dev || !covers_functions()) return {};
  return system_now() - https_since_.load() < kFirstWeek ? kShort : kYear;
}

Result<std::vector<http::Endpoint>> Edge::endpoints(
    const Inherited& inherited,
    std::function<void(std::string_view server_name, const http::Client& client)> on_server_name) {
  auto options = std::make_shared<http::ConnectionOptions>();
  options->trusted = share_.trusted;
  options->refusals = refusals_;
  options->memory = memory_;
  std::vector<http::Endpoint> out;
  ASSIGN_OR_RETURN(out.emplace_back(), http::parse_listen(config_.listen));
  out.front().option = "--listen";
  out.front().sockets = inherited.sockets("listen");
  out.front().open = http::open_http(options);
  if (config_.tls.enabled()) {
    share_.on_server_name = std::move(on_server_name);
    ASSIGN_OR_RETURN(out.emplace_back(), http::parse_listen(config_.tls.listen));
    out.back().option = "--tls-listen";
    out.back().sockets = inherited.sockets("tls.listen");
    out.back().open = tls::open_tls(share_, http::open_http1(options), http::open_http2(options));
  }
  if (config_.proxy_protocol) {
    for (http::Endpoint& endpoint : out)
      endpoint.open = http::open_behind_proxy(options, std::move(endpoint.open), refused_proxies_);
  }
  return out;
}

std::optional<std::chrono::seconds> Edge::above_rate(const http::Exchange& exchange) {
  const http::Client& client = exchange.client();
  const double most = config_.requests_per_second_per_client;
  if (!client.is_forwarded || most == 0) return std::nullopt;
  return forwarded_.take(client.network.key(), {.burst = most, .period = std::chrono::seconds(1)});
}

bool Edge::redirects(const http::Exchange& exchange) const {
  return config_.tls.redirects() && exchange.scheme() == "http";
}

std::string_view Edge::https_port(std::string_view listening) const {
  constexpr std::string_view kHttps = "https://";
  constexpr std::string_view kDefault = ":443";
  const std::string_view url = config_.public_url;
  const std::string_view authority = url.starts_with(kHttps) ? url.substr(kHttps.size()) : listening;
  const std::size_t colon = authority.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
  return port == kDefault ? std::string_view() : port;
}

void Edge::answer_redirect(http::Exchange& exchange, std::string_view listening) const {
  const http::RequestHead& request = exchange.request();
  const std::string_view target = request.target == "*" ? "/" : request.target;
  const std::string location =
      fmt::format("https://{}{}{}", http::host_of(request.host), https_port(listening), target);
  constexpr std::uint16_t kPermanentRedirect = 308;  // RFC 9110 section 15.4.9: the method and the body stay
  const std::array<FieldView, 2> fields{{{"location", location}, {"content-length", "0"}}};
  exchange.head(kPermanentRedirect, fields);
  exchange.finish({});
}

bool Edge::is_misdirected(const http::Exchange& exchange) {
  const http::Client& client = exchange.client();
  return client.covered != nullptr && !client.covered->covers(http::host_of(exchange.request().host));
}

void Edge::watch(const std::stop_token& stop, Acme::CustomDomains domains) {
  if (!config_.tls.enabled()) return;
  std::jthread reader([this](const std::stop_token& stop_reading) {
    if (certificates_) certificates_->watch(stop_reading);
  });
  std::jthread renewer([this, &domains](const std::stop_token& stop_renewing) {
    if (!acme_) return;
    const auto on_issued = [this] {
      certificates_->reload();
      if (!covers_functions()) return;  // a custom domain has its certificate before the functions' addresses have one
      if (auto noted = note_https(); !noted) log::warn("https_since_unknown", {{"cause", noted.error().detail}});
    };
    acme_->run(stop_renewing, on_issued, std::move(domains));
  });
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  constexpr std::chrono::minutes kInterval{1};
  while (!wake.wait_for(lock, stop, kInterval, [&stop] { return stop.stop_requested(); })) {
    if (auto renewed = share_.tickets->renew(); !renewed)
      log::warn("ticket_keys_kept", {{"cause", renewed.error().detail}});
  }
}

void Edge::reload() {
  if (certificates_) certificates_->reload();
}

std::vector<tls::Certificates::State> Edge::certificates() const {
  return certificates_ ? certificates_->states() : std::vector<tls::Certificates::State>();
}

bool Edge::is_of_custom_domain(const std::filesystem::path& certificate) const {
  return acme_ && certificate.parent_path().filename() != wanted_for_base(config_).name;
}

std::string_view Edge::certificates_in_short() const {
  static constexpr int kFifth = 5;
  auto states = certificates();
  const SystemTime now = system_now();
  std::erase_if(states, [this](const auto& state) { return is_of_custom_domain(state.files.certificate); });
  if (acme_ && !covers_functions()) return "missing";
  const auto base_fails = [this](const auto& one) {
    return one.name == wanted_for_base(config_).name && !one.problem.empty();
  };
  if (acme_ && std::ranges::any_of(acme_->statuses(), base_fails)) return "failing";
  if (std::ranges::any_of(states, [](const auto& state) { return !state.problem.empty(); })) return "kept";
  const auto expires_soon = [now](const auto& state) {
    return (state.not_after - now) * kFifth < state.not_after - state.not_before;
  };
  return std::ranges::any_of(states, expires_soon) ? "expiring" : "";
}

}  // namespace faasta::server
