#pragma once

#include <atomic>
#include <utility>

namespace faasta {

/// Something that waits and can be woken from any thread. Counted, since those who wake it may outlive who waits.
// Destroyed by release() alone, so the destructor is nobody's to call.
class Wakeable {  // NOLINT(cppcoreguidelines-virtual-class-destructor)
 public:
  Wakeable() = default;
  Wakeable(const Wakeable&) = delete;
  Wakeable& operator=(const Wakeable&) = delete;

  /// Any thread. Wakes that come before the next wait count as one.
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

/// One count of a Wakeable, or of a type made from it.
// Its one assignment takes by value, and so both copies and moves.
template <class T = Wakeable>
class WakeRef {  // NOLINT(cppcoreguidelines-special-member-functions)
 public:
  WakeRef() = default;
  /// Takes over the count that `object` was made with.
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
