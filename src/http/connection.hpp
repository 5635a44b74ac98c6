#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "http/client.hpp"
#include "http/connection_places.hpp"
#include "http/exchange.hpp"
#include "http/http2/memory.hpp"
#include "http/http2/refusals.hpp"
#include "http/read_buffer.hpp"
#include "http/stoppable.hpp"
#include "http/stream.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// When the server stops, a connection without a request is closed after this time, because a request may be on its
/// way.
inline constexpr std::chrono::milliseconds kDrainSilence{500};

/// Answers one exchange. If it throws, the connection ends.
using Handler = std::function<Task<>(Exchange&)>;

/// The server ends a connection that makes no progress for one of these times.
struct Timeouts {
  std::chrono::milliseconds head{10'000};
  std::chrono::milliseconds idle{60'000};
  std::chrono::milliseconds write_stall{30'000};
};

/// The options that all connections of a listener share.
struct ConnectionOptions {
  HeadLimits limits;
  Timeouts timeouts;
  TrustedProxies trusted;
  std::shared_ptr<http2::RefusalCounts> refusals = std::make_shared<http2::RefusalCounts>();
  std::shared_ptr<http2::MemoryByNetwork> memory = std::make_shared<http2::MemoryByNetwork>();
};

/// A new connection. Its client is known, but its first request is not read yet.
struct Opened {
  std::unique_ptr<Stream> stream;
  ReadBuffer begun;        ///< bytes that the server has already read
  asio::ip::address peer;  ///< the address of the peer, or the address that a PROXY header named
  Client client;
  std::unique_ptr<ConnectionPlaces::Place> place = nullptr;  ///< null in unit tests
};

/// A client's connection, for any protocol.
class Connection : public Stoppable, public Yielding {
 public:
  using Stoppable::Stoppable;

  /// The reason why run() returned: the connection has ended, or it has been idle for a while.
  enum class Ran : bool { ended, idle };
  /// run() returns after this time without a request. So an idle connection needs no coroutine.
  static constexpr std::chrono::milliseconds kActive{250};

  /// Answers the requests of the client until the connection ends or is idle. If the connection is idle, call
  /// when_active(), and call run() again when the connection is active.
  [[nodiscard]] virtual Task<Ran> run(const Handler& handler) = 0;
  /// Calls `then` once, on the loop, when the idle connection has something to do. The callback `then` is allowed to
  /// hold a reference that keeps the connection alive.
  virtual void when_active(std::move_only_function<void()> then) = 0;
};

}  // namespace faasta::http
