#include "server/inherited.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace faasta::server {
namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START

int number_of(const char* variable) {
  const char* const text = std::getenv(variable);
  int out = 0;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), out);
  return out;
}

/// Sends lines to systemd (sd_notify(3)).
void tell_systemd(std::string_view lines) {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  const std::size_t length = path == nullptr ? 0 : std::strlen(path);
  if (length == 0 || length >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, length);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract socket (unix(7))
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  static_cast<void>(::sendto(socket.get(), lines.data(), lines.size(), MSG_NOSIGNAL,
                             reinterpret_cast<sockaddr*>(&address),
                             static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length)));
}

}  // namespace

Inherited Inherited::take() {
  Inherited out;
  const int count = number_of("LISTEN_PID") == ::getpid() ? number_of("LISTEN_FDS") : 0;
  const char* const given = std::getenv("LISTEN_FDNAMES");
  std::string_view names = given == nullptr ? std::string_view() : given;
  for (int i = 0; i < count; ++i) {
    const std::size_t end = std::min(names.find(':'), names.size());
    static_cast<void>(::fcntl(kFirst + i, F_SETFD, FD_CLOEXEC));
    out.all_.push_back({std::string(names.substr(0, end)), FileDescriptor(kFirst + i)});
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  out.takes_over_ = std::getenv("FAASTA_TAKES_OVER") != nullptr;
  for (const char* const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "FAASTA_TAKES_OVER"}) ::unsetenv(name);
  return out;
}

std::vector<int> Inherited::sockets(std::string_view name) const {
  std::vector<int> out;
  for (const One& one : all_)
    if (one.name == name) out.push_back(one.descriptor.get());
  return out;
}

FileDescriptor Inherited::give(std::string_view name) {
  const auto found = std::ranges::find(all_, name, &One::name);
  return found == all_.end() ? FileDescriptor() : std::move(found->descriptor);
}

void ServiceNotice::send(std::string_view lines) const noexcept {
  if (!control_) return tell_systemd(lines);
  static_cast<void>(::send(control_.get(), lines.data(), lines.size(), MSG_NOSIGNAL));
}

void keep_watchdog(const ServiceNotice& notice, const std::function<bool(std::chrono::milliseconds most)>& answers,
                   const std::stop_token& stop) {
  const bool is_mine = std::getenv("WATCHDOG_PID") == nullptr || number_of("WATCHDOG_PID") == ::getpid();
  const auto interval = std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::microseconds(is_mine ? number_of("WATCHDOG_USEC") : 0) / 2);
  if (interval.count() <= 0) return;
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!wake.wait_for(lock, stop, interval, [&stop] { return stop.stop_requested(); }))
    if (answers(interval)) notice.send("WATCHDOG=1\n");
}

void send_signs_of_life(const ServiceNotice& notice, const std::stop_token& stop) {
  constexpr std::chrono::seconds kInterval{10};
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!wake.wait_for(lock, stop, kInterval, [&stop] { return stop.stop_requested(); }))
    notice.send("STATUS=starting: compiles code that is missing\nEXTEND_TIMEOUT_USEC=60000000\n");
}

}  // namespace faasta::server
