#include "tls/stream.hpp"

#include <gtest/gtest.h>

#include "unit/tls_server.hpp"

namespace faasta::tls {
namespace {

using test::TlsClient;
using test::TlsServer;

class TlsStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    server_.exchange_with(client_);
    ASSERT_NE(server_.opened(), nullptr) << client_.failure();
  }
  [[nodiscard]] http::Stream& stream() const { return server_.stream(); }
  /// Sends text to the client as a connection does. Returns how many bytes were sent on the wire.
  std::size_t write_all(std::string_view text) {
    std::size_t wire = 0;
    while (!text.empty() || stream().unwritten() > 0) {
      const auto moved = stream().write_now(text);
      EXPECT_FALSE(moved.ended);
      if (moved.ended) break;
      text.remove_prefix(moved.bytes);
      wire += server_.peer.received.size();
      client_.give(std::exchange(server_.peer.received, {}));
      if (server_.peer.takes == 0) server_.make_room(room_);
    }
    return wire;
  }
  static std::string text_of(std::size_t bytes) {
    std::string out(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>('a' + i * 31 % 26);
    return out;
  }

  test::ScriptedLoop loop_;
  test::TlsShare share_;
  TlsServer server_{loop_, share_};
  TlsClient client_;
  std::size_t room_ = std::string::npos;
};

/// The server sends nothing at the end of the handshake: the tickets wait for the first answer. A client that waits for
/// an acknowledgement before it sends its request (Nagle) must get one at once.
TEST_F(TlsStreamTest, TheEndOfTheHandshakeIsAcknowledged) { EXPECT_EQ(server_.peer.acknowledged, 1); }

TEST_F(TlsStreamTest, MuchIsReadInAnyPieces) {
  const std::string text = text_of(300'000);
  for (const std::size_t piece : {std::size_t{1000}, std::size_t{16'401}, std::size_t{100'000}}) {
    for (const std::size_t at_once : {std::size_t{100}, std::size_t{16'384}, std::size_t{100'000}}) {
      client_.send(text);
      const std::string wire = client_.take();
      std::string got;
      for (std::size_t at = 0; at < wire.size(); at += std::min(piece, wire.size() - at)) {
        server_.peer.to_server += wire.substr(at, piece);
        got += server_.read(nullptr, at_once);
      }
      EXPECT_TRUE(got == text);
    }
  }
}

/// The socket does not report bytes that are already decrypted, so the stream must report them.
TEST_F(TlsStreamTest, BytesThatAreLeftInsideWakeTheReader) {
  client_.send(text_of(5'000));
  server_.peer.to_server += client_.take();
  std::string part(100, '\0');
  EXPECT_EQ(stream().read_now(part).bytes, 100U);
  bool readable = false;
  stream().wait_readable([&readable](bool is) { readable = is; });
  EXPECT_FALSE(readable) << "never inside the call";
  loop_.run_ready();
  EXPECT_TRUE(readable);
  EXPECT_EQ(server_.read().size(), 4'900U);
  readable = false;
  stream().wait_readable([&readable](bool is) { readable = is; });
  loop_.run_ready();
  EXPECT_FALSE(readable) << "there is nothing more";
  client_.send("x");
  server_.arrive(client_.take());
  EXPECT_TRUE(readable);
  EXPECT_EQ(server_.read(), "x");
}

TEST_F(TlsStreamTest, MuchIsWritten) {
  const std::string text = text_of(1'000'000);
  const std::size_t wire = write_all(text);
  EXPECT_TRUE(client_.take_received() == text);
  EXPECT_LT(wire, text.size() + text.size() / 100) << "long records, after the first ones";
}

TEST_F(TlsStreamTest, APeerMayTakeFewBytesAtATime) {
  const std::string text = text_of(200'000);
  room_ = 777;
  server_.peer.takes = 0;
  write_all(text);
  EXPECT_TRUE(client_.take_received() == text);
}

/// If the peer reads nothing, the server must not encrypt and keep all data.
TEST_F(TlsStreamTest, ASlowPeerHoldsLittleMemory) {
  server_.peer.takes = 0;
  const std::string text = text_of(1'000'000);
  const auto moved = stream().write_now(text);
  EXPECT_GT(stream().unwritten(), 0U);
  EXPECT_LE(moved.bytes, 64U << 10U);
  EXPECT_EQ(stream().write_now(std::string_view(text).substr(moved.bytes)).bytes, 0U);
  bool writable = false;
  const auto waits = loop_.begin(stream().wait_writable());
  EXPECT_FALSE(waits->has_value());
  server_.make_room(std::string::npos);
  ASSERT_TRUE(waits->has_value());
  writable = **waits;
  EXPECT_TRUE(writable);
  static_cast<void>(stream().write_now({}));
  EXPECT_EQ(stream().unwritten(), 0U);
  client_.give(std::exchange(server_.peer.received, {}));
  EXPECT_EQ(client_.take_received().size(), moved.bytes);
}

TEST_F(TlsStreamTest, TheFirstRecordsFitIntoOnePacket) {
  const auto moved = stream().write_now(text_of(10'000));
  EXPECT_EQ(moved.bytes, 10'000U);
  const std::string wire = std::exchange(server_.peer.received, {});
  const std::size_t length = static_cast<std::uint8_t>(wire[3]) * 256U + static_cast<std::uint8_t>(wire[4]);
  EXPECT_LE(length, 1400U);
  client_.give(wire);
  EXPECT_EQ(client_.take_received().size(), 10'000U);
}

TEST_F(TlsStreamTest, AnOrderlyEndLetsTheServerGoOn) {
  client_.send("last");
  client_.end();
  server_.peer.to_server += client_.take();
  bool ended = false;
  EXPECT_EQ(server_.read(&ended), "last");
  EXPECT_TRUE(ended);
  write_all("answer");
  EXPECT_EQ(client_.take_received(), "answer");
  stream().shut_down();
  EXPECT_TRUE(server_.peer.saw_end);
  client_.give(std::exchange(server_.peer.received, {}));
  EXPECT_TRUE(client_.saw_end());
  EXPECT_EQ(client_.failure(), "");
}

/// An attacker between the client and the server may have cut the connection.
TEST_F(TlsStreamTest, ATruncationIsTheEnd) {
  client_.send("part");
  server_.peer.to_server += client_.take();
  server_.peer.sent_all = true;
  bool ended = false;
  EXPECT_EQ(server_.read(&ended), "part");
  EXPECT_TRUE(ended);
  EXPECT_TRUE(stream().read_now({}).bytes == 0);
}

TEST_F(TlsStreamTest, ADamagedRecordEndsTheConnection) {
  client_.send("hello");
  std::string wire = client_.take();
  wire.back() ^= 1;
  server_.peer.to_server += wire;
  bool ended = false;
  EXPECT_EQ(server_.read(&ended), "");
  EXPECT_TRUE(ended);
  EXPECT_TRUE(stream().write_now("x").ended);
  client_.give(std::exchange(server_.peer.received, {}));
  EXPECT_EQ(client_.failure(), "SSLV3_ALERT_BAD_RECORD_MAC");
}

TEST_F(TlsStreamTest, APeerThatIsGoneFailsTheWriter) {
  server_.peer.fails = true;
  EXPECT_TRUE(stream().write_now("x").ended);
  EXPECT_EQ(stream().unwritten(), 0U) << "nobody must wait for room";
  EXPECT_TRUE(stream().read_now({}).ended);
}

/// The peer asks for new keys. The answer is sent with the next bytes.
TEST_F(TlsStreamTest, KeysAreUpdated) {
  ASSERT_EQ(SSL_key_update(client_.session(), SSL_KEY_UPDATE_REQUESTED), 1);
  client_.send("hello");
  server_.peer.to_server += client_.take();
  EXPECT_EQ(server_.read(), "hello");
  write_all("answer");
  EXPECT_EQ(client_.take_received(), "answer");
  EXPECT_EQ(client_.failure(), "");
}

TEST_F(TlsStreamTest, WaitsEndWithTheStream) {
  bool called = false;
  bool readable = true;
  stream().wait_readable([&](bool is) {
    called = true;
    readable = is;
  });
  stream().cancel();
  loop_.run_ready();
  EXPECT_TRUE(called);
  EXPECT_FALSE(readable);
  stream().reset();
  EXPECT_TRUE(server_.peer.saw_reset);
}

}  // namespace
}  // namespace faasta::tls
