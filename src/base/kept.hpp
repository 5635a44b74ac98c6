#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace faasta {

/// An optional object on the heap. Its memory stays allocated for the next object, until release() frees it. Use this
/// for an object that its owner creates again and again. While the owner is idle, call release(), so that the object
/// uses no memory.
template <class T>
class Kept {
 public:
  template <class... Arguments>
  T& emplace(Arguments&&... arguments) {
    if (!place_) place_ = std::make_unique<std::optional<T>>();
    return place_->emplace(std::forward<Arguments>(arguments)...);
  }
  /// Destroys the object.
  void reset() noexcept {
    if (place_) place_->reset();
  }
  /// Destroys the object and frees its memory.
  void release() noexcept { place_.reset(); }

  explicit operator bool() const noexcept { return place_ && place_->has_value(); }
  T* operator->() noexcept { return &**place_; }
  T& operator*() noexcept { return **place_; }

 private:
  std::unique_ptr<std::optional<T>> place_;
};

}  // namespace faasta
