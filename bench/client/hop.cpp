// What a hop from a front process to a worker process costs: a small request and a small answer, with and without the
// hop.
//
//   hop direct|unix|tcp CONNECTIONS SECONDS CLIENT_CORE SERVER_CORE
//
// `direct`: the client's connections end at the worker. `unix` and `tcp`: they end at the front, which has a socket
// pair or a connection over loopback to the worker for each of them, and passes bytes on. Both are event loops, and do
// nothing else. The client sends the next request on a connection when it has the answer. Prints one line of JSON.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kRequest = 150, kAnswer = 200;  // as of the guest `raw` with a plain client

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}
int checked(int result, const char* what) { return result < 0 ? (die(what), 0) : result; }

void run_on(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  checked(sched_setaffinity(0, sizeof set, &set), "sched_setaffinity");
}

using Pair = std::pair<int, int>;
Pair unix_pair() {
  std::array<int, 2> ends{};
  checked(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), "socketpair");
  return {ends[0], ends[1]};
}
/// A connection over loopback, without delays.
Pair tcp_pair() {
  const int listener = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  checked(bind(listener, reinterpret_cast<sockaddr*>(&address), size), "bind");
  checked(listen(listener, 1), "listen");
  checked(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  const int one = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
  checked(connect(one, reinterpret_cast<sockaddr*>(&address), size), "connect");
  const int other = checked(accept(listener, nullptr, nullptr), "accept");
  close(listener);
  const int on = 1;
  for (const int fd : {one, other}) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {one, other};
}

/// Calls `ready` for each descriptor that has bytes, until a descriptor is closed.
void loop(const std::vector<int>& fds, const std::function<bool(int)>& ready) {
  const int poll = checked(epoll_create1(0), "epoll_create1");
  for (const int fd : fds) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    checked(epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
  std::array<epoll_event, 64> events{};
  for (;;) {
    const int count = epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; ++i)
      if (!ready(events[static_cast<std::size_t>(i)].data.fd)) return;
  }
}

/// Messages are small, so each comes and goes at once.
bool receive(int fd, std::size_t size) {
  std::array<char, 1024> bytes{};
  const ssize_t got = recv(fd, bytes.data(), size, 0);
  if (got > 0 && static_cast<std::size_t>(got) != size) die("a message in parts");
  return got > 0;
}
void send_bytes(int fd, std::size_t size) {
  static const std::array<char, 1024> kBytes{};
  const ssize_t sent = send(fd, kBytes.data(), size, MSG_NOSIGNAL);
  if (sent < 0 && errno == EPIPE) _exit(0);  // the client has ended
  if (sent != static_cast<ssize_t>(size)) die("send");
}

pid_t start(int core, const std::vector<int>& foreign, const std::function<void()>& work) {
  const pid_t pid = checked(fork(), "fork");
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int fd : foreign) close(fd);
  run_on(core);
  work();
  _exit(0);
}

double cpu_us(pid_t pid) {
  rusage usage{};
  int status = 0;
  checked(wait4(pid, &status, 0, &usage), "wait4");
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

void work_as_worker(const std::vector<int>& fds) {
  loop(fds, [](int fd) {
    if (!receive(fd, kRequest)) return false;
    send_bytes(fd, kAnswer);
    return true;
  });
}

void work_as_front(const std::vector<int>& clients, const std::vector<int>& workers) {
  std::unordered_map<int, std::pair<int, std::size_t>> to;
  std::vector<int> all;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    to[clients[i]] = {workers[i], kRequest};
    to[workers[i]] = {clients[i], kAnswer};
    all.insert(all.end(), {clients[i], workers[i]});
  }
  loop(all, [&](int fd) {
    const auto [other, size] = to[fd];
    if (!receive(fd, size)) return false;
    send_bytes(other, size);
    return true;
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const std::string_view mode = argv[1];
  const int connections = std::atoi(argv[2]), seconds = std::atoi(argv[3]);
  const int client_core = std::atoi(argv[4]), server_core = std::atoi(argv[5]);
  std::vector<int> clients, outer, inner, workers;
  for (int i = 0; i < connections; ++i) {
    const auto [client, server] = tcp_pair();
    clients.push_back(client);
    outer.push_back(server);
    if (mode == "direct") continue;
    const auto [front, worker] = mode == "unix" ? unix_pair() : tcp_pair();
    inner.push_back(front);
    workers.push_back(worker);
  }
  std::vector<pid_t> children;
  std::vector<int> not_workers = clients;
  if (mode == "direct") {
    children.push_back(start(server_core, not_workers, [&] { work_as_worker(outer); }));
  } else {
    not_workers.insert(not_workers.end(), inner.begin(), inner.end());
    not_workers.insert(not_workers.end(), outer.begin(), outer.end());
    children.push_back(start(server_core, not_workers, [&] { work_as_worker(workers); }));
    std::vector<int> not_fronts = clients;
    not_fronts.insert(not_fronts.end(), workers.begin(), workers.end());
    children.push_back(start(server_core, not_fronts, [&] { work_as_front(outer, inner); }));
  }
  for (const auto* const fds : {&outer, &inner, &workers})
    for (const int fd : *fds) close(fd);
  run_on(client_core);

  std::unordered_map<int, Clock::time_point> sent;
  std::vector<double> latencies;
  const auto begin = Clock::now(), end = begin + std::chrono::seconds(seconds);
  for (const int fd : clients) {
    sent[fd] = Clock::now();
    send_bytes(fd, kRequest);
  }
  loop(clients, [&](int fd) {
    if (!receive(fd, kAnswer)) return false;
    const auto now = Clock::now();
    latencies.push_back(std::chrono::duration<double, std::micro>(now - sent[fd]).count());
    if (now > end) return false;
    sent[fd] = now;
    send_bytes(fd, kRequest);
    return true;
  });
  for (const int fd : clients) close(fd);
  double cpu = 0;
  for (const pid_t child : children) cpu += cpu_us(child);
  const auto count = static_cast<double>(latencies.size());
  std::ranges::sort(latencies);
  const auto share = [&](double of) { return latencies[static_cast<std::size_t>(of * (count - 1))]; };
  std::printf("{\"p50\": %.2f, \"p99\": %.2f, \"per_second\": %.0f, \"cpu\": %.3f}\n", share(0.5), share(0.99),
              count / seconds, cpu / count);
}
