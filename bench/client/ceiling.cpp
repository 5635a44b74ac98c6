// Answers every request with the same bytes from one thread. This shows the most that loopback, kernel and client can
// do, because the server does no work. Prints its port. Each request is assumed to arrive in one piece, as the client
// of this suite sends it.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>

int main() {
  constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 18\r\n\r\nhello from faasta\n";
  const int on = 1;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, 1024) != 0) return 1;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);

  const int epoll = epoll_create1(0);
  const auto watch = [&](int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  };
  watch(listener);
  std::array<epoll_event, 256> events{};
  std::array<char, 1 << 16> buffer{};
  for (;;) {
    const int count = epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        const int accepted = accept(listener, nullptr, nullptr);
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(accepted);
      } else if (recv(fd, buffer.data(), buffer.size(), 0) <= 0 || send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) {
        close(fd);
      }
    }
  }
}
