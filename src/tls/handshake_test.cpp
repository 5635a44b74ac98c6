#include "tls/handshake.hpp"

#include <gtest/gtest.h>
#include <openssl/obj.h>

#include "tls/proof_certificate.hpp"
#include "unit/tls_server.hpp"

namespace faasta::tls {
namespace {

using test::Peer;
using test::TlsClient;
using test::TlsServer;

class HandshakeTest : public testing::Test {
 protected:
  [[nodiscard]] const HandshakeCounts& counts() const { return share_.share.counts; }

  /// The result of a client's handshake: "" if it is done, otherwise the alert.
  std::string outcome(const TlsClient::Options& options) {
    TlsServer server(loop_, share_);
    TlsClient client(options);
    server.exchange_with(client);
    EXPECT_TRUE(server.over());
    EXPECT_EQ(client.done() && client.failure().empty(), server.opened() != nullptr);
    if (server.opened() == nullptr) {
      EXPECT_TRUE(server.peer.closed);
    }
    return client.failure();
  }

  /// Completes the handshake and sends an answer, because in TLS 1.3 the ticket is sent with the answer.
  static void finish(TlsServer& server, TlsClient& client) {
    server.exchange_with(client);
    ASSERT_NE(server.opened(), nullptr) << client.failure();
    EXPECT_EQ(server.stream().write_now("answer").bytes, 6U);
    server.exchange_with(client);
    EXPECT_EQ(client.take_received(), "answer");
  }

  test::ScriptedLoop loop_;
  test::TlsShare share_;
};

TEST_F(HandshakeTest, TheConnectionKnowsItsClient) {
  TlsServer server(loop_, share_);
  TlsClient client({.protocols = {"h2", "http/1.1"}});
  server.exchange_with(client);
  ASSERT_NE(server.opened(), nullptr) << client.failure();
  EXPECT_TRUE(server.is_http2);
  EXPECT_EQ(client.protocol(), "h2");
  const http::Client& known = server.opened()->client;
  EXPECT_EQ(known.scheme, "https");
  EXPECT_EQ(known.address, "192.0.2.1");
  EXPECT_EQ(known.hsts, "max-age=300");
  ASSERT_NE(known.covered, nullptr);
  EXPECT_TRUE(known.covered->covers("a.test"));
  EXPECT_FALSE(known.covered->covers("x.b.test"));
  // After the certificates are replaced, the connection keeps the certificate that it showed.
  share_.set = nullptr;
  EXPECT_TRUE(known.covered->covers("a.test"));
  EXPECT_EQ(counts().full, 1U);
  EXPECT_EQ(SSL_version(client.session()), TLS1_3_VERSION);
  EXPECT_EQ(SSL_get_group_id(client.session()), SSL_GROUP_X25519_MLKEM768);
}

TEST_F(HandshakeTest, BytesMayArriveOneAtATime) {
  for (const std::uint16_t version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServer server(loop_, share_);
    TlsClient client({.most_version = version});
    server.exchange_with(client, 1);
    ASSERT_NE(server.opened(), nullptr) << client.failure();
    EXPECT_EQ(SSL_version(client.session()), version);
    EXPECT_LT(server.peer.wakes, 30) << "the server waits for a whole record, and not for each byte";
    EXPECT_EQ(server.peer.least, 1U) << "a connection takes each byte";
  }
}

/// One client network begins many handshakes at the same time. The work of others on the loop goes before most of them.
TEST_F(HandshakeTest, ManyHandshakesLeaveTheLoopToOthers) {
  constexpr std::size_t kMany = 200;
  std::vector<std::unique_ptr<TlsServer>> servers;
  std::vector<std::unique_ptr<TlsClient>> clients;
  for (std::size_t i = 0; i < kMany; ++i) {
    servers.push_back(std::make_unique<TlsServer>(loop_, share_));
    clients.push_back(std::make_unique<TlsClient>());
  }
  const auto answered = [&servers] {
    return std::ranges::count_if(servers, [](const auto& server) { return !server->peer.received.empty(); });
  };
  for (std::size_t i = 0; i < kMany; ++i) servers[i]->arrive_later(clients[i]->take());
  std::ptrdiff_t before = kMany;
  asio::post(*loop_.loop().context, [&] { before = answered(); });
  loop_.run_ready();
  EXPECT_LT(before, kMany / 2);
  EXPECT_EQ(answered(), kMany);
}

TEST_F(HandshakeTest, ThePeerMayTakeFewBytesAtATime) {
  TlsServer server(loop_, share_);
  TlsClient client;
  server.peer.takes = 0;
  for (int i = 0; i < 100'000 && !server.over(); ++i) {
    server.arrive(client.take());
    server.make_room(7);
    client.give(std::exchange(server.peer.received, {}));
  }
  ASSERT_NE(server.opened(), nullptr) << client.failure();
  EXPECT_TRUE(client.done());
  EXPECT_EQ(server.stream().unwritten(), 0U);
}

/// No further byte arrives that would wake the reader.
TEST_F(HandshakeTest, ARequestInTheSamePacketAsTheEndOfTheHandshakeIsRead) {
  TlsServer server(loop_, share_);
  TlsClient client;
  server.arrive(client.take());
  client.give(std::exchange(server.peer.received, {}));
  ASSERT_TRUE(client.done());
  client.send("hello");
  server.arrive(client.take());
  ASSERT_NE(server.opened(), nullptr) << client.failure();
  bool readable = false;
  server.stream().wait_readable([&readable](bool is) { readable = is; });
  loop_.run_ready();
  EXPECT_TRUE(readable);
  EXPECT_EQ(server.read(), "hello");
}

/// The bytes may have arrived in the same packet as a PROXY header.
TEST_F(HandshakeTest, BytesThatWereReadAlreadyAreUsed) {
  TlsClient client;
  const std::string hello = client.take();
  http::ReadBuffer begun;
  const auto room = begun.free_space(hello.size());
  ASSERT_GT(room.size(), 100U);
  hello.copy(room.data(), 100);
  begun.filled_up(100);
  TlsServer server(loop_, share_, std::move(begun));
  EXPECT_FALSE(server.over());
  server.arrive(hello.substr(100));
  server.exchange_with(client);
  EXPECT_NE(server.opened(), nullptr) << client.failure();
}

TEST_F(HandshakeTest, TheServerNameSelectsTheCertificate) {
  EXPECT_EQ(outcome({.server_name = "x.b.test"}), "");
  EXPECT_EQ(outcome({.server_name = "X.B.TEST"}), "");
  for (const char* name : {"b.test", "x.y.b.test", "c.test", ""})
    EXPECT_EQ(outcome({.server_name = name}), "TLSV1_ALERT_UNRECOGNIZED_NAME") << name;
  EXPECT_EQ(outcome({.server_name = "c.test", .most_version = TLS1_2_VERSION}), "TLSV1_ALERT_UNRECOGNIZED_NAME");
  EXPECT_EQ(counts().unknown_name, 5U);
  EXPECT_EQ(counts().failed, 0U);
}

TEST_F(HandshakeTest, TheLoadBeginsBehindTheServersAnswer) {
  TlsServer server(loop_, share_);
  TlsClient client({.server_name = "X.b.test"});
  const std::string hello = client.take();
  server.arrive(hello.substr(0, hello.size() - 1));
  EXPECT_EQ(share_.prefetched, "");
  server.arrive(hello.substr(hello.size() - 1));
  EXPECT_EQ(share_.prefetched, "x.b.test");
  EXPECT_GT(share_.sent_when_prefetched, 500U);
  EXPECT_FALSE(server.over()) << "the client has not answered yet";
  share_.prefetched.clear();
  outcome({.server_name = "c.test"});
  EXPECT_EQ(share_.prefetched, "") << "nobody has this name";
}

TEST_F(HandshakeTest, TheClientChoosesTheProtocolByAlpn) {
  const struct {
    std::initializer_list<std::string_view> offered;
    const char* chosen;
    bool is_http2;
  } kCases[] = {{{"h2", "http/1.1"}, "h2", true},
                {{"http/1.1", "h2"}, "h2", true},
                {{"http/1.1"}, "http/1.1", false},
                {{"spdy/3", "http/1.1"}, "http/1.1", false},
                {{}, "", false}};
  for (const auto& one : kCases) {
    TlsServer server(loop_, share_);
    TlsClient client({.protocols = one.offered});
    server.exchange_with(client);
    ASSERT_NE(server.opened(), nullptr) << client.failure();
    EXPECT_EQ(client.protocol(), one.chosen);
    EXPECT_EQ(server.is_http2, one.is_http2);
  }
  EXPECT_EQ(outcome({.protocols = {"spdy/3", "h3"}}), "TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
  EXPECT_EQ(counts().failed, 1U);
}

TEST_F(HandshakeTest, OldVersionsAreRefused) {
  EXPECT_EQ(outcome({.most_version = TLS1_2_VERSION}), "");
  EXPECT_EQ(outcome({.most_version = TLS1_1_VERSION}), "TLSV1_ALERT_PROTOCOL_VERSION");
  EXPECT_EQ(outcome({.most_version = TLS1_VERSION}), "TLSV1_ALERT_PROTOCOL_VERSION");
}

TEST_F(HandshakeTest, OtherGroupsAreTakenToo) {
  EXPECT_EQ(outcome({.groups = "X25519"}), "");
  EXPECT_EQ(outcome({.groups = "P-256"}), "");
  EXPECT_NE(outcome({.groups = "P-521"}), "");
}

TEST_F(HandshakeTest, ATicketResumesTheSession) {
  for (const std::uint16_t version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient first({.most_version = version});
    {
      TlsServer server(loop_, share_);
      finish(server, first);
    }
    ASSERT_NE(first.ticket(), nullptr);
    EXPECT_EQ(SSL_SESSION_early_data_capable(first.ticket()), 0) << "no early data: it could be replayed";
    const std::uint64_t before = counts().resumed;
    // Acts like another process that uses the same file of keys.
    share_.share.tickets = std::move(*TicketKeys::open(share_.folder.path() / "ticket-keys"));
    TlsServer server(loop_, share_);
    TlsClient second({.most_version = version, .resumes = first.ticket(), .early_data = true});
    server.exchange_with(second);
    ASSERT_NE(server.opened(), nullptr) << second.failure();
    EXPECT_EQ(SSL_session_reused(second.session()), 1);
    EXPECT_EQ(counts().resumed, before + 1);
    EXPECT_TRUE(server.opened()->client.covered->covers("a.test"));
    EXPECT_EQ(SSL_early_data_accepted(second.session()), 0);
  }
}

TEST_F(HandshakeTest, ATicketOfLostKeysMeansAFullHandshake) {
  TlsClient first;
  {
    TlsServer server(loop_, share_);
    finish(server, first);
  }
  ASSERT_NE(first.ticket(), nullptr);
  share_.share.tickets = std::move(*TicketKeys::open(share_.folder.path() / "other-keys"));
  TlsServer server(loop_, share_);
  TlsClient second({.resumes = first.ticket()});
  server.exchange_with(second);
  ASSERT_NE(server.opened(), nullptr) << second.failure();
  EXPECT_EQ(SSL_session_reused(second.session()), 0);
}

TEST_F(HandshakeTest, HttpInTheClearGetsAnAnswer) {
  for (const std::string& text :
       {std::string("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n"),
        std::string("DELETE /x HTTP/1.1\r\nhost: a.test\r\n\r\n"), std::string("OPTIONS * HTTP/1.1\r\n\r\n"),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        "POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 50000\r\n\r\n" + std::string(50'000, 'x')}) {
    for (const std::size_t piece : {std::string::npos, std::size_t{1}}) {
      if (piece == 1 && text.size() > 1000) continue;
      TlsServer server(loop_, share_);
      for (std::size_t at = 0; at < text.size() && !server.peer.closed; at += std::min(piece, text.size() - at))
        server.arrive(text.substr(at, piece));
      EXPECT_TRUE(server.peer.received.starts_with("HTTP/1.1 400 Bad Request\r\n")) << text.substr(0, 8);
      EXPECT_NE(server.peer.received.find("this port speaks https"), std::string::npos);
      EXPECT_TRUE(server.peer.saw_end);
      EXPECT_EQ(server.peer.to_server, "") << "unread bytes would make the system reset the connection";
      EXPECT_FALSE(server.over());
      server.peer.sent_all = true;
      server.arrived();
      EXPECT_TRUE(server.over());
      EXPECT_TRUE(server.peer.closed);
    }
  }
  EXPECT_EQ(counts().in_the_clear, 9U);
}

TEST_F(HandshakeTest, OfAnUnencryptedRequestOnlySoMuchIsReadAway) {
  TlsServer server(loop_, share_);
  server.arrive("GET / HTTP/1.1\r\n\r\n");
  for (int i = 0; i < 100 && !server.over(); ++i) server.arrive(std::string(4096, 'x'));
  EXPECT_TRUE(server.over());
  EXPECT_TRUE(server.peer.closed);
}

TEST_F(HandshakeTest, OtherBytesGetAnAlertAndTheEnd) {
  for (const std::string& text :
       {std::string(2000, '\0'), std::string("\x16\x03\x01\xff\xff", 5) + std::string(500, 'x'),
        std::string("SSH-2.0-x\r\n").replace(0, 1, "\x80")}) {
    TlsServer server(loop_, share_);
    server.arrive(text);
    EXPECT_TRUE(server.over());
    EXPECT_TRUE(server.peer.closed);
    EXPECT_EQ(server.opened(), nullptr);
  }
  EXPECT_EQ(counts().failed, 3U);
}

TEST_F(HandshakeTest, TheDeadlineEndsAClientThatSendsLittle) {
  TlsServer server(loop_, share_);
  TlsClient client;
  server.arrive(client.take().substr(0, 10));
  EXPECT_FALSE(server.over());
  server.handshake->on_deadline();
  loop_.run_ready();
  EXPECT_TRUE(server.over());
  EXPECT_EQ(server.opened(), nullptr);
  EXPECT_TRUE(server.peer.closed);
  EXPECT_EQ(counts().timed_out, 1U);
}

TEST_F(HandshakeTest, TheDeadlineEndsAClientThatTakesNothing) {
  TlsServer server(loop_, share_);
  server.peer.takes = 0;
  TlsClient client;
  server.arrive(client.take());
  EXPECT_FALSE(server.over());
  server.handshake->on_deadline();
  loop_.run_ready();
  EXPECT_TRUE(server.over());
  EXPECT_EQ(counts().timed_out, 1U);
}

TEST_F(HandshakeTest, TheDeadlineEndsAnUnencryptedClientThatStays) {
  TlsServer server(loop_, share_);
  server.arrive("GET / HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(server.over());
  server.handshake->on_deadline();
  loop_.run_ready();
  EXPECT_TRUE(server.over());
  EXPECT_EQ(counts().in_the_clear, 1U);
}

TEST_F(HandshakeTest, ItIsKilledWhileItWaits) {
  TlsServer server(loop_, share_);
  server.handshake->drain();  // the server was already stopping, but a client that was accepted is served
  loop_.run_ready();
  EXPECT_FALSE(server.over());
  server.handshake->kill();
  loop_.run_ready();
  EXPECT_TRUE(server.over());
  EXPECT_TRUE(server.peer.closed);
  TlsServer writing(loop_, share_);
  writing.peer.takes = 3;
  TlsClient client;
  writing.arrive(client.take());
  writing.handshake->kill();
  loop_.run_ready();
  EXPECT_TRUE(writing.over());
  EXPECT_EQ(counts().failed, 2U);
}

/// When the connection owns the stream, the handshake must not end the stream.
TEST_F(HandshakeTest, AHandshakeThatIsDoneEndsNothing) {
  TlsServer server(loop_, share_);
  TlsClient client;
  server.exchange_with(client);
  ASSERT_NE(server.opened(), nullptr);
  server.handshake->on_deadline();
  server.handshake->kill();
  loop_.run_ready();
  EXPECT_FALSE(server.peer.closed);
  client.send("hello");
  server.exchange_with(client);
  EXPECT_EQ(server.read(), "hello");
}

TEST_F(HandshakeTest, AClientThatLeavesIsCounted) {
  TlsServer server(loop_, share_);
  TlsClient client;
  server.arrive(client.take());
  server.peer.sent_all = true;
  server.arrived();
  EXPECT_TRUE(server.over());
  EXPECT_EQ(counts().failed, 1U);
}

TEST_F(HandshakeTest, AnAddressMayBeginSoManyHandshakes) {
  const auto from = [this](const char* address) {
    const auto peer = asio::ip::make_address(address);
    return share_.share.may_begin({nullptr, {}, peer, http::client_at(peer)});
  };
  for (unsigned i = 0; i < share_.share.rate.burst; ++i) EXPECT_TRUE(from("192.0.2.1"));
  EXPECT_FALSE(from("192.0.2.1"));
  EXPECT_TRUE(from("192.0.2.2"));
  // All addresses of an IPv6 /64 network count as one client.
  for (unsigned i = 0; i < share_.share.rate.burst; ++i) EXPECT_TRUE(from("2001:db8::1"));
  EXPECT_FALSE(from("2001:db8::2"));
  EXPECT_TRUE(from("2001:db8:0:1::1"));
  EXPECT_EQ(counts().limited, 2U);
  for (unsigned i = 0; i < 2 * share_.share.rate.burst; ++i) ASSERT_TRUE(from("127.0.0.1"));
  const std::string networks[] = {"192.0.2.0/24"};
  share_.share.trusted = *http::TrustedProxies::parse(networks, "test");
  EXPECT_TRUE(from("192.0.2.1"));
}

/// Whether the server's certificate is that of a proof.
bool saw_proof(const TlsClient& client) {
  const std::unique_ptr<X509, FreeWith<X509_free>> seen(SSL_get_peer_certificate(client.session()));
  const std::unique_ptr<ASN1_OBJECT, FreeWith<ASN1_OBJECT_free>> id(OBJ_txt2obj("1.3.6.1.5.5.7.1.31", 1));
  return seen && X509_get_ext_by_OBJ(seen.get(), id.get(), -1) >= 0;
}

class ProofHandshakeTest : public HandshakeTest {
 protected:
  ProofHandshakeTest() {
    auto made = make_proof_certificate("a.test", {});
    proof_ = std::move(*made);
    share_.share.proof_of = [this](std::string_view name) { return name == "a.test" ? proof_ : nullptr; };
  }

  std::shared_ptr<const ShownCertificate> proof_;
};

TEST_F(ProofHandshakeTest, ACaSeesTheProofAndNoConnectionBegins) {
  for (const char* name : {"a.test", "A.TEST"}) {
    for (const std::uint16_t version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      TlsServer server(loop_, share_);
      TlsClient client({.server_name = name, .protocols = {"acme-tls/1"}, .most_version = version});
      server.exchange_with(client);
      EXPECT_TRUE(client.done()) << client.failure();
      EXPECT_EQ(client.protocol(), "acme-tls/1");
      EXPECT_TRUE(saw_proof(client));
      EXPECT_TRUE(server.over());
      EXPECT_EQ(server.opened(), nullptr);
      EXPECT_TRUE(server.peer.closed);
    }
  }
  EXPECT_EQ(counts().proofs, 4U);
  EXPECT_EQ(counts().full + counts().failed + counts().unknown_name, 0U);
  EXPECT_EQ(share_.prefetched, "") << "no function is loaded";
}

TEST_F(ProofHandshakeTest, WithAnotherProtocolItIsAUsualHandshake) {
  const struct {
    std::initializer_list<std::string_view> offered;
    const char* chosen;
  } kCases[] = {{{"acme-tls/1", "h2"}, "h2"}, {{"http/1.1", "acme-tls/1"}, "http/1.1"}, {{"h2"}, "h2"}, {{}, ""}};
  for (const auto& one : kCases) {
    TlsServer server(loop_, share_);
    TlsClient client({.protocols = one.offered});
    server.exchange_with(client);
    ASSERT_NE(server.opened(), nullptr) << client.failure();
    EXPECT_EQ(client.protocol(), one.chosen);
    EXPECT_FALSE(saw_proof(client));
  }
  EXPECT_EQ(outcome({.protocols = {"acme-tls/1", "spdy/3"}}), "TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
  EXPECT_EQ(counts().proofs, 0U);
}

TEST_F(ProofHandshakeTest, WithoutAProofTheNameIsUnknown) {
  // The server has a certificate for x.b.test, but shows it only to clients that speak HTTP.
  for (const char* name : {"x.b.test", "c.test", ""})
    EXPECT_EQ(outcome({.server_name = name, .protocols = {"acme-tls/1"}}), "TLSV1_ALERT_UNRECOGNIZED_NAME") << name;
  share_.share.proof_of = nullptr;
  EXPECT_EQ(outcome({.protocols = {"acme-tls/1"}}), "TLSV1_ALERT_UNRECOGNIZED_NAME");
  EXPECT_EQ(counts().unknown_name, 4U);
  EXPECT_EQ(counts().proofs, 0U);
}

/// A client has a ticket of a usual connection, and now offers only the protocol of a proof. It must see the proof, and
/// gets no connection for requests.
TEST_F(ProofHandshakeTest, ATicketDoesNotReplaceTheProof) {
  TlsClient first;
  {
    TlsServer server(loop_, share_);
    finish(server, first);
  }
  ASSERT_NE(first.ticket(), nullptr);
  TlsServer server(loop_, share_);
  TlsClient second({.protocols = {"acme-tls/1"}, .resumes = first.ticket()});
  server.exchange_with(second);
  EXPECT_TRUE(server.over());
  EXPECT_EQ(server.opened(), nullptr);
}

TEST_F(ProofHandshakeTest, TheProofMayEndDuringTheHandshake) {
  TlsServer server(loop_, share_);
  TlsClient client({.protocols = {"acme-tls/1"}});
  server.arrive(client.take());
  proof_ = nullptr;
  server.exchange_with(client);
  EXPECT_TRUE(client.done()) << client.failure();
  EXPECT_TRUE(saw_proof(client));
}

}  // namespace
}  // namespace faasta::tls
