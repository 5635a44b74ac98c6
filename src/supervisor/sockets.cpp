#include "supervisor/sockets.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace faasta::supervisor {
namespace {

constexpr std::string_view kLock = "lock";
constexpr int kBacklog = 4096;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  [[nodiscard]] sockaddr* raw() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

bool parse(std::string_view place, Address& out) {
  const std::size_t colon = place.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::uint16_t port = 0;
  std::from_chars(place.data() + colon + 1, place.data() + place.size(), port);
  std::string host(place.substr(0, colon));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  auto& four = reinterpret_cast<sockaddr_in&>(out.storage);
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    out.size = sizeof four;
    return true;
  }
  auto& six = reinterpret_cast<sockaddr_in6&>(out.storage);
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  out.size = sizeof six;
  return ::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1;
}

bool is_loopback(const Address& address) {
  if (address.storage.ss_family == AF_INET6)
    return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_addr);
  constexpr std::uint32_t kLoopback = 127;
  return ntohl(reinterpret_cast<const sockaddr_in&>(address.storage).sin_addr.s_addr) >> 24U == kLoopback;
}

std::string failed(const Need& need, std::string_view what) {
  return need.name + " " + need.place + ": " + std::string(what) + ": " + std::strerror(errno);
}

/// Opens a listening socket. `shared`: other sockets may have the same address. Returns -1 and sets errno if it cannot
/// be opened.
int listening(const std::string& place, bool shared) {
  Address address;
  if (!parse(place, address)) {
    errno = EINVAL;
    return -1;
  }
  const int socket = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  // http/listener.cpp does the same for its own sockets, and says why.
  constexpr std::string_view kReno = "reno";
  if (socket >= 0 && is_loopback(address))
    static_cast<void>(::setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, kReno.data(), kReno.size()));
  if (socket >= 0 && ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      (!shared || ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) &&
      ::bind(socket, address.raw(), address.size) == 0 && (!shared || ::listen(socket, kBacklog) == 0))
    return socket;
  const int error = errno;
  if (socket >= 0) ::close(socket);
  errno = error;
  return -1;
}

std::string open_sockets(const Need& need, std::vector<Held>& opened) {
  // A socket that does not share its address cannot be bound if another server has the address.
  const int probe = listening(need.place, false);
  if (probe < 0) return failed(need, "bind");
  ::close(probe);
  for (unsigned i = 0; i < need.count; ++i) {
    const std::string place = opened.empty() || opened.back().name != need.name ? need.place : opened.back().place;
    const int socket = listening(place, true);
    if (socket < 0) return failed(need, "listen");
    opened.push_back({need.name, address_of(socket), socket});
  }
  return {};
}

std::string open_lock(const Need& need, std::vector<Held>& opened) {
  constexpr unsigned kOwnerOnly = 0600;
  const int file = ::open(need.place.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnly);
  if (file < 0) return failed(need, "open");
  opened.push_back({need.name, need.place, file});
  return ::flock(file, LOCK_EX | LOCK_NB) == 0 ? "" : failed(need, "another server uses the data folder");
}

/// Whether a held descriptor can be used for a need: it is a lock for the same path, or a socket for the same address.
/// If the need has the port 0, a socket with any port can be used.
bool fits(const Held& held, const Need& need) {
  if (held.name == need.name && held.place == need.place) return true;
  if (held.name == kLock || need.name == kLock) return false;
  if (need.place.ends_with(":0")) {
    const auto host = [](std::string_view place) { return place.substr(0, place.rfind(':')); };
    return held.name == need.name && host(held.place) == host(need.place);
  }
  return held.place == need.place;  // systemd gives its sockets other names
}

}  // namespace

std::string address_of(int socket) {
  Address address;
  if (::getsockname(socket, address.raw(), &address.size) != 0) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.storage.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address.storage);
    ::inet_ntop(AF_INET6, &six.sin6_addr, text.data(), text.size());
    return "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(six.sin6_port));
  }
  const auto& four = reinterpret_cast<const sockaddr_in&>(address.storage);
  ::inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
  return std::string(text.data()) + ":" + std::to_string(ntohs(four.sin_port));
}

std::expected<std::vector<Need>, std::string> parse_needs(std::string_view lines) {
  std::vector<Need> out;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    const std::size_t first = line.find('\t');
    const std::size_t second = first == std::string_view::npos ? first : line.find('\t', first + 1);
    Need need;
    const auto read = second == std::string_view::npos
                          ? std::from_chars_result{nullptr, std::errc::invalid_argument}
                          : std::from_chars(line.data() + second + 1, line.data() + line.size(), need.count);
    if (read.ec != std::errc{} || read.ptr != line.data() + line.size() || need.count == 0)
      return std::unexpected("faastad listeners printed '" + std::string(line) + "'");
    need.name = line.substr(0, first);
    need.place = line.substr(first + 1, second - first - 1);
    out.push_back(std::move(need));
  }
  if (out.empty()) return std::unexpected("faastad listeners printed nothing");
  return out;
}

std::string hold(const std::vector<Need>& needs, std::vector<Held>& held) {
  std::vector<Held> next = held;
  for (Held& one : next) one.is_needed = false;
  std::vector<Held> opened;
  const auto give_up = [&opened](std::string problem) {
    for (const Held& one : opened) ::close(one.descriptor);
    return problem;
  };
  for (const Need& need : needs) {
    unsigned found = 0;
    std::string place;
    for (Held& one : next) {
      if (one.is_needed || !fits(one, need)) continue;
      one.name = need.name;
      one.is_needed = true;
      place = one.place;
      ++found;
    }
    if (found == 0) {
      std::vector<Held> fresh;
      const std::string problem = need.name == kLock ? open_lock(need, fresh) : open_sockets(need, fresh);
      std::ranges::copy(fresh, std::back_inserter(opened));
      if (!problem.empty()) return give_up(problem);
    } else if (need.name != kLock) {
      // The new server has more threads. If a socket of systemd does not share its address, the threads share the
      // socket.
      for (int socket = 0; found < need.count && (socket = listening(place, true)) >= 0; ++found)
        opened.push_back({need.name, place, socket});
    }
  }
  std::ranges::copy(opened, std::back_inserter(next));
  held = std::move(next);
  return {};
}

void close_unneeded(std::vector<Held>& held, bool locks) {
  std::erase_if(held, [locks](const Held& one) {
    if (one.is_needed || (one.name == kLock && !locks)) return false;
    ::close(one.descriptor);
    return true;
  });
}

std::vector<Held> from_systemd() {
  std::vector<Held> out;
  constexpr int kFirst = 3;
  const char* const process = std::getenv("LISTEN_PID");
  const char* const count = std::getenv("LISTEN_FDS");
  if (process != nullptr && count != nullptr && std::strtol(process, nullptr, 10) == ::getpid()) {
    for (int i = 0; i < std::atoi(count); ++i) {
      static_cast<void>(::fcntl(kFirst + i, F_SETFD, FD_CLOEXEC));
      out.push_back({"systemd", address_of(kFirst + i), kFirst + i});
    }
  }
  for (const char* const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  return out;
}

}  // namespace faasta::supervisor
