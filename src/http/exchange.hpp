#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/field.hpp"
#include "base/wakeable.hpp"
#include "http/client.hpp"
#include "http/loop_waiter.hpp"
#include "http/request.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// The next part of the request body, or the reason why no part is available now.
struct BodyPart {
  enum class Kind : std::uint8_t {
    pending,   ///< no part has arrived yet; wait() returns when one arrives
    data,      ///< `data` has bytes; they are valid until the next call of body() or wait(), in any thread
    end,       ///< the body is complete; `trailers` live as long as the exchange
    broken,    ///< the client is gone, or the framing of the body is wrong
    too_large  ///< the body is longer than limit_body() allows
  };
  Kind kind = Kind::pending;
  std::string_view data;
  std::span<const Field> trailers;
};

/// One request that is being answered, for any protocol. HTTP/1.1, HTTP/2 and a script for unit tests implement it. One
/// coroutine uses it, on the thread of its loop.
///
/// head(), data() and finish() queue the response; flush() writes it. After abort() the client sees a broken transfer.
/// Nothing may be queued after finish() or abort().
class Exchange {
 public:
  /// When this many bytes of a response are queued, the handler should wait. The number is the size of two of a guest's
  /// largest writes. With a smaller number the socket would get more writes. Each write may wake the client, and that
  /// costs more than copying. More bytes would not fit into the processor's cache.
  static constexpr std::size_t kMostQueued = 128U << 10U;

  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange() = default;

  [[nodiscard]] virtual const RequestHead& request() const = 0;
  [[nodiscard]] virtual const Client& client() const = 0;
  [[nodiscard]] std::string_view client_address() const { return client().address; }
  /// How the client reaches the server: "http" or "https".
  [[nodiscard]] std::string_view scheme() const { return client().scheme; }
  [[nodiscard]] virtual std::string_view request_id() const = 0;
  /// The start of the request. In HTTP/1.1, it is the time when the head was complete. In HTTP/2, it is the time when
  /// the head began.
  [[nodiscard]] virtual SteadyTime received() const = 0;

  /// Limits the request body: for a longer body than `most` bytes, body() returns too_large. Call this before body().
  virtual void limit_body(std::uint64_t most) = 0;
  /// Tells a client that sent `expect: 100-continue` to send the body. Call this before head().
  virtual void accept_body() = 0;
  /// Returns the next part of the body. Calls accept_body() first if the handler did not call it.
  [[nodiscard]] virtual BodyPart body() = 0;

  /// Queues the head of the response. Hop-by-hop fields are left out, even if the handler gives them. Status 200 to
  /// 599.
  virtual void head(std::uint16_t status, std::span<const FieldView> fields) = 0;
  virtual void data(std::string_view bytes) = 0;
  virtual void finish(std::span<const FieldView> trailers) = 0;
  virtual void abort() = 0;
  /// Removes the queued response, so that another response can be queued. False if a byte of the response is already
  /// written.
  [[nodiscard]] virtual bool take_back() = 0;

  [[nodiscard]] virtual bool head_sent() const = 0;
  [[nodiscard]] virtual bool ended() const = 0;  ///< finished or aborted
  /// Whether the handler has called abort(), or the response body differs from its content-length.
  [[nodiscard]] virtual bool aborted() const = 0;
  /// Bytes that are queued and not yet written.
  [[nodiscard]] virtual std::size_t queued() const = 0;
  /// How many more bytes of the body the handler should give to data() now. The result is 0 only while bytes are
  /// queued: then await flush(). data() accepts more bytes, but they stay in memory if the client reads slowly.
  [[nodiscard]] virtual std::size_t room() const = 0;
  [[nodiscard]] virtual std::uint64_t body_bytes_sent() const = 0;

  /// Writes the queued bytes. False if the client is gone or the deadline has passed.
  [[nodiscard]] virtual Task<bool> flush() = 0;
  /// Call this after finish(). The queued bytes are written soon, together with the other answers of the loop.
  virtual void flush_soon() = 0;
  /// Returns when the waker is woken, bytes of the body arrive, the client goes away, or the deadline passes.
  [[nodiscard]] virtual Task<> wait() = 0;
  /// The queue of the calls on this loop. A handler asks it before it computes for an owner.
  [[nodiscard]] virtual RunQueue& run_queue() = 0;
  /// Waits in the line of the owner, until the call may compute. The server sees meanwhile whether the client leaves.
  [[nodiscard]] virtual Task<> wait_turn(OwnerId owner, RunQueue::Line line) = 0;
  /// Returns the waker that ends wait(). Any thread may use the waker, even after the exchange has ended.
  [[nodiscard]] virtual WakeRef<> waker() = 0;
  /// Makes a waiter for work that goes on after the exchange has ended.
  [[nodiscard]] virtual std::unique_ptr<LoopWaiter> outlive() = 0;

  [[nodiscard]] virtual bool client_gone() const = 0;
  /// Whether the server is stopping. Then an endless answer should end now. wait() returns when the server begins to
  /// stop.
  [[nodiscard]] virtual bool draining() const = 0;
  /// Sets the time at which wait() and flush() stop waiting. The time is checked every 20 ms.
  virtual void set_deadline(SteadyTime deadline) = 0;
  [[nodiscard]] virtual bool deadline_passed() const = 0;
};

}  // namespace faasta::http
