#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/ids.hpp"
#include "gateway/admission.hpp"

namespace faasta::gateway {

/// The turnstiles of the functions in use. A function keeps its turnstile over a deploy, so calls of the version before
/// count too. Any thread.
class Turnstiles {
 public:
  /// For each function: calls at once, and calls that may wait.
  Turnstiles(std::uint32_t most, std::uint32_t most_waiting) : most_(most), most_waiting_(most_waiting) {}

  [[nodiscard]] std::shared_ptr<Turnstile> of(FunctionId function);
  /// Forgets the turnstiles that nobody holds.
  void drop_idle();

 private:
  const std::uint32_t most_;
  const std::uint32_t most_waiting_;
  std::mutex mutex_;
  std::unordered_map<FunctionId, std::weak_ptr<Turnstile>> turnstiles_;
};

}  // namespace faasta::gateway
