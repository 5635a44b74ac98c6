// A client that opens one TLS connection after the other, sends one request on each and reads the answer. The benchmark
// `tls` needs it, because it offers X25519MLKEM768 as browsers do; Debian's OpenSSL does not have this group.
//
//   faasta_tls_client PORT HOST GROUPS COUNT full|resumed
//
// Prints {"connections": N, "resumed": N, "seconds": S}. Ends with 1 at the first failure.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace {

[[noreturn]] void give_up(std::string_view what) {
  fmt::print(stderr, "{}\n", what);
  std::exit(1);
}

SSL_SESSION* latest = nullptr;

int keep_session(SSL* /*ssl*/, SSL_SESSION* session) {
  SSL_SESSION_free(latest);
  latest = session;
  return 1;
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) give_up("connect failed");
  return fd;
}

/// Reads the head and the content. The content ends after content-length bytes, or with the last chunk.
void read_answer(SSL* ssl) {
  constexpr std::string_view kLastChunk = "\r\n0\r\n\r\n";
  constexpr std::string_view kLength = "ontent-";
  std::string text;
  std::array<char, 4096> part{};
  for (;;) {
    const int got = SSL_read(ssl, part.data(), part.size());
    if (got <= 0) give_up("the answer broke off");
    text.append(part.data(), static_cast<std::size_t>(got));
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    if (!text.starts_with("HTTP/1.1 200")) give_up(text.substr(0, 200));
    if (text.ends_with(kLastChunk)) return;
    for (std::size_t at = text.find(kLength); at < end; at = text.find(kLength, at + 1)) {
      const std::string_view rest = std::string_view(text).substr(at + kLength.size());
      if (!rest.starts_with("length: ") && !rest.starts_with("Length: ")) continue;
      const std::size_t colon = text.find(':', at);
      if (text.size() >= end + 4 + std::strtoul(text.c_str() + colon + 1, nullptr, 10)) return;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) give_up("usage: faasta_tls_client PORT HOST GROUPS COUNT full|resumed");
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const std::string host = argv[2];
  const int count = std::atoi(argv[4]);
  const bool resumes = std::string_view(argv[5]) == "resumed";
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  if (SSL_CTX_set1_groups_list(context, argv[3]) != 1) give_up("no such groups");
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  const std::string request = "GET / HTTP/1.1\r\nhost: " + host + "\r\n\r\n";
  int resumed = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) {
    const int fd = connect_to(port);
    SSL* const ssl = SSL_new(context);
    SSL_set_tlsext_host_name(ssl, host.c_str());
    if (resumes && latest != nullptr) SSL_set_session(ssl, latest);
    SSL_set_fd(ssl, fd);
    if (SSL_connect(ssl) != 1) give_up("the handshake failed");
    resumed += SSL_session_reused(ssl);
    if (SSL_write(ssl, request.data(), static_cast<int>(request.size())) <= 0) give_up("write failed");
    read_answer(ssl);
    SSL_shutdown(ssl);
    SSL_free(ssl);
    ::close(fd);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  fmt::print("{{\"connections\": {}, \"resumed\": {}, \"seconds\": {}}}\n", count, resumed, took.count());
}
