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
    bool ended = false;  ///< no more bytes follow in this direction: the peer has closed the connection, or the
                         ///< connection has failed
  };
  /// The argument is false if no more bytes will arrive: after cancel(), close() or a failure.
  using OnReadable = std::move_only_function<void(bool)>;

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// Reads the bytes that have arrived already. Never waits.
  [[nodiscard]] virtual Moved read_now(std::span<char> into) = 0;
  /// Calls `done` once, on the loop, when read_now() can return bytes or the end. Only one of these waits may be
  /// pending. Call it only after a read that returned all bytes that had arrived. So a waiting connection needs no
  /// buffer.
  virtual void wait_readable(OnReadable done) = 0;
  /// wait_readable() ends only when `bytes` bytes, or the end, have arrived. At the start it is 1. A client that sends
  /// single bytes then costs no work for each of them.
  virtual void await_at_least(int /*bytes*/) noexcept {}
  /// Sends the TCP acknowledgement of the bytes that were read. Without this call, the kernel may delay it by 40 ms. A
  /// client with Nagle's algorithm (RFC 9293 section 3.7.4) sends no further bytes until the acknowledgement arrives.
  virtual void acknowledge() noexcept {}
  /// Accepts bytes until the stream has no more room, and writes accepted bytes until the socket takes no more. Never
  /// waits.
  [[nodiscard]] virtual Moved write_now(std::string_view bytes) = 0;
  /// Waits until more bytes can be written. False after cancel(), close() or a failure.
  [[nodiscard]] virtual Task<bool> wait_writable() = 0;
  /// The number of bytes that write_now() accepted and could not write yet; they are encrypted records. Each
  /// write_now() tries again, even with no bytes.
  [[nodiscard]] std::size_t unwritten() const noexcept { return unwritten_; }

  /// Frees the memory that an idle connection does not need.
  virtual void release() noexcept {}
  /// Ends a pending wait_readable() and a pending wait_writable().
  virtual void cancel() = 0;
  /// Tells the peer that the server sends no more bytes. The peer can go on sending.
  virtual void shut_down() = 0;
  /// Closes the connection with a failure, so that the peer does not assume that an answer is complete.
  virtual void reset() = 0;
  virtual void close() = 0;

 protected:
  void set_unwritten(std::size_t bytes) noexcept { unwritten_ = bytes; }

 private:
  std::size_t unwritten_ = 0;
};

}  // namespace faasta::http
