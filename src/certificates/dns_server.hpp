#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "certificates/dns_message.hpp"

namespace faasta::certificates {

/// Answers DNS queries over UDP and TCP on one address, on a thread of its own, until it is destroyed. It is open only
/// while a proof dns-01 is under way.
class DnsServer {
 public:
  using Zones = std::function<std::vector<DnsZone>()>;

  /// `listen`: "ADDRESS:PORT" or "[ADDRESS]:PORT". `zones` is called on the server's thread for each query.
  [[nodiscard]] static Result<std::unique_ptr<DnsServer>> start(const std::string& listen, Zones zones);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  /// The port of both sockets; useful if `listen` has the port 0.
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  /// A client over TCP: it may send one query, which its length precedes (RFC 1035 section 4.2.2).
  struct Client {
    FileDescriptor socket;
    std::string bytes;
    std::chrono::steady_clock::time_point deadline;
  };

  DnsServer(FileDescriptor udp, FileDescriptor tcp, FileDescriptor stop, std::uint16_t port, Zones zones);
  void run();
  void answer_datagrams();
  void accept_clients();
  /// Returns false when the client is done.
  [[nodiscard]] bool serve(Client& client);

  FileDescriptor udp_, tcp_;
  FileDescriptor stop_;  ///< an eventfd
  std::uint16_t port_;
  Zones zones_;
  std::vector<Client> clients_;
  std::chrono::steady_clock::time_point accepts_from_{};  ///< after a lack of descriptors, no client is accepted before
  std::thread thread_;
};

}  // namespace faasta::certificates
