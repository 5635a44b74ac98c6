#pragma once

#include <memory>

#include "http/connection.hpp"
#include "http/deadlines.hpp"
#include "http/doorbell.hpp"
#include "http/input.hpp"
#include "http/loop.hpp"

namespace faasta::http {

/// A connection whose PROXY header is not read yet. The header names the client. This object lives until its coroutine
/// has ended and its pending read is finished.
class ProxyPreamble final : public Stoppable, public HasDeadline, public std::enable_shared_from_this<ProxyPreamble> {
 public:
  ProxyPreamble(Loop& loop, Opened opened, const ConnectionOptions& options);
  ~ProxyPreamble() override = default;
  ProxyPreamble(const ProxyPreamble&) = delete;
  ProxyPreamble& operator=(const ProxyPreamble&) = delete;

  /// Returns the connection after its header. Null if the peer is not trusted to send a header, if it sent something
  /// else, or if no complete header came in time. Then `refused` becomes true, with one exception: the peer left
  /// without sending a byte, as a health check does.
  [[nodiscard]] Task<std::unique_ptr<Opened>> read(bool& refused);

  /// The proxy may have sent the header already. So the wait for the header goes on, but only for a short time.
  void drain() override { loop_.deadlines.set(*this, std::chrono::steady_clock::now() + kDrainSilence); }
  void kill() override;
  void on_deadline() override;

 private:
  [[nodiscard]] Task<std::unique_ptr<Opened>> read_header(bool& refused);

  Loop& loop_;
  Opened opened_;
  const ConnectionOptions& options_;
  WakeRef<Doorbell> bell_;
  Input input_;
  bool deadline_passed_ = false;
};

}  // namespace faasta::http
