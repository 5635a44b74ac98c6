#pragma once

#include <memory>

#include "http/connection.hpp"
#include "http/deadlines.hpp"
#include "http/doorbell.hpp"
#include "http/input.hpp"
#include "http/loop.hpp"

namespace faasta::http {

/// An unencrypted connection; its first bytes decide the protocol. It lives until its coroutine has ended and its
/// pending wait is finished.
class ProtocolChoice final : public Stoppable,
                             public HasDeadline,
                             public Yielding,
                             public std::enable_shared_from_this<ProtocolChoice> {
 public:
  ProtocolChoice(Loop& loop, Opened opened, const ConnectionOptions& options);
  ~ProtocolChoice() override = default;
  ProtocolChoice(const ProtocolChoice&) = delete;
  ProtocolChoice& operator=(const ProtocolChoice&) = delete;

  /// Reads until the first bytes decide the protocol. Returns the connection with the bytes that were read. Null if the
  /// connection ended, or if no bytes came in time. Sets `is_http2` to whether the bytes are the preface of HTTP/2 (RFC
  /// 9113 section 3.4).
  [[nodiscard]] Task<std::unique_ptr<Opened>> read(bool& is_http2);

  /// The client may have sent its first bytes already. So the wait for them goes on, but only for a short time.
  void drain() override { set_end(kDrainSilence); }
  void kill() override;
  void on_deadline() override;
  void yield() override {
    if (input_.empty()) kill();
  }

 private:
  void set_end(std::chrono::milliseconds time) {
    end_ = std::chrono::steady_clock::now() + time;
    loop_.deadlines.set(*this, end_);
  }

  Loop& loop_;
  Opened opened_;
  const ConnectionOptions& options_;
  WakeRef<Doorbell> bell_;
  Input input_;
  SteadyTime end_;  ///< the connection ends then
  bool killed_ = false;
};

}  // namespace faasta::http
