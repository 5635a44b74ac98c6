// Loads an HTTP/1.1 server over keep-alive connections from one thread, and compares every answer byte by byte.
//
//   load --address IP:PORT [--host NAME | --hosts FILE] [--expect-body TEXT] [--rate R] [--connections N] [--seconds S]
//   [--warm-up S] [--requests N] [--path P] [--seed N] [--spin 1] [--from-send 1] With --rate it is an open loop:
//   request k is due at k/R seconds. Its latency counts from that time, even if no connection was free to send it (no
//   coordinated omission). With --from-send it counts from the send if a connection was free: then the time in which
//   this program waited for a processor, which an attacker uses, is not a latency of the server. Without --rate it is a closed loop: a connection sends its next request as soon as it has the answer,
//   for S seconds or N requests in all. Requests that are due in the warm-up are sent but not counted. A line of FILE
//   is a host, or a host, a tab and the body that this host answers; "\n" stands for a newline. The host of each
//   request is chosen at random. With --spin the client never sleeps, so that no latency includes the wake-up of the
//   client. Prints one line of JSON. Answers are assumed to be small: each is parsed again from its start when more
//   bytes arrive.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "answer.hpp"

namespace {

using Nanoseconds = std::int64_t;

Nanoseconds now() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "load: %s\n", what.c_str());
  std::exit(1);
}

std::string unescaped(std::string text) {
  for (std::size_t at = 0; (at = text.find("\\n", at)) != std::string::npos; ++at) text.replace(at, 2, "\n");
  return text;
}

struct Options {
  sockaddr_in address{};
  std::vector<std::pair<std::string, std::string>> hosts;  // and what each answers
  std::string path = "/";
  double rate = 0, seconds = 5, warm_up = 0;
  std::uint64_t connections = 32, requests = UINT64_MAX, seed = 1;
  bool spin = false;
  bool from_send = false;
};

Options parse(int argc, char** argv) {
  std::map<std::string, std::string> given;
  for (int i = 1; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
  if (argc % 2 == 0 || !given.contains("--address")) die("options come in pairs, and --address is needed");
  Options out;
  const std::string body = unescaped(given["--expect-body"]);
  for (const auto& [key, value] : given) {
    const auto colon = value.rfind(':');
    if (key == "--address") {
      out.address.sin_family = AF_INET;
      out.address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(value.substr(colon + 1))));
      if (inet_pton(AF_INET, value.substr(0, colon).c_str(), &out.address.sin_addr) != 1) die("not an address: " + value);
    } else if (key == "--host") {
      out.hosts.emplace_back(value, body);
    } else if (key == "--hosts") {
      std::ifstream file(value);
      for (std::string line; std::getline(file, line);) {
        const auto tab = line.find('\t');
        out.hosts.emplace_back(line.substr(0, tab), tab == std::string::npos ? body : unescaped(line.substr(tab + 1)));
      }
    } else if (key == "--path") {
      out.path = value;
    } else if (key == "--rate") {
      out.rate = std::stod(value);
    } else if (key == "--seconds") {
      out.seconds = std::stod(value);
    } else if (key == "--warm-up") {
      out.warm_up = std::stod(value);
    } else if (key == "--connections") {
      out.connections = std::stoull(value);
    } else if (key == "--requests") {
      out.requests = std::stoull(value);
    } else if (key == "--spin") {
      out.spin = value == "1";
    } else if (key == "--from-send") {
      out.from_send = value == "1";
    } else if (key == "--seed") {
      out.seed = std::stoull(value);
    } else if (key != "--expect-body") {
      die("no such option: " + key);
    }
  }
  if (out.hosts.empty()) die("needs --host, or --hosts with at least one line");
  return out;
}

struct Connection {
  int fd = -1;
  bool busy = false;
  const std::string* expected = nullptr;
  Nanoseconds due = 0;
  Nanoseconds from = 0;  // the beginning of the latency
  std::string received;
};

class Run {
 public:
  explicit Run(const Options& options) : options_(options), connections_(options.connections), random_(options.seed) {
    for (Connection& connection : connections_) open(connection);
  }

  void until_the_end() {
    start_ = now();
    counted_from_ = start_ + static_cast<Nanoseconds>(options_.warm_up * 1e9);
    end_ = counted_from_ + static_cast<Nanoseconds>(options_.seconds * 1e9);
    const Nanoseconds give_up = end_ + 10'000'000'000;
    std::vector<epoll_event> events(256);
    while (send_what_is_due() || running_ > 0) {
      const timespec wait = patience();
      const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
      for (int i = 0; i < count; ++i) receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
      if (now() > give_up) break;
    }
    if (running_ > 0) errors_["unanswered"] += running_;
    while (options_.rate > 0 && sent_ < options_.requests && due(sent_) < end_) ++sent_, ++errors_["never sent"];
  }

  void print() {
    std::ranges::sort(latencies_);
    const double seconds = static_cast<double>(std::min(now(), end_) - counted_from_) / 1e9;
    std::printf(R"({"answers": %zu, "seconds": %.3f, "per_second": %.2f)", latencies_.size(), seconds, static_cast<double>(in_time_) / seconds);
    for (const auto& [name, share] : {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1.0}}) {
      if (latencies_.empty()) break;
      const std::size_t at = std::min(latencies_.size() - 1, static_cast<std::size_t>(share * static_cast<double>(latencies_.size())));
      std::printf(R"(, "%s": %.1f)", name, static_cast<double>(latencies_[at]) / 1e3);
    }
    std::printf(R"(, "errors": {)");
    const char* comma = "";
    for (const auto& [what, count] : errors_) std::printf(R"(%s"%s": %llu)", std::exchange(comma, ", "), what.c_str(), static_cast<unsigned long long>(count));
    std::printf("}}\n");
  }

 private:
  void open(Connection& connection) {
    const int on = 1;
    connection.fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection.fd, reinterpret_cast<const sockaddr*>(&options_.address), sizeof options_.address) != 0) die(std::string("connect: ") + std::strerror(errno));
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    idle_.push_back(&connection);
  }

  void reopen(Connection& connection) {
    close(connection.fd);
    std::erase(idle_, &connection);
    open(connection);
  }

  Nanoseconds due(std::uint64_t number) const { return start_ + static_cast<Nanoseconds>(static_cast<double>(number) / options_.rate * 1e9); }

  timespec patience() const {
    Nanoseconds wait = options_.spin ? 0 : 100'000'000;
    if (options_.rate > 0 && !idle_.empty()) wait = std::clamp<Nanoseconds>(due(sent_) - now(), 0, wait);
    return {.tv_sec = wait / 1'000'000'000, .tv_nsec = wait % 1'000'000'000};
  }

  /// Sends the requests that are due. Returns false when no request is left to send, now or later.
  bool send_what_is_due() {
    while (sent_ < options_.requests) {
      const Nanoseconds moment = now();
      const Nanoseconds when = options_.rate > 0 ? due(sent_) : moment;
      if (when >= end_) return false;
      if (when > moment) return true;
      if (idle_.empty()) {
        none_free_ = moment;
        return true;
      }
      Connection& connection = *idle_.back();
      idle_.pop_back();
      const auto& [host, expected] = options_.hosts[options_.hosts.size() == 1 ? 0 : random_() % options_.hosts.size()];
      const std::string request = "GET " + options_.path + " HTTP/1.1\r\nhost: " + host + "\r\n\r\n";
      connection.busy = true;
      connection.expected = &expected;
      connection.due = when;
      connection.from = options_.from_send && when > none_free_ ? moment : when;
      connection.received.clear();
      ++sent_;
      ++running_;
      if (::send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) fail(connection, "not sent");
    }
    return false;
  }

  void receive(Connection& connection) {
    const auto size = recv(connection.fd, buffer_, sizeof buffer_, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size > 0) connection.received.append(buffer_, static_cast<std::size_t>(size));
    if (!connection.busy) return reopen(connection);  // closed while idle, which a server may
    const auto answer = whole(connection.received, size <= 0);
    if (!answer) {
      if (size <= 0) fail(connection, "broken");
      return;
    }
    const Nanoseconds moment = now();
    if (answer->status != 200) ++errors_["status " + std::to_string(answer->status)];
    else if (answer->body != *connection.expected) ++errors_["body"];
    else if (connection.due >= counted_from_) {
      latencies_.push_back(moment - connection.from);
      if (moment <= end_) ++in_time_;
    }
    connection.busy = false;
    --running_;
    if (answer->last || size <= 0) return reopen(connection);
    idle_.push_back(&connection);
  }

  void fail(Connection& connection, const char* what) {
    ++errors_[what];
    connection.busy = false;
    --running_;
    reopen(connection);
  }

  const Options& options_;
  const int epoll_ = epoll_create1(0);
  std::vector<Connection> connections_;
  std::vector<Connection*> idle_;
  std::mt19937_64 random_;
  Nanoseconds start_ = 0, counted_from_ = 0, end_ = 0;
  Nanoseconds none_free_ = 0;  // when a request was due and no connection was free, the last time
  std::uint64_t sent_ = 0, running_ = 0, in_time_ = 0;
  std::vector<Nanoseconds> latencies_;
  std::map<std::string, std::uint64_t> errors_;
  char buffer_[1 << 16];
};

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_TIMERSLACK, 1UL);  // a request is sent when it is due, not 50 us later
  const Options options = parse(argc, argv);
  Run run(options);
  run.until_the_end();
  run.print();
}
