#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "http/doorbell.hpp"
#include "http/read_buffer.hpp"
#include "http/stream.hpp"

namespace faasta::http {

/// Holds the bytes that a stream has received and that are not consumed yet. At most one coroutine can wait for more
/// bytes.
class Input {
 public:
  /// The bell `bell` rings when await() has received bytes, or when the stream has ended.
  Input(Stream& stream, WakeRef<Doorbell> bell, ReadBuffer begun)
      : stream_(stream), bell_(std::move(bell)), buffer_(std::move(begun)) {}

  [[nodiscard]] std::string_view bytes() const noexcept { return buffer_.filled(); }
  [[nodiscard]] bool empty() const noexcept { return buffer_.empty(); }
  void consume(std::size_t count) noexcept {
    held_ = false;
    buffer_.consume(count);
  }
  /// From now on, nothing moves bytes(): a handler may read them in another thread. This ends with consume() or
  /// await().
  void hold() noexcept { held_ = true; }
  /// Frees the buffer's memory if it is empty.
  void release() noexcept { buffer_.release(); }
  /// Moves the bytes out, for the stream's next reader. Do not call this while await() waits.
  [[nodiscard]] ReadBuffer take() { return std::move(buffer_); }

  /// Whether no more bytes will come.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  void end() noexcept { ended_ = true; }

  /// Starts to wait for bytes, and reads them when they arrive. Does nothing if this object already waits, or if it
  /// holds `most` unconsumed bytes. Waiting keeps `owner` alive, and this object must be a part of `owner`.
  template <class Owner>
  void await(std::size_t most, const std::shared_ptr<Owner>& owner) {
    held_ = false;
    if (waiting_ || ended_ || buffer_.filled().size() >= most) return;
    waiting_ = true;
    most_ = most;
    stream_.wait_readable([self = std::shared_ptr<Input>(owner, this)](bool readable) {
      self->waiting_ = false;
      if (!readable) self->ended_ = true;
      if (!self->held_) self->read_now(self->most_);
      self->bell_->wake_on_loop();
    });
  }

  /// Reads at once the bytes that have already arrived.
  void read_now(std::size_t most) {
    if (ended_) return;
    const auto space = buffer_.free_space(most);
    if (space.empty()) return;
    const Stream::Moved read = stream_.read_now(space);
    buffer_.filled_up(read.bytes);
    ended_ = read.ended;
  }

 private:
  Stream& stream_;
  WakeRef<Doorbell> bell_;
  ReadBuffer buffer_;
  std::size_t most_ = 0;  ///< the argument of the await() that is pending
  bool waiting_ = false;
  bool held_ = false;
  bool ended_ = false;
};

}  // namespace faasta::http
