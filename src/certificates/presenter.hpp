#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/process_starter.hpp"
#include "certificates/authority.hpp"
#include "certificates/dns_lookup.hpp"
#include "certificates/dns_server.hpp"
#include "certificates/proofs.hpp"

namespace faasta::certificates {

struct PresenterOptions {
  std::filesystem::path dns_hook;           ///< writes the records of dns-01; empty: the server answers on `dns_listen`
  const ProcessStarter* starter = nullptr;  ///< starts dns_hook_program(dns_hook), if there is one
  std::string dns_listen = "0.0.0.0:53";
  std::string resolver;                ///< see DnsLookup
  std::chrono::seconds dns_wait{120};  ///< how long a record may take until the resolver sees it
};

/// Shows the proofs of this server. The listeners show files and certificates. This server's own DNS server, or the
/// operator's program, shows TXT records. The CA counts failed proofs. So the CA is asked to look only after a resolver
/// has seen the record. There is one exception: the operator's program has written the record, but the resolver does
/// not see it in time. Then the CA is also asked, because the resolver may have kept an older answer, or may differ
/// from the resolver that the CA asks.
class ServerPresenter final : public Presenter {
 public:
  /// `account` returns the URL of the account at the CA. A wait for DNS ends when `stop` is requested.
  ServerPresenter(Proofs& proofs, PresenterOptions options, std::function<std::string()> account, std::stop_token stop);

  [[nodiscard]] std::string present(const Challenge& challenge) override;
  [[nodiscard]] std::string wait(const Challenge& challenge) override;
  void clean_up(const Challenge& challenge) override;

 private:
  [[nodiscard]] std::string present_record(const Challenge& challenge);
  [[nodiscard]] std::string wait_for_record(const Challenge& challenge) const;
  [[nodiscard]] std::string check_lasting_record(const Challenge& challenge) const;

  Proofs& proofs_;
  PresenterOptions options_;
  std::function<std::string()> account_;
  std::stop_token stop_;
  DnsLookup lookup_;
  std::unique_ptr<DnsServer> server_;  ///< exists while it has records
};

/// Returns the value of the TXT record for dns-persist-01, which the operator sets once
/// (draft-ietf-acme-dns-persist section 3.1).
[[nodiscard]] std::string lasting_record(std::string_view issuer, std::string_view account, bool wildcard);
/// Returns the fault of a record. The result is empty if the record allows this account to get a certificate.
[[nodiscard]] std::string wrong_lasting_record(std::string_view record, const Challenge& challenge,
                                               std::string_view account, SystemTime now);

}  // namespace faasta::certificates
