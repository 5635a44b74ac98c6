#include "certificates/dns_server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "certificates/dns_lookup.hpp"

namespace faasta::certificates {
namespace {

constexpr const char* kName = "_acme-challenge.example.com";

/// A query for the TXT records of kName.
std::string query() {
  return std::string("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12) +
         "\x0f_acme-challenge\x07"
         "example\x03"
         "com" +
         std::string("\x00\x00\x10\x00\x01", 5);
}

std::string framed(const std::string& message) {
  return std::string{static_cast<char>(message.size() >> 8U), static_cast<char>(message.size() & 0xffU)} + message;
}

/// A socket that is connected to the server. Each read ends after ten seconds.
class Socket {
 public:
  Socket(int type, std::uint16_t port) : socket_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    const timeval longest{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("connect");
  }
  void send(std::string_view bytes) const {
    EXPECT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  /// Reads once. Empty if the server has closed the connection, or if no byte came.
  [[nodiscard]] std::string read() const {
    std::array<char, 4096> bytes{};
    const ssize_t size = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    return size <= 0 ? std::string() : std::string(bytes.data(), static_cast<std::size_t>(size));
  }
  /// Reads until the server closes the connection.
  [[nodiscard]] std::string read_all() const {
    std::string out;
    for (std::string part = read(); !part.empty(); part = read()) out += part;
    return out;
  }

 private:
  FileDescriptor socket_;
};

class DnsServerTest : public testing::Test {
 protected:
  void start(std::vector<std::string> texts = {"one", "two"}) {
    auto started =
        DnsServer::start("127.0.0.1:0", [texts] { return std::vector<DnsZone>{{kName, "example.com", texts}}; });
    ASSERT_TRUE(started) << started.error().detail;
    server_ = std::move(*started);
    ASSERT_NE(server_->port(), 0);
  }
  [[nodiscard]] DnsLookup lookup() const { return DnsLookup("127.0.0.1:" + std::to_string(server_->port())); }

  std::unique_ptr<DnsServer> server_;
};

TEST_F(DnsServerTest, AResolverReadsTheRecords) {
  start();
  const auto texts = lookup().texts(kName);
  ASSERT_TRUE(texts) << texts.error();
  EXPECT_EQ(*texts, (std::vector<std::string>{"one", "two"}));
  const auto none = lookup().texts(std::string("a.") + kName);
  ASSERT_TRUE(none) << none.error();
  EXPECT_TRUE(none->empty());
}

/// The answer over UDP is cut off, so that the resolver asks again over TCP.
TEST_F(DnsServerTest, ManyRecordsAreReadOverTcp) {
  const std::vector<std::string> texts(40, std::string(200, 'x'));
  start(texts);
  const auto read = lookup().texts(kName);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, texts);
}

TEST_F(DnsServerTest, BothSocketsAnswer) {
  start();
  const Socket udp(SOCK_DGRAM, server_->port());
  udp.send("x");  // not a query: no answer
  udp.send(query());
  const std::string answer = udp.read();
  EXPECT_TRUE(answer.starts_with("\x12\x34"));
  EXPECT_NE(answer.find("two"), std::string::npos);
  const Socket tcp(SOCK_STREAM, server_->port());
  tcp.send(framed(query()));
  EXPECT_EQ(tcp.read_all(), framed(answer));
}

TEST_F(DnsServerTest, AQueryOverTcpMayComeInPieces) {
  start();
  const Socket tcp(SOCK_STREAM, server_->port());
  const Socket other(SOCK_DGRAM, server_->port());
  for (const char byte : framed(query())) {
    tcp.send({&byte, 1});
    other.send(query());
    EXPECT_NE(other.read(), "");  // by now, the server has had time to accept
  }
  EXPECT_NE(tcp.read_all().find("two"), std::string::npos);
}

TEST_F(DnsServerTest, SlowClientsDoNotStopOthers) {
  start();
  std::vector<std::unique_ptr<Socket>> slow;
  for (int i = 0; i < 31; ++i) {
    slow.push_back(std::make_unique<Socket>(SOCK_STREAM, server_->port()));
    slow.back()->send(framed(query()).substr(0, static_cast<std::size_t>(i)));
  }
  const Socket fast(SOCK_STREAM, server_->port());
  fast.send(framed(query()));
  EXPECT_NE(fast.read_all().find("two"), std::string::npos);
  EXPECT_TRUE(lookup().texts(kName));
}

/// The server reads at most 32 connections at a time. When their time limit has passed, it accepts the next connection.
TEST_F(DnsServerTest, SlowClientsAreDropped) {
  start();
  std::vector<std::unique_ptr<Socket>> slow;
  for (int i = 0; i < 32; ++i) {
    slow.push_back(std::make_unique<Socket>(SOCK_STREAM, server_->port()));
    slow.back()->send("x");
  }
  const auto begin = std::chrono::steady_clock::now();
  const Socket next(SOCK_STREAM, server_->port());
  next.send(framed(query()));
  EXPECT_NE(next.read_all().find("two"), std::string::npos);
  EXPECT_GT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
  EXPECT_EQ(slow.front()->read(), "");
}

TEST_F(DnsServerTest, OverTcpAQueryThatCannotBeOneEndsTheConnection) {
  start();
  for (const std::string& bytes : {framed(std::string(513, 'x')), framed(""), framed("x"), std::string("\xff\xff")}) {
    const Socket tcp(SOCK_STREAM, server_->port());
    tcp.send(bytes);
    EXPECT_EQ(tcp.read_all(), "");
  }
}

/// Only the beginning of a long query is read; the question is in it.
TEST_F(DnsServerTest, ALongQueryOverUdpDoesNotDisturb) {
  start();
  const Socket udp(SOCK_DGRAM, server_->port());
  udp.send(query() + std::string(2000, 'x'));
  EXPECT_NE(udp.read(), "");
  udp.send(query());
  EXPECT_NE(udp.read(), "");
}

TEST_F(DnsServerTest, ItIsClosedWithTheObject) {
  start();
  const std::uint16_t port = server_->port();
  const Socket open(SOCK_STREAM, port);
  server_.reset();
  EXPECT_EQ(open.read(), "");
  EXPECT_THROW(Socket(SOCK_STREAM, port), std::runtime_error);
  auto again = DnsServer::start("127.0.0.1:" + std::to_string(port), [] { return std::vector<DnsZone>(); });
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ((*again)->port(), port);
}

TEST_F(DnsServerTest, AnAddressThatCannotBeUsedIsNamed) {
  const auto problem = [](const std::string& listen) {
    const auto started = DnsServer::start(listen, [] { return std::vector<DnsZone>(); });
    return started ? std::string() : started.error().detail;
  };
  for (const char* listen : {"", "53", "127.0.0.1", "localhost:53", "127.0.0.1:x", "127.0.0.1:", "127.0.0.1:65536",
                             "::1:53", "[127.0.0.1]:53", "[]:53"})
    EXPECT_NE(problem(listen).find("is not ADDRESS:PORT"), std::string::npos) << listen;
  EXPECT_NE(problem("192.0.2.1:0").find("acme.dns_listen 192.0.2.1:0"), std::string::npos);
  start();
  const std::string used = "127.0.0.1:" + std::to_string(server_->port());
  EXPECT_NE(problem(used).find(used), std::string::npos) << "the port is in use";
}

TEST_F(DnsServerTest, ALookUpWithoutAResolverFailsWithTheReason) {
  start();
  const DnsLookup gone = lookup();
  EXPECT_TRUE(gone.texts(kName));
  server_.reset();
  const auto texts = gone.texts(kName);
  ASSERT_FALSE(texts);
  EXPECT_NE(texts.error(), "");
  for (const char* resolver : {"x", "x:53", "::1:53"}) {
    const auto wrong = DnsLookup(resolver).texts(kName);
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().find(resolver), std::string::npos) << wrong.error();
  }
}

TEST_F(DnsServerTest, ANameThatIsRefusedIsAFailure) {
  start();
  EXPECT_FALSE(lookup().texts("example.org")) << "the resolver gave no answer";
}

}  // namespace
}  // namespace faasta::certificates
