#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "http/doorbell.hpp"
#include "http/read_buffer.hpp"
#include "http/stream.hpp"

namespace faasta::http {

/// The bytes of a stream that have arrived and were not consumed, and at most one read that waits for more.
class Input {
 public:
  /// `bell` rings when a read that waits has ended.
  Input(Stream& stream, WakeRef<Doorbell> bell, ReadBuffer begun)
      : stream_(stream), bell_(std::move(bell)), buffer_(std::move(begun)) {}

  [[nodiscard]] std::string_view bytes() const noexcept { return buffer_.filled(); }
  [[nodiscard]] bool empty() const noexcept { return buffer_.empty(); }
  void consume(std::size_t count) noexcept { buffer_.consume(count); }
  /// Gives the buffer's memory back, if nothing is in it.
  void release() noexcept { buffer_.release(); }
  /// Gives the bytes to the stream's next reader. No read may be under way.
  [[nodiscard]] ReadBuffer take() { return std::move(buffer_); }

  /// No byte follows.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  void end() noexcept { ended_ = true; }

  /// Has a read wait for bytes, unless one does, or `most` unconsumed bytes are here. The read keeps `owner`, which
  /// this object is a part of.
  template <class Owner>
  void await(std::size_t most, const std::shared_ptr<Owner>& owner) {
    if (reading_ || ended_) return;
    const auto space = buffer_.lend_space(most);
    if (space.empty()) return;
    reading_ = true;
    stream_.read(space, [self = std::shared_ptr<Input>(owner, this)](Stream::Moved read) {
      self->reading_ = false;
      self->ended_ = self->ended_ || read.ended;
      self->buffer_.filled_up(read.bytes);
      self->bell_->wake_on_loop();
    });
  }

  /// Reads the bytes that have arrived, without waiting a turn of the loop for them.
  void read_now(std::size_t most) {
    if (reading_ || ended_) return;
    const auto space = buffer_.lend_space(most);
    if (space.empty()) return;
    const Stream::Moved read = stream_.read_now(space);
    buffer_.filled_up(read.bytes);
    ended_ = read.ended;
  }

 private:
  Stream& stream_;
  WakeRef<Doorbell> bell_;
  ReadBuffer buffer_;
  bool reading_ = false;
  bool ended_ = false;
};

}  // namespace faasta::http
