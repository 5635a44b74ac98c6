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

struct fe_call;

namespace faasta::engine {

/// What the guest is asked. Views are needed only while the Call is made.
struct CallRequest {
  std::string_view method;
  std::string_view scheme;     ///< "http" or "https"
  std::string_view authority;  ///< host and port as the client named them
  std::string_view target;     ///< path and query, or "*"
  std::span<const FieldView> fields;
  OwnerId owner{};         ///< of the function
  std::uint32_t hops = 0;  ///< how often the request came through Faasta before
};

/// Who writes to a function's log.
enum class Stream : std::uint8_t { none, out, err, platform };

/// What happened since the last poll. Views live until the next poll.
struct CallEvent {
  enum class Kind : std::uint8_t { pending, need_body, head, data, trailers, output, done, failed };
  Kind kind = Kind::pending;
  std::uint16_t status = 0;      ///< head: the response's
  Stream stream = Stream::none;  ///< output: whose
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

/// One request in one fresh instance, polled for events. Its destruction cancels the guest. One thread at a time.
class Call {
 public:
  /// `waker` is woken, from any thread, when a pending call can go on.
  Call(const Component& component, const CallRequest& request, const FunctionSettings& settings, WakeRef<> waker);

  [[nodiscard]] CallEvent poll();
  void feed(std::string_view chunk);
  void end(std::span<const FieldView> trailers);
  void break_off();
  /// From now on `waker` is woken. The next poll must come before the caller waits.
  void set_waker(WakeRef<> waker);
  [[nodiscard]] CallUsage usage() const;

 private:
  struct Free {
    void operator()(fe_call* handle) const noexcept;
  };
  std::unique_ptr<fe_call, Free> handle_;
  std::vector<FieldView> fields_;
};

}  // namespace faasta::engine
