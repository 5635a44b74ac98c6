#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "cli/client/visitors.hpp"

namespace faasta::cli {

/// Answers on the port of `faasta dev` until its server has a version: 503, and a text that says why. Then the server
/// gets the listening socket. Connections that come in between wait in the socket's queue.
class BuildNotice {
 public:
  /// `port`: 0 takes any that is free. `function`: its name, for the text.
  [[nodiscard]] static Result<std::unique_ptr<BuildNotice>> start(int port, std::string function);
  BuildNotice(const BuildNotice&) = delete;
  BuildNotice& operator=(const BuildNotice&) = delete;
  ~BuildNotice();

  [[nodiscard]] int port() const noexcept { return visitors_.port(); }
  /// Ends the answers, and returns the socket that listens. This object still owns it.
  [[nodiscard]] int hand_over();
  /// Says that the last build failed, or that another one runs.
  void set_failed(bool failed) noexcept { failed_ = failed; }

 private:
  BuildNotice(Visitors visitors, std::string function);
  void answer();

  Visitors visitors_;
  const std::string function_;
  std::atomic<bool> failed_{false};
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

}  // namespace faasta::cli
