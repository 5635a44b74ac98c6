#pragma once

#include <atomic>
#include <utility>

namespace faasta {

/// An object that waits and can be woken from any thread. The object counts its references, because the code that wakes
/// it can live longer than the coroutine that waits.
// Only release() destroys it, so the destructor is protected.
class Wakeable {  // NOLINT(cppcoreguidelines-virtual-class-destructor)
 public:
  Wakeable() = default;
  Wakeable(const Wakeable&) = delete;
  Wakeable& operator=(const Wakeable&) = delete;

  /// Any thread may call this function. Several calls before the next wait wake the object once.
  virtual void wake() noexcept = 0;

  void retain() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 protected:
  virtual ~Wakeable() = default;

 private:
  std::atomic<int> count_{1};
};

/// A reference to a Wakeable, or to a type derived from it.
// The one assignment operator takes its argument by value, so it both copies and moves.
template <class T = Wakeable>
class WakeRef {  // NOLINT(cppcoreguidelines-special-member-functions)
 public:
  WakeRef() = default;
  /// Makes a WakeRef that owns the reference with which `object` was created.
  static WakeRef adopt(T* object) noexcept { return WakeRef(object); }
  WakeRef(const WakeRef& other) noexcept : object_(other.object_) {
    if (object_ != nullptr) object_->retain();
  }
  WakeRef(WakeRef&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class U>
  WakeRef(const WakeRef<U>& other) noexcept : object_(other.get()) {  // NOLINT(google-explicit-constructor): upcast
    if (object_ != nullptr) object_->retain();
  }
  WakeRef& operator=(WakeRef other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~WakeRef() {
    if (object_ != nullptr) object_->release();
  }

  [[nodiscard]] T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  explicit WakeRef(T* object) noexcept : object_(object) {}
  T* object_ = nullptr;
};

}  // namespace faasta
