#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "http/client.hpp"
#include "http/exchange.hpp"
#include "http/read_buffer.hpp"
#include "http/stoppable.hpp"
#include "http/stream.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// Answers one exchange. An exception that it throws ends the connection.
using Handler = std::function<Task<>(Exchange&)>;

/// Times after which a connection that does nothing is ended.
struct Timeouts {
  std::chrono::milliseconds head{10'000};
  std::chrono::milliseconds idle{60'000};
  std::chrono::milliseconds write_stall{30'000};
};

/// What the connections of a listener have in common.
struct ConnectionOptions {
  HeadLimits limits;
  Timeouts timeouts;
  TrustedProxies trusted;
};

/// The bytes of a client, when it is known who it is and before it is known what it asks.
struct Opened {
  std::unique_ptr<Stream> stream;
  ReadBuffer begun;        ///< bytes that were read already
  asio::ip::address peer;  ///< the address that speaks to us, or that a PROXY header named
  Client client;
};

/// A client's connection, whatever protocol it speaks.
class Connection : public Stoppable {
 public:
  using Stoppable::Stoppable;

  /// Answers the requests of the client until the connection ends.
  [[nodiscard]] virtual Task<> run(const Handler& handler) = 0;
};

}  // namespace faasta::http
