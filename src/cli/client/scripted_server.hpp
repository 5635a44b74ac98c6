#pragma once
// A server for tests. On each connection, it sends the next of its answers and then closes the connection.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.hpp"

namespace faasta::cli {

class ScriptedServer {
 public:
  /// If an answer is empty, the server closes the connection and sends no byte.
  explicit ScriptedServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
    listener_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const bool listening = ::bind(listener_.get(), generic, length) == 0 && ::listen(listener_.get(), 8) == 0 &&
                           ::getsockname(listener_.get(), generic, &length) == 0;
    if (!listening) std::abort();
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// Ends the server and returns the requests that arrived, with head and body.
  [[nodiscard]] std::vector<std::string> requests() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    return requests_;
  }
  [[nodiscard]] static std::string answer(std::string_view status, std::string_view headers, std::string_view body) {
    return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers) + "connection: close\r\n\r\n" +
           std::string(body);
  }

 private:
  void serve(const std::stop_token& stop) {
    for (std::size_t next = 0; next < answers_.size() && !stop.stop_requested();) {
      pollfd wanted{listener_.get(), POLLIN, 0};
      if (::poll(&wanted, 1, 20) <= 0) continue;
      const FileDescriptor peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      requests_.push_back(read_request(peer.get()));
      const std::string& text = answers_[next++];
      static_cast<void>(::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL));
    }
  }

  static std::string read_request(int peer) {
    std::string out;
    std::array<char, 4096> buffer{};
    while (!complete(out)) {
      const ssize_t got = ::recv(peer, buffer.data(), buffer.size(), 0);
      if (got <= 0) break;
      out.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return out;
  }

  static bool complete(const std::string& text) {
    const auto head = text.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    const auto field = text.find("Content-Length: ");
    const std::size_t size = field < head ? std::strtoul(text.c_str() + field + 16, nullptr, 10) : 0;
    return text.size() >= head + 4 + size;
  }

  std::vector<std::string> answers_;
  std::vector<std::string> requests_;
  FileDescriptor listener_;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace faasta::cli
