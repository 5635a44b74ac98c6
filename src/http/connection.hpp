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

/// Answers one exchange. If it throws, the connection ends.
using Handler = std::function<Task<>(Exchange&)>;

/// How long a connection may do nothing before it is ended.
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
};

/// A new connection whose client is known, before its first request is read.
struct Opened {
  std::unique_ptr<Stream> stream;
  ReadBuffer begun;        ///< bytes that were read already
  asio::ip::address peer;  ///< the address that speaks to us, or that a PROXY header named
  Client client;
};

/// A client's connection, for any protocol.
class Connection : public Stoppable {
 public:
  using Stoppable::Stoppable;

  /// Answers the requests of the client until the connection ends.
  [[nodiscard]] virtual Task<> run(const Handler& handler) = 0;
};

}  // namespace faasta::http
