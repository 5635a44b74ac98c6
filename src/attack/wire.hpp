#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "attack/answer_reader.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace faasta::attack {

/// A client's address of this machine: 127.0.0.0/8, of which each address is a client network of its own.
struct Client {
  std::uint32_t number = 1;  ///< the last three bytes: 1 is 127.0.0.1
};

/// Opens a connection to 127.0.0.1:`port` without waiting: it may still be under way when this returns.
[[nodiscard]] Result<FileDescriptor> begin_connection(std::uint16_t port, Client from, int receive_buffer = 0);

/// A connection for one request after the other, which waits.
class Wire {
 public:
  [[nodiscard]] static Result<Wire> connect(std::uint16_t port, Client from, std::chrono::milliseconds patience);
  /// Sends a request and waits for its answer. `kept`: the most bytes of the body that are returned. After a failure,
  /// the connection is of no use.
  [[nodiscard]] Result<Answer> exchange(std::string_view request, std::chrono::milliseconds patience,
                                        std::size_t kept = 0);

 private:
  explicit Wire(FileDescriptor socket) : socket_(std::move(socket)) {}
  FileDescriptor socket_;
};

}  // namespace faasta::attack
