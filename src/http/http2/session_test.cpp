// Sends frames that a client must not send, and checks how the session reacts. nghttp2 does not enforce these rules and
// limits; our code does.

#include "http/http2/session.hpp"

#include <string>

#include "http/http2/limits.hpp"
#include "unit/http2_connection.hpp"

// NOLINTBEGIN(cppcoreguidelines-avoid-capturing-lambda-coroutines): a test's handler outlives its coroutines

namespace faasta::http {
namespace {

using http2::Refusal;
using test::Http2Client;
using std::string_literals::operator""s;

class Http2SessionTest : public test::Http2ConnectionTest {
 protected:
  static Task<> wait_until_gone(Exchange& exchange) {
    while (!exchange.client_gone()) co_await exchange.wait();
  }
  void expect_end(std::uint32_t code, Refusal refusal) {
    EXPECT_EQ(goaway(), code);
    for (std::size_t i = 0; i < http2::RefusalCounts::kNames.size(); ++i) {
      EXPECT_EQ(options_.refusals->of(i), i == static_cast<std::size_t>(refusal) ? 1 : 0)
          << http2::RefusalCounts::kNames.at(i);
    }
    EXPECT_TRUE(peer_.saw_end);
    EXPECT_FALSE(over_) << "it still reads, so that the client gets the last frames";
  }
  void frames(std::size_t count, std::uint8_t type, std::uint8_t flags, std::int32_t id, std::string_view payload) {
    for (std::size_t i = 0; i < count; ++i) {
      client_->raw(type, flags, id, payload);
      if (i % 64 == 63) settle();
    }
    settle();
  }
};

TEST_F(Http2SessionTest, FramesOnAStreamThatIsOverEndTheConnection) {
  for (const std::uint8_t type : {std::uint8_t{NGHTTP2_DATA}, std::uint8_t{NGHTTP2_HEADERS}}) {
    options_ = ConnectionOptions();
    open(answer_with_target);
    const auto id = client_->ask();
    settle();
    EXPECT_TRUE(stream(id).ended);
    client_->raw(type, NGHTTP2_FLAG_END_HEADERS, id, type == NGHTTP2_DATA ? "data" : "\x82");
    settle();
    expect_end(NGHTTP2_STREAM_CLOSED, Refusal::protocol);
    connection_->kill();
    run_loop();
    over_ = false;
    peer_ = test::Peer{};
  }
  over_ = true;
}

/// The client may have sent these frames before it received the reset.
TEST_F(Http2SessionTest, FramesOnAStreamThatWeResetAreTaken) {
  open(answer_with_target);
  const auto id = client_->post(Http2Client::get("/", "POST"), "b", false);
  settle();
  EXPECT_EQ(stream(id).reset, NGHTTP2_NO_ERROR);
  client_->raw(NGHTTP2_DATA, 0, id, std::string(1000, 'b'));
  client_->raw(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, "b");
  const auto next = client_->ask();
  settle();
  EXPECT_FALSE(goaway());
  EXPECT_TRUE(stream(next).ended);
}

TEST_F(Http2SessionTest, APriorityThatDependsOnItselfIsAnError) {
  open(answer_with_target);
  client_->raw(NGHTTP2_PRIORITY, 0, 3, "\x00\x00\x00\x01\x10"s);
  settle();
  EXPECT_FALSE(goaway());
  client_->raw(NGHTTP2_PRIORITY, 0, 3, "\x80\x00\x00\x03\x10"s);
  settle();
  expect_end(NGHTTP2_PROTOCOL_ERROR, Refusal::protocol);
}

TEST_F(Http2SessionTest, AWindowThatIsTooLargeEndsItsStreamAlone) {
  open(wait_until_gone);
  const auto id = client_->ask();
  const auto other = client_->ask();
  settle();
  client_->raw(NGHTTP2_WINDOW_UPDATE, 0, id, "\x7f\xff\xff\xff"s);
  settle();
  EXPECT_EQ(stream(id).reset, NGHTTP2_FLOW_CONTROL_ERROR);
  EXPECT_FALSE(stream(other).reset || goaway());
  client_->raw(NGHTTP2_WINDOW_UPDATE, 0, 0, "\x7f\xff\xff\xff"s);
  settle();
  expect_end(NGHTTP2_FLOW_CONTROL_ERROR, Refusal::protocol);
}

struct Idle {
  const char* name;
  std::uint8_t type;
  bool on_stream;
  std::string payload;
};

class Http2IdleFramesTest : public Http2SessionTest, public testing::WithParamInterface<Idle> {};

TEST_P(Http2IdleFramesTest, AreLimited) {
  const Idle& idle = GetParam();
  open(wait_until_gone);
  const auto id = client_->post(Http2Client::get("/", "POST"), "", false);
  settle();  // one SETTINGS is already counted
  constexpr auto kBurst = static_cast<std::size_t>(http2::kIdleFrames.burst);
  frames(kBurst - 2, idle.type, 0, idle.on_stream ? id : 0, idle.payload);
  EXPECT_FALSE(goaway());
  frames(20, idle.type, 0, idle.on_stream ? id : 0, idle.payload);
  // The in-memory client closes its session when it receives an ACK for SETTINGS that it did not send.
  if (idle.type == NGHTTP2_SETTINGS) {
    EXPECT_EQ(refused(Refusal::idle_frames), 1U);
  } else {
    expect_end(NGHTTP2_ENHANCE_YOUR_CALM, Refusal::idle_frames);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Http2IdleFramesTest,
    testing::Values(Idle{"Ping", NGHTTP2_PING, false, "12345678"}, Idle{"Settings", NGHTTP2_SETTINGS, false, ""},
                    Idle{"EmptyData", NGHTTP2_DATA, true, ""},
                    Idle{"Priority", NGHTTP2_PRIORITY, true, "\x00\x00\x00\x00\x10"s},
                    Idle{"PriorityUpdate", NGHTTP2_PRIORITY_UPDATE, false, "\x00\x00\x00\x01u=1"s}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(Http2SessionTest, ResetsOfTheClientAreLimited) {
  open(wait_until_gone);
  const auto ask_and_reset = [this] {
    const auto id = client_->ask();
    settle();
    client_->reset(id);
    settle();
  };
  for (int i = 0; i < 199; ++i) ask_and_reset();
  EXPECT_FALSE(goaway());
  for (int i = 0; i < 5; ++i) ask_and_reset();
  expect_end(NGHTTP2_ENHANCE_YOUR_CALM, Refusal::client_resets);
}

/// The attack "Made you reset": the client makes the server reset its streams, and opens new streams.
TEST_F(Http2SessionTest, ResetsThatTheClientCausesAreLimited) {
  open(wait_until_gone);
  for (int i = 0; i < 100; ++i) {
    const auto id = client_->ask();
    settle();
    client_->raw(NGHTTP2_WINDOW_UPDATE, 0, id, "\x7f\xff\xff\xff"s);
    settle();
    ASSERT_EQ(stream(id).reset, NGHTTP2_FLOW_CONTROL_ERROR);
  }
  EXPECT_FALSE(goaway());
  const auto id = client_->ask();
  settle();
  client_->raw(NGHTTP2_WINDOW_UPDATE, 0, id, "\x7f\xff\xff\xff"s);
  settle();
  expect_end(NGHTTP2_ENHANCE_YOUR_CALM, Refusal::own_resets);
}

TEST_F(Http2SessionTest, ResetsThatAreOursAreNotCounted) {
  open([](Exchange& exchange) -> Task<> {
    exchange.head(200, {});
    static_cast<void>(co_await exchange.flush());
    exchange.abort();
  });
  for (int i = 0; i < 300; ++i) {
    client_->ask();
    settle();
  }
  EXPECT_FALSE(goaway());
}

TEST_F(Http2SessionTest, ContinuationsAreLimited) {
  open(answer_with_target);
  client_->raw(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, "\x82\x86\x84\x41\x01x"s);
  frames(http2::kContinuations + 1, NGHTTP2_CONTINUATION, 0, 1, "");
  expect_end(NGHTTP2_ENHANCE_YOUR_CALM, Refusal::continuations);
}

TEST_F(Http2SessionTest, EntriesOfSettingsAreLimited) {
  open(answer_with_target);
  std::string entries;
  for (std::size_t i = 0; i <= http2::kSettings; ++i) entries += "\x00\x04\x00\x00\xff\xff"s;
  client_->raw(NGHTTP2_SETTINGS, 0, 0, entries);
  settle();
  expect_end(NGHTTP2_ENHANCE_YOUR_CALM, Refusal::settings);
}

/// The client does not read, so the server's acknowledgements wait.
TEST_F(Http2SessionTest, AcknowledgementsThatWaitAreLimited) {
  open(answer_with_target);
  settle();
  peer_.takes = 0;
  std::size_t sent = 0;
  while (!refused(Refusal::acks) && !refused(Refusal::idle_frames) && sent < 400) {
    peer_.to_server += Http2Client::frame(NGHTTP2_PING, 0, 0, "12345678");
    ++sent;
    if (sent % 32 == 0) {
      stream_->arrived();
      run_loop();
    }
  }
  EXPECT_LE(sent, 256U);
}

/// Frames of an unknown type are not limited: they cost the client bytes, and the server does nothing for them.
TEST_F(Http2SessionTest, UnknownFramesAreIgnored) {
  open(answer_with_target);
  frames(500, 0xfa, 0, 0, "payload");
  const auto id = client_->ask();
  settle();
  EXPECT_TRUE(stream(id).ended);
}

TEST_F(Http2SessionTest, FramesThatAreWrongInASmallWayAreLimited) {
  open(answer_with_target);
  const auto id = client_->ask();
  settle();
  // This is a WINDOW_UPDATE of zero on a stream that is over.
  std::size_t sent = 0;
  while (!goaway() && sent < 3000) {
    client_->raw(NGHTTP2_RST_STREAM, 0, id, "\x00\x00\x00\x08"s);
    if (++sent % 50 == 0) settle();
  }
  EXPECT_EQ(goaway(), NGHTTP2_ENHANCE_YOUR_CALM) << sent;
}

TEST_F(Http2SessionTest, TooManyFieldsEndTheConnection) {
  open(answer_with_target);
  auto head = Http2Client::get();
  for (std::size_t i = 0; i < http2::kAllFields; ++i) head.push_back({"a", "b"});
  client_->ask(head);
  settle();
  EXPECT_EQ(goaway(), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_EQ(refused(Refusal::head_flood), 1U);
}

TEST_F(Http2SessionTest, BytesThatAreNoHttp2EndTheConnection) {
  open(answer_with_target);
  peer_.to_server = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
  stream_->arrived();
  run_loop();
  EXPECT_TRUE(peer_.saw_end);
  EXPECT_EQ(refused(Refusal::protocol), 1U);
}

/// Answers each request in the event that reports its head, and asks for the frames at once.
class AnswersInTheEvent final : public http2::SessionEvents {
 public:
  std::optional<Refusal> on_request(http2::StreamId /*id*/) override { return std::nullopt; }
  bool on_field(http2::StreamId /*id*/, std::string_view /*name*/, std::string_view /*value*/) override { return true; }
  void on_head_end(http2::StreamId id, bool /*has_body*/) override {
    std::string name = ":status";
    std::string value = "400";
    const nghttp2_nv status{reinterpret_cast<std::uint8_t*>(name.data()), reinterpret_cast<std::uint8_t*>(value.data()),
                            name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
    session_.respond(id, {&status, 1}, true);
    EXPECT_TRUE(session_.inside());
    sent_inside += session_.send().size();
  }
  void on_body(http2::StreamId /*id*/, std::string_view /*bytes*/) override {}
  void on_body_end(http2::StreamId /*id*/) override {}
  void on_answer_sent(http2::StreamId /*id*/) override { sent_inside += session_.send().size(); }
  void on_close(http2::StreamId /*id*/) override {
    ++closed;
    sent_inside += session_.send().size();
  }
  http2::OutputPart take_output(http2::StreamId /*id*/, std::span<std::uint8_t> /*into*/) override { return {}; }

  std::size_t sent_inside = 0;
  unsigned closed = 0;

 private:
  http2::RefusalCounts refusals_;

 public:
  http2::Session session_{*this, refusals_};
};

/// nghttp2 would free the stream whose frame it reads: the answer that ends a stream is sent after the event.
TEST(Http2SessionEvents, NothingIsSentInAnEvent) {
  AnswersInTheEvent events;
  Http2Client client{Http2Client::Options{}};
  const auto id = client.ask();
  EXPECT_TRUE(events.session_.receive(client.take()));
  EXPECT_EQ(events.closed, 0U);
  for (std::string_view frames = events.session_.send(); !frames.empty(); frames = events.session_.send())
    EXPECT_TRUE(client.receive(frames));
  EXPECT_EQ(client.streams[id].status, 400);
  EXPECT_EQ(events.closed, 1U);
  EXPECT_EQ(events.sent_inside, 0U);
  EXPECT_FALSE(events.session_.inside());
}

}  // namespace
}  // namespace faasta::http

// NOLINTEND(cppcoreguidelines-avoid-capturing-lambda-coroutines)
