#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/ids.hpp"
#include "gateway/admission.hpp"

namespace faasta::gateway {

/// The turnstiles of the functions in use. A function keeps its turnstile when it is deployed again, so calls of the
/// previous version count too. Any thread may use it.
class Turnstiles {
 public:
  /// For each function: how many calls may run at a time, and how many may wait.
  Turnstiles(std::uint32_t most, std::uint32_t most_waiting) : most_(most), most_waiting_(most_waiting) {}

  [[nodiscard]] std::shared_ptr<Turnstile> of(FunctionId function);
  /// Removes the turnstiles that no route and no call uses.
  void drop_idle();

 private:
  const std::uint32_t most_;
  const std::uint32_t most_waiting_;
  std::mutex mutex_;
  std::unordered_map<FunctionId, std::weak_ptr<Turnstile>> turnstiles_;
};

}  // namespace faasta::gateway
