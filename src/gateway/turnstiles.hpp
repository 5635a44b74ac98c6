#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/ids.hpp"
#include "gateway/admission.hpp"

namespace faasta::gateway {

/// Holds the turnstile of each function that is in use. A function keeps its turnstile when it is deployed again, so
/// running calls of the previous version also count. Any thread may use it.
class Turnstiles {
 public:
  /// `most`: how many calls of each function may run at a time. `most_waiting`: how many calls of each function may
  /// wait.
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
