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

/// Answers DNS queries over UDP and TCP on one address, on its own thread, until the object is destroyed. The server
/// exists only while a proof dns-01 is under way.
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
  /// A client over TCP. It sends the length of a query and then the query (RFC 1035 section 4.2.2). It may send only
  /// one.
  struct Client {
    FileDescriptor socket;
    std::string bytes;
    std::chrono::steady_clock::time_point deadline;
  };

  DnsServer(FileDescriptor udp, FileDescriptor tcp, FileDescriptor stop, std::uint16_t port, Zones zones);
  void run();
  void answer_datagrams();
  void accept_clients();
  /// Returns false when the client's connection must be closed.
  [[nodiscard]] bool serve(Client& client);

  FileDescriptor udp_, tcp_;
  FileDescriptor stop_;  ///< an eventfd
  std::uint16_t port_;
  Zones zones_;
  std::vector<Client> clients_;
  std::chrono::steady_clock::time_point accepts_from_{};  ///< no client is accepted before this time
  std::thread thread_;
};

}  // namespace faasta::certificates
