#include "attack/wire.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/propagate.hpp"

namespace faasta::attack {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

sockaddr_in loopback(Client client, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(0x7f000000U | client.number);
  return out;
}

void set(int fd, int level, int option, int value) {
  static_cast<void>(::setsockopt(fd, level, option, &value, sizeof value));
}

/// Waits until the socket is ready for `events`.
Result<> wait(int fd, short events, steady_clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now()).count();
    pollfd waiting{fd, events, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready > 0) return {};
    if (ready == 0) return fail(Code::io_error, "no answer in time");
    if (errno != EINTR) return fail_errno(Code::io_error, "poll", errno);
  }
}

}  // namespace

Result<FileDescriptor> begin_connection(std::uint16_t port, Client from, int receive_buffer) {
  FileDescriptor out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!out) return fail_errno(Code::io_error, "socket", errno);
  set(out.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  // Without this, each address could have only as many connections as there are ports.
  set(out.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  if (receive_buffer > 0) set(out.get(), SOL_SOCKET, SO_RCVBUF, receive_buffer);
  const sockaddr_in own = loopback(from, 0);
  const sockaddr_in peer = loopback(Client{1}, port);
  if (::bind(out.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
    return fail_errno(Code::io_error, "bind", errno);
  if (::connect(out.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0 && errno != EINPROGRESS)
    return fail_errno(Code::io_error, "connect", errno);
  return out;
}

Result<Wire> Wire::connect(std::uint16_t port, Client from, milliseconds patience) {
  ASSIGN_OR_RETURN(auto socket, begin_connection(port, from));
  RETURN_IF_ERROR(wait(socket.get(), POLLOUT, steady_clock::now() + patience));
  int failed = 0;
  socklen_t size = sizeof failed;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failed, &size) != 0 || failed != 0)
    return fail_errno(Code::io_error, "connect", failed);
  return Wire(std::move(socket));
}

Result<Answer> Wire::exchange(std::string_view request, milliseconds patience, std::size_t kept) {
  const auto until = steady_clock::now() + patience;
  AnswerReader reader(kept);
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t sent = request.empty() ? 0 : ::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent > 0) request.remove_prefix(static_cast<std::size_t>(sent));
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got > 0) {
      std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
      if (auto answer = reader.take(bytes)) return *std::move(answer);
      continue;
    }
    if (got == 0) return fail(Code::io_error, "the server closed the connection");
    if (errno != EAGAIN) return fail_errno(Code::io_error, "recv", errno);
    RETURN_IF_ERROR(wait(socket_.get(), static_cast<short>(request.empty() ? POLLIN : POLLIN | POLLOUT), until));
  }
}

}  // namespace faasta::attack
