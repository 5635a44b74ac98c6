#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace faasta::http::http2 {

/// The head of a frame (RFC 9113 section 4.1).
struct FrameHead {
  std::uint32_t length = 0;
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::int32_t stream = 0;
  std::uint32_t number =
      0;  ///< the first 32 bits of the payload, if the frame is a WINDOW_UPDATE or PRIORITY with a valid length
};

/// Finds the frames in the bytes that a client sends. So our code can check each frame before nghttp2 reads that frame,
/// and after nghttp2 has read all earlier frames. This class does no I/O.
class FrameGate {
 public:
  enum class Verdict : std::uint8_t {
    pass,
    drop,  ///< drops only this frame; allowed only for a WINDOW_UPDATE or PRIORITY with a valid length
    stop   ///< drops this frame and all later frames
  };

  /// Calls `judge(const FrameHead&)` for each frame. If `judge` returns Verdict::pass, calls `pass(std::string_view)`
  /// with the frame's bytes. If `pass` returns false, the gate stops. Returns false if the gate has stopped.
  template <class Judge, class Pass>
  [[nodiscard]] bool take(std::string_view bytes, const Judge& judge, const Pass& pass) {
    while (!bytes.empty() && !stopped_) {
      if (payload_left_ > 0) {
        const std::string_view part = bytes.substr(0, payload_left_);
        payload_left_ -= part.size();
        bytes.remove_prefix(part.size());
        stopped_ = !pass(part);
        continue;
      }
      const std::size_t more = std::min(needed() - held_, bytes.size());
      std::copy_n(bytes.begin(), more, hold_.begin() + static_cast<std::ptrdiff_t>(held_));
      held_ += more;
      bytes.remove_prefix(more);
      if (held_ == needed()) end_hold(judge, pass);
    }
    return !stopped_;
  }

  static constexpr std::uint8_t kPriority = 2;
  static constexpr std::uint8_t kWindowUpdate = 8;

 private:
  static constexpr std::size_t kPreface = 24;
  static constexpr std::size_t kHead = 9;

  [[nodiscard]] std::uint32_t number_at(std::size_t place) const noexcept {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < 4; ++i) out = out << 8U | static_cast<std::uint8_t>(hold_.at(place + i));
    return out;
  }
  /// Whether the gate must hold the whole frame before the frame is judged.
  [[nodiscard]] bool is_short() const noexcept {
    const std::uint32_t length = number_at(0) >> 8U;
    const auto type = static_cast<std::uint8_t>(hold_[3]);
    return (type == kWindowUpdate && length == 4) || (type == kPriority && length == 5);
  }
  [[nodiscard]] std::size_t needed() const noexcept {
    if (!begun_) return kPreface;
    return held_ < kHead || !is_short() ? kHead : kHead + (number_at(0) >> 8U);
  }

  template <class Judge, class Pass>
  void end_hold(const Judge& judge, const Pass& pass) {
    const std::string_view all(hold_.data(), held_);
    if (!begun_) {
      begun_ = true;
    } else {
      FrameHead head{.length = number_at(0) >> 8U,
                     .type = static_cast<std::uint8_t>(hold_[3]),
                     .flags = static_cast<std::uint8_t>(hold_[4]),
                     .stream = static_cast<std::int32_t>(number_at(5) & 0x7fff'ffffU)};
      if (held_ > kHead) head.number = number_at(kHead);
      const Verdict verdict = judge(head);
      stopped_ = verdict == Verdict::stop;
      if (verdict == Verdict::pass) payload_left_ = head.length - (held_ - kHead);
      if (verdict != Verdict::pass) {
        held_ = 0;
        return;
      }
    }
    held_ = 0;
    stopped_ = !pass(all);
  }

  std::array<char, kPreface> hold_{};
  std::size_t held_ = 0;
  std::size_t payload_left_ = 0;
  bool begun_ = false;  ///< the preface has been passed
  bool stopped_ = false;
};

}  // namespace faasta::http::http2
