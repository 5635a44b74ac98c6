#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace faasta::http {

/// Holds the bytes that have arrived and are not consumed yet.
class ReadBuffer {
 public:
  ReadBuffer() = default;
  ReadBuffer(ReadBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        capacity_(std::exchange(other.capacity_, 0)),
        begin_(std::exchange(other.begin_, 0)),
        end_(std::exchange(other.end_, 0)) {}
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;
  ReadBuffer& operator=(ReadBuffer&&) = delete;
  ~ReadBuffer() = default;

  [[nodiscard]] std::string_view filled() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }

  void consume(std::size_t count) noexcept {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Returns the free space for one read. After the read, call filled_up() with the number of bytes that were read. The
  /// buffer grows to at most `most` bytes. The result is empty when the buffer is full and cannot grow.
  [[nodiscard]] std::span<char> free_space(std::size_t most) {
    constexpr std::size_t kFirst = 4096;  // enough for most heads, and cheap for an idle connection
    if (begin_ == end_) begin_ = end_ = 0;
    if (begin_ > 0 && end_ == capacity_) {
      std::copy(bytes_.get() + begin_, bytes_.get() + end_, bytes_.get());
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == capacity_ && capacity_ < most) grow(std::min(most, std::max(kFirst, capacity_ * 4)));
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void filled_up(std::size_t count) noexcept { end_ += count; }

  /// Frees the memory if the buffer is empty.
  void release() noexcept {
    if (!empty()) return;
    begin_ = end_ = 0;
    bytes_.reset();
    capacity_ = 0;
  }

 private:
  void grow(std::size_t capacity) {
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    std::copy(bytes_.get() + begin_, bytes_.get() + end_, bytes.get());
    end_ -= begin_;
    begin_ = 0;
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace faasta::http
