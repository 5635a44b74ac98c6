#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/field.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/wakeable.hpp"
#include "engine/component.hpp"
#include "engine/environment.hpp"
#include "engine/sent_request.hpp"

struct fe_call;

namespace faasta::engine {

/// The request that the guest gets. The views are needed only until the Call is constructed.
struct CallRequest {
  std::string_view method;
  std::string_view scheme;     ///< "http" or "https"
  std::string_view authority;  ///< host and port as the client named them
  std::string_view target;     ///< path and query, or "*"
  std::span<const FieldView> fields;
  OwnerId owner{};                 ///< the owner of the function
  std::uint32_t hops = 0;          ///< how many times the request came through Faasta before
  std::string_view traceparent{};  ///< of outgoing requests to which the guest gives none; empty: none
};

/// The source of an entry in a function's log: the guest's stdout, the guest's stderr, or Faasta itself (platform).
enum class Stream : std::uint8_t { none, out, err, platform };

/// One event of a call. Views are valid until the next poll.
struct CallEvent {
  enum class Kind : std::uint8_t { pending, need_body, head, data, trailers, output, done, failed };
  Kind kind = Kind::pending;
  std::uint16_t status = 0;      ///< only for an event of kind `head`: the status of the response
  Stream stream = Stream::none;  ///< only for an event of kind `output`: the stream to which the guest wrote
  std::span<const FieldView> fields;
  std::string_view data;
  std::optional<Error> error;
};

struct CallUsage {
  std::uint64_t cpu_us = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t instantiate_us = 0;
  std::uint64_t output_lost = 0;
  std::uint32_t outbound = 0;
};

/// One request to a guest. The caller polls the call for events. Destroying the call cancels the guest. Used by one
/// thread at a time.
class Call {
 public:
  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  virtual ~Call() = default;

  /// Returns the next event. After `pending`, the waker is woken when there is another event.
  [[nodiscard]] virtual CallEvent poll() = 0;
  /// Gives the guest a part of the request's body, after `need_body`.
  virtual void feed(std::string_view chunk) = 0;
  /// Tells the guest that the request's body is complete.
  virtual void end(std::span<const FieldView> trailers) = 0;
  /// Tells the guest that the request's body ends here, although the body is incomplete.
  virtual void break_off() = 0;
  /// From now on, `waker` is woken instead of the previous waker. The caller must poll once more before it waits.
  virtual void set_waker(WakeRef<> waker) = 0;
  [[nodiscard]] virtual CallUsage usage() const = 0;
  /// Returns the first outgoing requests, at most 16, in order.
  [[nodiscard]] virtual std::vector<SentRequest> sent_requests() const = 0;

 protected:
  Call(Call&&) = default;
  Call& operator=(Call&&) = default;
};

/// A call of a component, in a fresh instance.
class GuestCall final : public Call {
 public:
  /// `waker` is woken, from any thread, when a pending call can go on.
  /// `environment` must live longer than the call.
  GuestCall(const Component& component, const CallRequest& request, const FunctionSettings& settings,
            const Environment& environment, WakeRef<> waker);

  CallEvent poll() override;
  void feed(std::string_view chunk) override;
  void end(std::span<const FieldView> trailers) override;
  void break_off() override;
  void set_waker(WakeRef<> waker) override;
  CallUsage usage() const override;
  std::vector<SentRequest> sent_requests() const override;

 private:
  struct Free {
    void operator()(fe_call* handle) const noexcept;
  };
  std::unique_ptr<fe_call, Free> handle_;
  std::vector<FieldView> fields_;
};

}  // namespace faasta::engine
