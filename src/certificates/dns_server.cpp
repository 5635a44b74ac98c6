#include "certificates/dns_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/propagate.hpp"
#include "base/thread_scheduling.hpp"

namespace faasta::certificates {
namespace {

/// The most TCP connections at a time. Further connections wait in the kernel's queue.
constexpr std::size_t kMostClients = 32;
constexpr std::chrono::seconds kClientTime{5};
constexpr int kBacklog = 64;
constexpr std::chrono::milliseconds kPause{100};
/// The longest query that is read. A query for our names has at most 300 bytes.
constexpr std::size_t kMostQueryBytes = 512;

/// A socket address of either family.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] sockaddr* raw() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

Result<Address> parse(const std::string& listen) {
  const auto wrong = [&] { return fail(Code::config_invalid, fmt::format("'{}' is not ADDRESS:PORT", listen)); };
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string::npos) return wrong();
  std::string host = listen.substr(0, colon);
  const bool is_six = host.starts_with('[') && host.ends_with(']');
  if (is_six) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const char* const end = listen.data() + listen.size();
  if (const auto read = std::from_chars(listen.data() + colon + 1, end, port);
      read.ec != std::errc{} || read.ptr != end)
    return wrong();
  Address out;
  if (is_six) {
    auto& six = reinterpret_cast<sockaddr_in6&>(out.storage);
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    out.size = sizeof six;
    if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) != 1) return wrong();
  } else {
    auto& four = reinterpret_cast<sockaddr_in&>(out.storage);
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    out.size = sizeof four;
    if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) != 1) return wrong();
  }
  return out;
}

std::uint16_t& port_of(Address& address) {
  return address.storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address.storage).sin6_port
                                               : reinterpret_cast<sockaddr_in&>(address.storage).sin_port;
}

Result<FileDescriptor> bound(Address& address, int type, const std::string& listen) {
  FileDescriptor out(::socket(address.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  // A UDP address must not be shared: otherwise this server would receive queries to another server on the same
  // address.
  if (!out || (type == SOCK_STREAM && ::setsockopt(out.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) ||
      ::bind(out.get(), address.raw(), address.size) != 0 ||
      (type == SOCK_STREAM && ::listen(out.get(), kBacklog) != 0) ||
      ::getsockname(out.get(), address.raw(), &address.size) != 0)
    return fail_errno(Code::io_error, "acme.dns_listen " + listen, errno);
  return out;
}

}  // namespace

Result<std::unique_ptr<DnsServer>> DnsServer::start(const std::string& listen, Zones zones) {
  ASSIGN_OR_RETURN(const Address wanted, parse(listen));
  Address address = wanted;
  ASSIGN_OR_RETURN(FileDescriptor tcp, bound(address, SOCK_STREAM, listen));
  auto udp = bound(address, SOCK_DGRAM, listen);
  // If `listen` has the port 0, the system chose a port that was free for TCP. For UDP, this port may be in use.
  constexpr int kMostTries = 20;
  for (int i = 0; !udp && listen.ends_with(":0") && i < kMostTries; ++i) {
    address = wanted;
    ASSIGN_OR_RETURN(tcp, bound(address, SOCK_STREAM, listen));
    udp = bound(address, SOCK_DGRAM, listen);
  }
  if (!udp) return std::unexpected(std::move(udp.error()));
  FileDescriptor stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop) return fail_errno(Code::io_error, "eventfd", errno);
  return std::unique_ptr<DnsServer>(
      new DnsServer(std::move(*udp), std::move(tcp), std::move(stop), ntohs(port_of(address)), std::move(zones)));
}

DnsServer::DnsServer(FileDescriptor udp, FileDescriptor tcp, FileDescriptor stop, std::uint16_t port, Zones zones)
    : udp_(std::move(udp)),
      tcp_(std::move(tcp)),
      stop_(std::move(stop)),
      port_(port),
      zones_(std::move(zones)),
      thread_([this] { run(); }) {}

DnsServer::~DnsServer() {
  const std::uint64_t one = 1;
  while (::write(stop_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
}

void DnsServer::run() {
  step_behind();
  for (;;) {
    const bool pauses = std::chrono::steady_clock::now() < accepts_from_;
    const bool accepts = !pauses && clients_.size() < kMostClients;
    std::vector<pollfd> watched{
        {stop_.get(), POLLIN, 0}, {udp_.get(), POLLIN, 0}, {tcp_.get(), static_cast<short>(accepts ? POLLIN : 0), 0}};
    for (const Client& client : clients_) watched.push_back({client.socket.get(), POLLIN, 0});
    const int client_time = clients_.empty() ? -1 : static_cast<int>(std::chrono::milliseconds(kClientTime).count());
    const int wait = pauses ? static_cast<int>(kPause.count()) : client_time;
    if (::poll(watched.data(), watched.size(), wait) < 0 && errno != EINTR) return;
    if (watched[0].revents != 0) return;
    if (watched[1].revents != 0) answer_datagrams();
    const auto now = std::chrono::steady_clock::now();
    constexpr std::size_t kFirstClient = 3;
    std::vector<Client> stay;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      const bool readable = watched[kFirstClient + i].revents != 0;
      if (clients_[i].deadline > now && (!readable || serve(clients_[i]))) stay.push_back(std::move(clients_[i]));
    }
    clients_ = std::move(stay);
    if (watched[2].revents != 0) accept_clients();
  }
}

void DnsServer::answer_datagrams() {
  constexpr int kInOneTurn = 64;
  std::array<char, kMostQueryBytes> bytes{};
  for (int i = 0; i < kInOneTurn; ++i) {
    Address from;
    from.size = sizeof from.storage;
    const ssize_t size = ::recvfrom(udp_.get(), bytes.data(), bytes.size(), 0, from.raw(), &from.size);
    if (size < 0) return;
    const auto answer = dns_answer({bytes.data(), static_cast<std::size_t>(size)}, zones_(), true);
    if (answer) static_cast<void>(::sendto(udp_.get(), answer->data(), answer->size(), 0, from.raw(), from.size));
  }
}

void DnsServer::accept_clients() {
  while (clients_.size() < kMostClients) {
    FileDescriptor socket(::accept4(tcp_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      // If no descriptor is free, the client stays in the queue, and each poll() would return at once. So no client is
      // accepted for a while; queries over UDP are still answered.
      if (errno == EMFILE || errno == ENFILE) accepts_from_ = std::chrono::steady_clock::now() + kPause;
      return;
    }
    clients_.push_back({std::move(socket), {}, std::chrono::steady_clock::now() + kClientTime});
  }
}

bool DnsServer::serve(Client& client) {
  constexpr std::size_t kLengthBytes = 2;
  std::array<char, kMostQueryBytes + kLengthBytes> bytes{};
  const ssize_t size = ::recv(client.socket.get(), bytes.data(), bytes.size() - client.bytes.size(), 0);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) return false;
  client.bytes.append(bytes.data(), static_cast<std::size_t>(size));
  if (client.bytes.size() < kLengthBytes) return true;
  const std::size_t length = (static_cast<std::size_t>(static_cast<unsigned char>(client.bytes[0])) << 8U) |
                             static_cast<unsigned char>(client.bytes[1]);
  if (length > kMostQueryBytes) return false;
  if (client.bytes.size() < kLengthBytes + length) return true;
  const auto answer = dns_answer(std::string_view(client.bytes).substr(kLengthBytes, length), zones_(), false);
  if (!answer) return false;
  // This is the first answer on the connection, so the kernel's send buffer has room for all of it.
  const std::string framed =
      std::string{static_cast<char>(answer->size() >> 8U), static_cast<char>(answer->size() & 0xffU)} + *answer;
  static_cast<void>(::send(client.socket.get(), framed.data(), framed.size(), MSG_NOSIGNAL));
  return false;
}

}  // namespace faasta::certificates
