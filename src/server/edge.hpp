#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/rate_limiter.hpp"
#include "http/exchange.hpp"
#include "http/http2/refusals.hpp"
#include "http/listener.hpp"
#include "server/acme.hpp"
#include "server/config.hpp"
#include "server/inherited.hpp"
#include "tls/certificates.hpp"
#include "tls/dev_authority.hpp"
#include "tls/handshake.hpp"

namespace faasta::server {

/// Owns all parts between the clients and the routes of the main listener: addresses, TLS, PROXY headers, and the
/// redirect from http to https. This object must live longer than the listener. Any thread may use it.
class Edge {
 public:
  /// Reads the certificates. `custom_domains`: the names of functions that have certificates of their own. Fails with
  /// config_invalid or certificate_invalid.
  [[nodiscard]] static Result<std::unique_ptr<Edge>> open(const Config& config, const ProcessStarter& starter,
                                                          const std::vector<std::string>& custom_domains);

  /// Returns the addresses to listen on: the setting `listen`, then the setting `tls.listen` if it is set.
  /// `on_server_name`: see HandshakeShare.
  /// `inherited` has the sockets that another process has opened for these addresses.
  [[nodiscard]] Result<std::vector<http::Endpoint>> endpoints(
      const Inherited& inherited,
      std::function<void(std::string_view server_name, const http::Client& client)> on_server_name);

  /// For a client that a proxy has named in a field: if the client's network sends more requests than
  /// Config::requests_per_second_per_client, returns the time until the next one is allowed. All other clients have
  /// this limit at their connections, which wait.
  [[nodiscard]] std::optional<std::chrono::seconds> above_rate(const http::Exchange& exchange);

  /// Whether the answer to the request must be a redirect to https: the request came by http, and
  /// TlsConfig::redirects() is true.
  [[nodiscard]] bool redirects(const http::Exchange& exchange) const;
  /// Returns the port of https that clients must use, such as ":8443"; empty for 443. `listening`: the address of the
  /// https listener. If the public URL has another port, returns the port of the public URL, because a proxy or a
  /// firewall forwards that port to this server.
  [[nodiscard]] std::string_view https_port(std::string_view listening) const;
  /// Answers with a redirect to the https address of the request. `listening`: as for https_port().
  void answer_redirect(http::Exchange& exchange, std::string_view listening) const;
  /// Whether this connection is wrong for the requested host, because the certificate of the connection does not name
  /// the host (RFC 9110 section 15.5.20).
  [[nodiscard]] static bool is_misdirected(const http::Exchange& exchange);

  /// A CA asks for a file of this server to prove that the host name belongs to the server (http-01, RFC 8555 section
  /// 8.3; other CAs: section 3.2.2.4.18 of the Baseline Requirements of the CA/Browser Forum). If the request is for
  /// one of these files, answers it and returns true. The request never reaches a function, also behind a proxy and
  /// without https: with a file of its own, a tenant could get a certificate for a name below the base domain, and keep
  /// the certificate after the function is deleted.
  [[nodiscard]] bool answers_proof(http::Exchange& exchange) const;

  /// Orders and renews certificates, reads changed certificates, and renews the keys of tickets, until `stop` is
  /// requested. Blocks.
  void watch(const std::stop_token& stop, Acme::CustomDomains domains);
  /// Reads the certificates again.
  void reload();

  [[nodiscard]] std::vector<tls::Certificates::State> certificates() const;
  /// Whether these files are the certificate of a custom domain, for which its owner is responsible.
  [[nodiscard]] bool is_of_custom_domain(const std::filesystem::path& certificate) const;
  /// Takes the certificates of all custom domains out of use but these.
  void keep_certificates(const std::vector<std::string>& custom_domains);
  /// Null if the server does not get its certificates from a CA.
  [[nodiscard]] const Acme* acme() const noexcept { return acme_.get(); }
  /// Returns the state of the certificates for /readyz: see AboutApi::Parts::certificates. Certificates of custom
  /// domains do not count, because their owners are responsible for them.
  [[nodiscard]] std::string_view certificates_in_short() const;
  [[nodiscard]] const tls::HandshakeCounts& handshakes() const noexcept { return share_.counts; }
  [[nodiscard]] const http::TrustedProxies& trusted_proxies() const noexcept { return share_.trusted; }
  [[nodiscard]] std::uint64_t refused_proxies() const noexcept {
    return refused_proxies_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const http::http2::RefusalCounts& refusals() const noexcept { return *refusals_; }

 private:
  explicit Edge(const Config& config) : config_(config) {}
  [[nodiscard]] Result<> open_tls(const ProcessStarter& starter, const std::vector<std::string>& custom_domains);
  [[nodiscard]] Result<> open_acme(const ProcessStarter& starter, const std::filesystem::path& tls_folder,
                                   const std::vector<std::string>& custom_domains);
  [[nodiscard]] Result<> note_https();
  /// Whether there is a certificate for the functions' addresses.
  [[nodiscard]] bool covers_functions() const;
  /// Whether `name` is the base domain, or a name or wildcard below it.
  [[nodiscard]] bool is_ours(std::string_view name) const;
  [[nodiscard]] std::string_view hsts() const;

  const Config& config_;
  std::atomic<std::uint64_t> refused_proxies_{0};
  std::shared_ptr<http::http2::RefusalCounts> refusals_ = std::make_shared<http::http2::RefusalCounts>();
  std::shared_ptr<http::http2::MemoryByNetwork> memory_ = std::make_shared<http::http2::MemoryByNetwork>();
  RateLimiter forwarded_;       ///< key: client network
  std::unique_ptr<Acme> acme_;  ///< null if the operator has certificates, or dev_ makes them
  std::unique_ptr<tls::Certificates>
      certificates_;  ///< the certificates of the operator's files, or of acme_; null if dev_ makes all certificates
  /// Makes certificates for development. With acme_, it makes the certificate for handshakes before the first
  /// certificate has come.
  std::unique_ptr<tls::DevAuthority> dev_;
  std::atomic<SystemTime> https_since_{};  ///< when this data folder first had a certificate that clients may trust
  tls::HandshakeShare share_;
};

}  // namespace faasta::server
