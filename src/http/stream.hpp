#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

#include "http/task.hpp"

namespace faasta::http {

/// The bytes of one connection, in both directions: over TCP now, over TLS next. One thread: that of its loop.
class Stream {
 public:
  /// The result of one attempt to read or to write.
  struct Moved {
    std::size_t bytes = 0;
    bool ended = false;  ///< the other side has closed, or the connection has failed: no byte follows in this direction
  };
  using OnRead = std::move_only_function<void(Moved)>;

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// Reads the bytes that have arrived already. Never waits.
  [[nodiscard]] virtual Moved read_now(std::span<char> into) = 0;
  /// Waits until bytes arrive and reads them, then calls `done` once, on the loop; also after cancel() and close(), as
  /// ended. `into` must exist until then. At most one such read at a time.
  virtual void read(std::span<char> into, OnRead done) = 0;
  /// Writes as many bytes as the connection takes at this moment. Never waits.
  [[nodiscard]] virtual Moved write_now(std::string_view bytes) = 0;
  /// Waits until more bytes can be written. False after cancel(), close() or a failure.
  [[nodiscard]] virtual Task<bool> wait_writable() = 0;

  /// Ends the read and the wait that are under way.
  virtual void cancel() = 0;
  /// Tells the other side that no byte follows. It may go on sending.
  virtual void shut_down() = 0;
  /// Closes the connection so that the other side sees a failure, and takes no answer for whole.
  virtual void reset() = 0;
  virtual void close() = 0;
};

}  // namespace faasta::http
