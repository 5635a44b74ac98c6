#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

#include "http/task.hpp"

namespace faasta::http {

/// The bytes of one connection, in both directions: TCP, or TLS on top of it. Used on the thread of its loop only.
class Stream {
 public:
  /// The result of one attempt to read or to write.
  struct Moved {
    std::size_t bytes = 0;
    bool ended = false;  ///< no byte follows in this direction: the peer has closed, or the connection has failed
  };
  /// The argument is false if no byte will come: after cancel(), close() or a failure.
  using OnReadable = std::move_only_function<void(bool)>;

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// Reads the bytes that have arrived already. Never waits.
  [[nodiscard]] virtual Moved read_now(std::span<char> into) = 0;
  /// Calls `done` once, on the loop, when read_now() can return bytes or the end. Only one such wait may be pending.
  /// Call it only after a read that returned all bytes that had arrived. So a waiting connection needs no buffer.
  virtual void wait_readable(OnReadable done) = 0;
  /// Takes as many bytes as the connection has room for now, and writes as many as it can. Never waits.
  [[nodiscard]] virtual Moved write_now(std::string_view bytes) = 0;
  /// Waits until more bytes can be written. False after cancel(), close() or a failure.
  [[nodiscard]] virtual Task<bool> wait_writable() = 0;
  /// Bytes that write_now() took and could not write yet, as encrypted records. Each write_now() tries again, even with
  /// no bytes.
  [[nodiscard]] std::size_t unwritten() const noexcept { return unwritten_; }

  /// Ends the wait for bytes and the wait for room.
  virtual void cancel() = 0;
  /// Tells the peer that no byte follows. The peer may go on sending.
  virtual void shut_down() = 0;
  /// Closes the connection so that the peer sees a failure and does not take an answer for complete.
  virtual void reset() = 0;
  virtual void close() = 0;

 protected:
  void set_unwritten(std::size_t bytes) noexcept { unwritten_ = bytes; }

 private:
  std::size_t unwritten_ = 0;
};

}  // namespace faasta::http
