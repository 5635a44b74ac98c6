// Runs a whole HTTP/2 connection. The bytes of the client arrive in pieces, and the input also determines how fast the
// client reads the answers. The handler echoes the request's body. Nothing may crash, leak, or go on after the end.

#include "fuzz.hpp"
#include "http/http2/connection.hpp"
#include "unit/scripted_stream.hpp"

namespace {

using namespace faasta;

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::string_view kSettings{"\0\0\0\4\0\0\0\0\0", 9};

Task<> echo(http::Exchange& exchange) {
  exchange.limit_body(10'000);
  const http::RequestHead& request = exchange.request();
  FUZZ_CHECK(!request.host.empty() && request.field("host") == request.host);
  FUZZ_CHECK(request.target.starts_with('/') || request.target == "*");
  exchange.head(200, {});
  exchange.data(request.target);
  for (;;) {
    const http::BodyPart part = exchange.body();
    if (part.kind == http::BodyPart::Kind::data) exchange.data(part.data);
    if (part.kind == http::BodyPart::Kind::end) {
      const std::vector<FieldView> trailers(part.trailers.begin(), part.trailers.end());
      co_return exchange.finish(trailers);
    }
    if (part.kind == http::BodyPart::Kind::broken || part.kind == http::BodyPart::Kind::too_large)
      co_return exchange.abort();
    if (!co_await exchange.flush()) co_return exchange.abort();
    if (part.kind == http::BodyPart::Kind::pending) co_await exchange.wait();
  }
}

struct World {
  http::OpenCount outliving;
  http::Loop loop{outliving};
  http::ConnectionOptions options;
  http::Handler handler = echo;

  void run() {
    do loop.outbox.flush();
    while (loop.poll_one() || loop.run_queue.run_one(true));
  }
};

Task<> serve(std::shared_ptr<http::Http2Connection> connection, const http::Handler& handler) {
  co_await connection->run(handler);
}

}  // namespace

/// The first byte of the input decides whether the preface is sent, and the size of the pieces. The second byte is the
/// number of bytes of the answers that the client reads after each piece.
void fuzz(std::string_view input) {
  if (input.size() < 2) return;
  const auto first = static_cast<unsigned char>(input[0]);
  const auto second = static_cast<unsigned char>(input[1]);
  std::string bytes;
  if ((first & 1U) != 0) bytes.append(kPreface).append(kSettings);
  bytes.append(input.substr(2));
  const std::size_t piece = std::size_t{1} << (first >> 4U);
  constexpr unsigned char kAll = 128;

  World world;
  test::Peer peer;
  if (second < kAll) peer.takes = second;
  auto stream = std::make_unique<test::ScriptedStream>(peer, *world.loop.context);
  test::ScriptedStream* const far_end = stream.get();
  auto connection = std::make_shared<http::Http2Connection>(
      world.loop, http::Opened{std::move(stream), {}, {}, {.address = "192.0.2.1"}}, world.options);
  bool over = false;
  asio::co_spawn(*world.loop.context, serve(connection, world.handler), [&over](const std::exception_ptr& failed) {
    FUZZ_CHECK(!failed);
    over = true;
  });
  world.run();
  for (std::size_t at = 0; at < bytes.size() && !over; at += piece) {
    peer.to_server += bytes.substr(at, piece);
    far_end->arrived();
    if (second < kAll) far_end->make_room(second);
    world.run();
  }
  if ((first & 2U) != 0 && !over) {
    connection->drain();
    world.run();
  }
  if (!over) {
    connection->look_at_clocks(std::chrono::steady_clock::now() + std::chrono::seconds(5));
    world.run();
  }
  connection->kill();
  world.run();
  FUZZ_CHECK(over);
  FUZZ_CHECK(connection.use_count() == 1);
  connection.reset();
  FUZZ_CHECK(world.loop.stoppables.empty());
}
