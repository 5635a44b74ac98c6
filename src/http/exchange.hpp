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

/// What there is of the request body at this moment.
struct BodyPart {
  enum class Kind : std::uint8_t {
    pending,   ///< nothing yet: wait() returns when there is
    data,      ///< `data`, until the next call of body() or wait()
    end,       ///< complete; `trailers` live as long as the exchange
    broken,    ///< the client broke off, or its framing is wrong
    too_large  ///< more than the limit that was set
  };
  Kind kind = Kind::pending;
  std::string_view data;
  std::span<const Field> trailers;
};

/// One request that is being answered, whatever its protocol: HTTP/1.1, later HTTP/2, or a script in a unit test. One
/// coroutine uses it, on the thread of its loop.
///
/// The response is queued by head, data, finish; flush writes what is queued. After `abort` the client sees a broken
/// transfer. Nothing may be queued after finish or abort.
class Exchange {
 public:
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
  /// When the request began. If its head came in one read: the time of that read. If it came in several: of the last.
  [[nodiscard]] virtual SteadyTime received() const = 0;

  /// Body bytes over `most` end the body with too_large. Before the first call of body().
  virtual void limit_body(std::uint64_t most) = 0;
  /// Tells a client that waits for it (`expect: 100-continue`) to send the body. Before the head of the response.
  virtual void accept_body() = 0;
  /// The next part of the body; accepts it, if that was not done.
  [[nodiscard]] virtual BodyPart body() = 0;

  /// Fields of one connection are left out here whatever the handler says. Status 200 to 599.
  virtual void head(std::uint16_t status, std::span<const FieldView> fields) = 0;
  virtual void data(std::string_view bytes) = 0;
  virtual void finish(std::span<const FieldView> trailers) = 0;
  virtual void abort() = 0;
  /// Takes back a response of which no byte was written, so that another can be given. False if some was.
  [[nodiscard]] virtual bool take_back() = 0;

  [[nodiscard]] virtual bool head_sent() const = 0;
  [[nodiscard]] virtual bool ended() const = 0;  ///< finished or aborted
  /// By the handler, or because the body was not as long as its content-length.
  [[nodiscard]] virtual bool aborted() const = 0;
  /// Bytes that are queued and not written.
  [[nodiscard]] virtual std::size_t queued() const = 0;
  [[nodiscard]] virtual std::uint64_t body_bytes_sent() const = 0;

  /// Writes what is queued. False if the client is gone or the deadline has passed.
  [[nodiscard]] virtual Task<bool> flush() = 0;
  /// Writes what is queued of a finished response soon: with the other answers of the loop, but before it waits.
  virtual void flush_soon() = 0;
  /// Until the waker is woken, body arrives, the client goes, or the deadline passes.
  [[nodiscard]] virtual Task<> wait() = 0;
  /// Goes on when the loop has nothing else to do: for a call that has had more than its share of it.
  [[nodiscard]] virtual Task<> step_back() = 0;
  /// What wakes wait(). May be woken from any thread and outlive the exchange.
  [[nodiscard]] virtual WakeRef<> waker() = 0;
  /// What work waits on that goes on when the exchange is over.
  [[nodiscard]] virtual std::unique_ptr<LoopWaiter> outlive() = 0;

  [[nodiscard]] virtual bool client_gone() const = 0;
  /// The server is stopping: an answer without end should end now. wait() returns when this becomes true.
  [[nodiscard]] virtual bool draining() const = 0;
  /// When to stop waiting; checked to about 20 ms.
  virtual void set_deadline(SteadyTime deadline) = 0;
  [[nodiscard]] virtual bool deadline_passed() const = 0;
};

}  // namespace faasta::http
