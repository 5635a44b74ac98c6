#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "domains/host.hpp"
#include "domains/verification.hpp"
#include "store/domains.hpp"

namespace faasta::domains {

/// The custom domains of this server: adds them, looks at their DNS records, has their certificates ordered, tries
/// them, and releases those whose record is gone. Its functions block: call them on a pool. Any thread may use it.
class Desk {
 public:
  struct Parts {
    store::Domains& store;
    Dns dns;
    /// Asks for the CA's names and the account. Blocks.
    std::function<std::expected<Issuer, std::string>()> issuer;
    /// Asks the renewer for a certificate. The renewer later calls order_ended().
    std::function<Result<>(const std::string& host)> order;
    /// Whether there is a certificate that the server shows for the name.
    std::function<bool(const std::string& host)> has_certificate;
    /// Sends a request to this server itself; see self_request.hpp.
    std::function<std::expected<void, std::string>(const std::string& host)> try_host;
    /// The names that the server serves, with their functions, have changed.
    std::function<void(std::map<std::string, std::string, std::less<>> functions)> serve;
    /// Takes the certificates of all other names out of use.
    std::function<void(const std::vector<std::string>& hosts)> keep_certificates;
    std::function<SystemTime()> clock = system_now;
  };
  struct Options {
    std::string base_domain;
    std::vector<std::string> addresses;  ///< of this server; empty: those of the base domain
    std::chrono::minutes retry{60};      ///< the wait after an order that failed; 0: none
    store::Quota quota;                  ///< the default quota, for owners without their own figures
  };
  struct Counts {
    std::atomic<std::uint64_t> live{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> released{0};
  };

  Desk(Parts parts, Options options) : parts_(std::move(parts)), options_(std::move(options)) {}

  /// Claims a name for a function. The result has the records that the owner must set.
  [[nodiscard]] Result<store::Domains::Claimed> add(const Actor& actor, const FunctionName& name,
                                                    std::string_view host);
  /// Looks at the records. If they are right, orders the first certificate, or tries the domain if it has one. While
  /// the order is under way, the state in the result is `verified`.
  [[nodiscard]] Result<store::DomainRecord> check(const Actor& actor, const FunctionName& name, std::string_view host);
  [[nodiscard]] Result<std::string> remove(const Actor& actor, const FunctionName& name, std::string_view host);
  [[nodiscard]] Result<std::vector<store::DomainRecord>> list(OwnerId owner) { return parts_.store.of_owner(owner); }

  /// The addresses to which a domain must point. Asks the resolver; empty if it gives no answer.
  [[nodiscard]] std::vector<std::string> addresses() const;

  /// The names that must have a certificate. The renewer calls this.
  [[nodiscard]] std::vector<std::string> hosts_to_certify() const;
  /// The renewer calls this at the end of an order. `problem`: empty after a success. Returns at once.
  void order_ended(const std::string& host, std::string problem);
  /// Call this after a function was deleted, or another process has changed the catalog. Returns at once.
  void catalog_changed();

  /// Tells the gateway which names are served, and takes other certificates out of use. Call this before the server
  /// answers clients.
  void tell();
  /// Does the work that nobody waits for, until `stop` is requested: what follows an order, and the regular checks.
  void run(const std::stop_token& stop);
  /// Does what is due now.
  void step(const std::stop_token& stop);

  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

 private:
  /// Succeeds if an order is allowed so soon after the last failure.
  [[nodiscard]] Result<> may_retry(const store::DomainRecord& domain) const;
  [[nodiscard]] std::expected<void, Finding> look(const store::DomainRecord& domain) const;
  void note_finding(const store::DomainRecord& domain, const Finding& finding);
  /// Tries a domain that has a certificate, and notes the result.
  Result<> try_out(const store::DomainRecord& domain);
  /// Whether an order has ended, or the names have changed.
  [[nodiscard]] bool has_news();
  void handle_order(const std::string& host, const std::string& problem);
  void check_regularly(const store::DomainRecord& domain);
  void release(const store::DomainRecord& domain);
  /// Changes the row of a domain. A failure is logged.
  void edit(const store::DomainRecord& domain, const std::function<void(store::DomainRecord&)>& edit);

  Parts parts_;
  const Options options_;
  Counts counts_;
  std::mutex telling_;  ///< held while the names are read and told, so that older names never replace newer ones
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<std::pair<std::string, std::string>> ended_;  ///< orders: host and problem; protected by mutex_
  bool changed_ = true;                                     ///< the names must be told again; protected by mutex_
};

}  // namespace faasta::domains
