#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

#include "http/task.hpp"

namespace faasta::http {

/// The bytes of one connection, in both directions: TCP now, TLS later. Used on the thread of its loop only.
class Stream {
 public:
  /// The result of one attempt to read or to write.
  struct Moved {
    std::size_t bytes = 0;
    bool ended = false;  ///< no byte follows in this direction: the peer has closed, or the connection has failed
  };
  using OnRead = std::move_only_function<void(Moved)>;

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// Reads the bytes that have arrived already. Never waits.
  [[nodiscard]] virtual Moved read_now(std::span<char> into) = 0;
  /// Waits until bytes arrive and reads them, then calls `done` once, on the loop. cancel() and close() also lead to
  /// that call, with `ended` set. `into` must exist until then. At most one read at a time.
  virtual void read(std::span<char> into, OnRead done) = 0;
  /// Writes as many bytes as the connection takes now. Never waits.
  [[nodiscard]] virtual Moved write_now(std::string_view bytes) = 0;
  /// Waits until more bytes can be written. False after cancel(), close() or a failure.
  [[nodiscard]] virtual Task<bool> wait_writable() = 0;

  /// Ends the waiting read and the waiting write.
  virtual void cancel() = 0;
  /// Tells the peer that no byte follows. The peer may go on sending.
  virtual void shut_down() = 0;
  /// Closes the connection so that the peer sees a failure and does not take an answer for complete.
  virtual void reset() = 0;
  virtual void close() = 0;
};

}  // namespace faasta::http
