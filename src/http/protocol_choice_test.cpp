#include "http/protocol_choice.hpp"

#include <gtest/gtest.h>

#include "unit/scripted_loop.hpp"
#include "unit/scripted_stream.hpp"

namespace faasta::http {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

class ProtocolChoiceTest : public testing::Test {
 protected:
  ProtocolChoiceTest() { open({}); }
  void open(std::unique_ptr<ConnectionPlaces::Place> place) {
    auto stream = std::make_unique<test::ScriptedStream>(peer_, *loop_.loop().context);
    stream_ = stream.get();
    choice_ = std::make_shared<ProtocolChoice>(
        loop_.loop(),
        Opened{std::move(stream), {}, {}, client_at(asio::ip::make_address("192.0.2.1")), std::move(place)}, options_);
    pending_ = loop_.begin(choice_->read(is_http2_));
  }
  ~ProtocolChoiceTest() override {
    choice_->kill();
    loop_.run_ready();
  }
  void send(std::string_view bytes) {
    peer_.to_server += bytes;
    arrived();
  }
  void arrived() {
    if (!peer_.closed) stream_->arrived();
    loop_.run_ready();
  }
  [[nodiscard]] bool over() const { return pending_->has_value(); }
  [[nodiscard]] Opened* opened() const { return over() ? (*pending_)->get() : nullptr; }

  ConnectionPlaces places_{{.all = 2, .of_network = 1}};
  test::ScriptedLoop loop_;
  test::Peer peer_;
  ConnectionOptions options_;
  test::ScriptedStream* stream_ = nullptr;
  bool is_http2_ = false;
  std::shared_ptr<ProtocolChoice> choice_;
  test::Pending<std::unique_ptr<Opened>> pending_;
};

TEST_F(ProtocolChoiceTest, ThePrefaceMeansHttp2) {
  send(std::string(kPreface) + "frames");
  ASSERT_NE(opened(), nullptr);
  EXPECT_TRUE(is_http2_);
  EXPECT_EQ(opened()->begun.filled(), std::string(kPreface) + "frames");
  EXPECT_EQ(opened()->client.address, "192.0.2.1");
}

TEST_F(ProtocolChoiceTest, ThePrefaceMayComeInBytes) {
  for (const char byte : kPreface.substr(0, kPreface.size() - 1)) send({&byte, 1});
  EXPECT_FALSE(over());
  send(kPreface.substr(kPreface.size() - 1));
  ASSERT_NE(opened(), nullptr);
  EXPECT_TRUE(is_http2_);
}

TEST_F(ProtocolChoiceTest, AnyOtherByteMeansHttp1) {
  send("PRI * HTTP/2.0\r\n\r\nSN");
  ASSERT_NE(opened(), nullptr);
  EXPECT_FALSE(is_http2_);
  EXPECT_EQ(opened()->begun.filled(), "PRI * HTTP/2.0\r\n\r\nSN");
}

TEST_F(ProtocolChoiceTest, AMethodThatBeginsAlikeMeansHttp1) {
  send("P");
  EXPECT_FALSE(over());
  send("OST / HTTP/1.1\r\n");
  ASSERT_NE(opened(), nullptr);
  EXPECT_FALSE(is_http2_);
  EXPECT_EQ(opened()->begun.filled(), "POST / HTTP/1.1\r\n");
}

/// The connection ends after a part of a head. The HTTP/1.1 connection gets this part, and can answer it.
TEST_F(ProtocolChoiceTest, AnEndAfterSomeBytesMeansHttp1) {
  send("PRI");
  peer_.sent_all = true;
  arrived();
  ASSERT_NE(opened(), nullptr);
  EXPECT_FALSE(is_http2_);
  EXPECT_FALSE(peer_.closed);
}

TEST_F(ProtocolChoiceTest, AClientThatSaysNothingIsClosed) {
  peer_.sent_all = true;
  arrived();
  EXPECT_TRUE(over());
  EXPECT_EQ(opened(), nullptr);
  EXPECT_TRUE(peer_.closed);
}

TEST_F(ProtocolChoiceTest, YieldsToOthersOnlyBeforeItsFirstByte) {
  send("PR");
  choice_->yield();
  loop_.run_ready();
  EXPECT_FALSE(over());
}

TEST_F(ProtocolChoiceTest, ASilentOneYields) {
  choice_->kill();
  loop_.run_ready();
  peer_ = {};
  const ClientNetwork network(asio::ip::make_address("192.0.2.1"));
  open(places_.enter(network));
  EXPECT_FALSE(places_.enter(network)) << "it is new, and its first byte may be on its way";
  choice_->on_deadline();
  const auto other = places_.enter(network);
  EXPECT_TRUE(other);
  loop_.run_ready();
  EXPECT_TRUE(over());
  EXPECT_TRUE(peer_.closed);
}

TEST_F(ProtocolChoiceTest, TheDeadlineAndADrainCloseIt) {
  options_.timeouts.head = std::chrono::milliseconds(0);
  send("PR");
  choice_->on_deadline();
  loop_.run_ready();
  EXPECT_TRUE(over());
  EXPECT_EQ(opened(), nullptr);
  EXPECT_TRUE(peer_.closed);
}

TEST_F(ProtocolChoiceTest, TheConnectionThatTookOverIsLeftAlone) {
  send("GET / HTTP/1.1\r\n");
  ASSERT_NE(opened(), nullptr);
  choice_->drain();
  choice_->on_deadline();
  loop_.run_ready();
  EXPECT_FALSE(peer_.closed);
}

/// A client that sends single bytes gets no more time with each byte.
TEST(ProtocolChoiceTime, TheFirstByteSetsTheDeadline) {
  test::ScriptedLoop loop;
  test::Peer peer;
  const ConnectionOptions options{
      .limits = {},
      .timeouts = {.head = std::chrono::milliseconds(300), .idle = std::chrono::seconds(60)},
      .trusted = {}};
  auto stream = std::make_unique<test::ScriptedStream>(peer, *loop.loop().context);
  test::ScriptedStream& arriving = *stream;
  const auto choice = std::make_shared<ProtocolChoice>(loop.loop(), Opened{std::move(stream), {}, {}, {}}, options);
  bool is_http2 = false;
  const auto pending = loop.begin(choice->read(is_http2));
  const auto deadlines = loop.start(loop.loop().deadlines.run());
  const auto begun = std::chrono::steady_clock::now();
  std::size_t sent = 0;
  loop.run_until([&] {
    const auto due =
        static_cast<std::size_t>((std::chrono::steady_clock::now() - begun) / std::chrono::milliseconds(100));
    for (; sent <= due && sent + 1 < kPreface.size() && !peer.closed; ++sent) {
      peer.to_server += kPreface[sent];
      arriving.arrived();
    }
    return pending->has_value();
  });
  EXPECT_EQ(pending->value(), nullptr);
  EXPECT_TRUE(peer.closed);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2)) << "every byte gave it 300 ms more";
  loop.loop().deadlines.stop();
  loop.run_ready();
}

}  // namespace
}  // namespace faasta::http
