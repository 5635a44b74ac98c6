// Sends large bodies to a function that echoes them and compares every byte that comes back, over one connection.
//
//   echo IP PORT HOST BYTES SECONDS The body repeats a short pattern, so that sending and comparing use only memory in
//   the processor's cache. Prints one line of JSON.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "answer.hpp"

namespace {

constexpr std::size_t kPiece = 256U << 10U, kPeriod = 251;

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "echo: %s\n", what);
  std::exit(1);
}

/// kPiece bytes of the body from any offset on.
const char* body_at(std::uint64_t offset) {
  static const std::vector<char> pattern = [] {
    std::vector<char> out(kPiece + kPeriod);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(i % kPeriod);
    return out;
  }();
  return pattern.data() + offset % kPeriod;
}

/// Parses an answer while it arrives: its head, then a body with a length or in chunks.
class Reader {
 public:
  explicit Reader(std::uint64_t expected) : expected_(expected) {}

  [[nodiscard]] bool done() const { return done_; }

  void take(std::string_view data) {
    while (!data.empty() && !done_) {
      if (left_ > 0) {
        const std::size_t size = std::min<std::uint64_t>({left_, data.size(), kPiece});
        if (std::memcmp(data.data(), body_at(got_), size) != 0) die("the answer is not what was sent");
        got_ += size, left_ -= size;
        data.remove_prefix(size);
        if (left_ == 0 && !chunked_) end();
      } else {
        line_ += data.front();
        data.remove_prefix(1);
        if (line_.ends_with("\r\n") && (!line_.starts_with("HTTP/") || line_.ends_with("\r\n\r\n"))) line();
      }
    }
  }

 private:
  void line() {
    if (line_.starts_with("HTTP/")) {
      if (line_.substr(9, 3) != "200") die(line_.c_str());
      chunked_ = field(line_, "transfer-encoding") == "chunked";
      if (!chunked_) left_ = std::stoull(field(line_, "content-length"));
    } else if (line_ == "\r\n") {  // after a chunk, or the end of the trailers
      if (last_) end();
    } else if (!last_) {
      left_ = std::stoull(line_, nullptr, 16);
      last_ = left_ == 0;
    }
    line_.clear();
  }

  void end() {
    if (got_ != expected_) die("the answer has another length than what was sent");
    done_ = true;
  }

  std::uint64_t expected_, got_ = 0, left_ = 0;
  bool chunked_ = false, last_ = false, done_ = false;
  std::string line_;
};

void exchange(int fd, const std::string& head, std::uint64_t size, std::vector<char>& buffer) {
  Reader reader(size);
  std::size_t head_sent = 0;
  std::uint64_t sent = 0;
  while (!reader.done()) {
    const bool more = sent < size;
    pollfd ready{.fd = fd, .events = static_cast<short>(POLLIN | (more ? POLLOUT : 0)), .revents = 0};
    if (poll(&ready, 1, 60'000) <= 0) die("nothing moves for a minute");
    if ((ready.revents & POLLOUT) != 0) {
      const bool in_head = head_sent < head.size();
      const auto count = in_head ? send(fd, head.data() + head_sent, head.size() - head_sent, MSG_DONTWAIT | MSG_NOSIGNAL)
                                 : send(fd, body_at(sent), std::min<std::uint64_t>(kPiece, size - sent), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count < 0 && errno != EAGAIN) die("the connection broke while sending");
      if (count > 0 && in_head) head_sent += static_cast<std::size_t>(count);
      else if (count > 0) sent += static_cast<std::uint64_t>(count);
    }
    if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      const auto count = recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count == 0 || (count < 0 && errno != EAGAIN)) die("the connection broke");
      if (count > 0) reader.take({buffer.data(), static_cast<std::size_t>(count)});
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) die("IP PORT HOST BYTES SECONDS");
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(static_cast<std::uint16_t>(std::stoi(argv[2]))), .sin_addr = {}, .sin_zero = {}};
  inet_pton(AF_INET, argv[1], &address.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("cannot connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const std::uint64_t size = std::stoull(argv[4]);
  const std::string head = "POST / HTTP/1.1\r\nhost: " + std::string(argv[3]) + "\r\ncontent-length: " + argv[4] + "\r\n\r\n";
  std::vector<char> buffer(kPiece);
  exchange(fd, head, size, buffer);  // warm
  const auto start = std::chrono::steady_clock::now();
  const auto passed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  int count = 0;
  for (; passed() < std::stod(argv[5]); ++count) exchange(fd, head, size, buffer);
  const double seconds = passed();
  timespec busy{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &busy);
  std::printf(R"({"bodies": %d, "mib_per_second": %.1f, "client busy": %.2f})" "\n", count, static_cast<double>(size) * count / (1 << 20) / seconds,
              (static_cast<double>(busy.tv_sec) + static_cast<double>(busy.tv_nsec) / 1e9) / seconds);
}
