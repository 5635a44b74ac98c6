// diagnose_network and diagnose_certificates: what clients need.

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/loopback.hpp"
#include "base/sha256.hpp"
#include "certificates/dns_lookup.hpp"
#include "certificates/files.hpp"
#include "http/listener.hpp"
#include "server/acme.hpp"
#include "server/diagnosis.hpp"

namespace faasta::server {
namespace {

using enum Finding::Level;

constexpr const char* kNetwork = "network";

/// Whether a server uses the data folder.
bool is_running(const Config& config) {
  const FileDescriptor lock(::open((config.data / "lock").c_str(), O_RDONLY | O_CLOEXEC));
  return lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

/// Opens the address as the server does. Returns the errno of the failure.
int try_to_listen(const std::string& address) {
  const auto endpoint = http::parse_listen(address);
  if (!endpoint) return EINVAL;
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(endpoint->address.c_str(), std::to_string(endpoint->port).c_str(), &hints, &found) != 0)
    return EINVAL;
  const FileDescriptor socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool bound = ::bind(socket.get(), found->ai_addr, found->ai_addrlen) == 0 && ::listen(socket.get(), 1) == 0;
  const int problem = bound ? 0 : errno;
  ::freeaddrinfo(found);
  return problem;
}

Finding diagnose_address(const char* setting, const std::string& address, bool runs) {
  const std::string named = fmt::format("{} = \"{}\"", setting, address);
  const int problem = try_to_listen(address);
  if (problem == 0) return {kNetwork, good, named + ": free"};
  if (problem == EADDRINUSE && runs) return {kNetwork, good, named + ": in use, and the server runs"};
  const std::string says = named + ": " + std::system_category().message(problem);
  const char* const why = "the server does not start";
  if (problem == EACCES)
    return {kNetwork, fault, says, why,
            "Give the server CAP_NET_BIND_SERVICE, as faastad.service does, or use a port of 1024 or more"};
  if (problem == EADDRINUSE) return {kNetwork, fault, says, why, "Stop the program that uses the port: ss -ltnp"};
  return {kNetwork, fault, says, why, "Use an address of this machine: ip address"};
}

Finding diagnose_names(const Config& config) {
  const std::string host = "doctor-" + random_hex(4) + "." + config.base_domain;
  if (config.base_domain == "localhost" || config.base_domain.ends_with(".localhost"))
    return {kNetwork, good, "functions are at addresses of this machine, which need no DNS"};
  const auto found = certificates::DnsLookup(config.acme.resolver).addresses(host);
  const std::string fix =
      fmt::format("Add DNS records for {0} and *.{0} with the address of this machine", config.base_domain);
  constexpr const char* kWhy = "callers look up the host of a function";
  if (!found) return {kNetwork, fault, "the resolver does not answer: " + found.error(), kWhy, "cat /etc/resolv.conf"};
  if (found->empty()) return {kNetwork, fault, "no address for " + host, kWhy, fix};
  const auto is_ours = [&](const std::string& address) {
    return std::ranges::find(config.domains.addresses, address) != config.domains.addresses.end();
  };
  if (!config.domains.addresses.empty() && !std::ranges::all_of(*found, is_ours))
    return {kNetwork, fault, fmt::format("{} has the addresses {}", host, fmt::join(*found, ", ")),
            "these are not the addresses in domains.addresses", fix};
  return {kNetwork, good, fmt::format("names of functions lead to {}", fmt::join(*found, ", "))};
}

Finding diagnose_validity(const std::string& name, SystemTime not_after, const char* fix) {
  constexpr std::chrono::days kSoon{7};
  constexpr const char* kCertificates = "certificates";
  const auto left = not_after - system_now();
  const auto days = std::chrono::floor<std::chrono::days>(left).count();
  const std::string says = fmt::format("the certificate for {} is valid for {} days", name, days);
  if (left > kSoon) return {kCertificates, good, says};
  return {kCertificates, warning, says, "after that, clients see errors of TLS", fix};
}

}  // namespace

Findings diagnose_network(const Config& config) {
  const bool runs = is_running(config);
  Findings out{diagnose_address("listen", config.listen, runs)};
  if (config.tls.enabled()) out.push_back(diagnose_address("tls.listen", config.tls.listen, runs));
  out.push_back(diagnose_address("admin_listen", config.admin_listen, runs));
  out.push_back(diagnose_names(config));
  return out;
}

Findings diagnose_certificates(const Config& config) {
  Findings out;
  if (!config.tls.places.empty()) {
    // A certificate that cannot be used is a finding of diagnose_settings.
    const auto read = tls::Certificates::open(config.tls.places);
    if (!read) return out;
    for (const auto& state : (*read)->states())
      out.push_back(diagnose_validity(state.files.certificate.string(), state.not_after,
                                      "Put a new certificate there; the server reads it at once"));
    return out;
  }
  if (!config.gets_certificates()) return out;
  constexpr const char* kOrders = "faastad certificates list shows why there is no new one";
  const auto files = certificates::Files::existing(acme_folder(config));
  if (!files) return {{"certificates", good, "the first start of the server orders a certificate"}};
  std::vector<std::string> names = files->names();
  if (std::ranges::find(names, wanted_for_base(config).name) == names.end())
    names.push_back(wanted_for_base(config).name);
  for (const std::string& name : names) {
    const auto certificate = files->current(name);
    if (certificate && *certificate)
      out.push_back(diagnose_validity(name, (*certificate)->not_after(), kOrders));
    else
      out.push_back(
          {"certificates", fault, "there is no valid certificate for " + name, "clients see errors of TLS", kOrders});
  }
  return out;
}

}  // namespace faasta::server
