#include "cli/client/visitors.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace faasta::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMostVisitors = 32;             // a browser opens six connections to one host
constexpr std::size_t kLongestHead = 16U << 10U;      // browsers also send the cookies of other ports of this host
constexpr std::chrono::seconds kVisitorPatience{30};  // a browser may open a connection and use it later
constexpr std::chrono::seconds kLeavingPatience{5};
constexpr std::size_t kMostDiscarded = 64U << 20U;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

enum class Arrived { part, head, end };

/// Reads the bytes that have arrived.
Arrived read_more(const FileDescriptor& socket, std::string& received) {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Arrived::part;
  if (got <= 0) return Arrived::end;
  received.append(buffer.data(), static_cast<std::size_t>(got));
  if (received.contains(kEndOfHead)) return Arrived::head;
  return received.size() > kLongestHead ? Arrived::end : Arrived::part;
}

/// Reads and drops what has arrived. Returns whether more may come.
bool discard(const FileDescriptor& socket, std::size_t& discarded) {
  std::array<char, 64 << 10> buffer{};
  while (discarded < kMostDiscarded) {
    const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    discarded += static_cast<std::size_t>(got);
  }
  return false;
}

}  // namespace

Result<Visitors> Visitors::listen(int port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool listening = socket && ::bind(socket.get(), generic, length) == 0 &&
                         ::listen(socket.get(), SOMAXCONN) == 0 && ::getsockname(socket.get(), generic, &length) == 0;
  if (!listening) return fail_errno(Code::io_error, "listen on 127.0.0.1", errno);
  return Visitors(std::move(socket), ntohs(address.sin_port));
}

void Visitors::accept() {
  FileDescriptor socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return;
  if (visitors_.size() >= kMostVisitors) visitors_.erase(visitors_.begin());
  visitors_.push_back({std::move(socket), {}, steady_clock::now()});
}

bool Visitors::read(Visitor& visitor, bool spoke, const std::function<void(std::string_view, FileDescriptor)>& take) {
  const auto age = steady_clock::now() - visitor.came;
  if (visitor.answered)
    return age < kLeavingPatience && visitor.discarded < kMostDiscarded &&
           (!spoke || discard(visitor.socket, visitor.discarded));
  const Arrived arrived = spoke ? read_more(visitor.socket, visitor.received) : Arrived::part;
  if (arrived == Arrived::head)
    take(std::string_view(visitor.received).substr(0, visitor.received.find(kEndOfHead)), std::move(visitor.socket));
  return arrived == Arrived::part && (spoke || age <= kVisitorPatience);
}

void Visitors::wait(int milliseconds, const std::function<void(std::string_view, FileDescriptor)>& take) {
  std::vector<pollfd> wanted = {{accepting_ ? socket_.get() : -1, POLLIN, 0}};
  for (const Visitor& visitor : visitors_) wanted.push_back({visitor.socket.get(), POLLIN, 0});
  if (::poll(wanted.data(), wanted.size(), milliseconds) < 0) return;
  std::vector<Visitor> staying;
  for (std::size_t i = 0; i < visitors_.size(); ++i)
    if (read(visitors_[i], wanted[i + 1].revents != 0, take)) staying.push_back(std::move(visitors_[i]));
  for (Visitor& visitor : std::exchange(answered_, {})) staying.push_back(std::move(visitor));
  visitors_ = std::move(staying);
  if (wanted[0].revents != 0) accept();
}

void Visitors::send_and_leave(FileDescriptor connection, std::string_view answer) {
  send_last(connection, answer);
  answered_.push_back({std::move(connection), {}, steady_clock::now(), true});
}

bool Visitors::leaving() const noexcept { return std::ranges::any_of(visitors_, &Visitor::answered); }

void send_last(const FileDescriptor& connection, std::string_view answer) {
  static_cast<void>(::send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
  ::shutdown(connection.get(), SHUT_WR);
}

}  // namespace faasta::cli
