#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/field.hpp"
#include "base/token_bucket.hpp"
#include "http/http2/frame_gate.hpp"
#include "http/http2/refusals.hpp"

namespace faasta::http::http2 {

using StreamId = std::int32_t;
using ErrorCode = nghttp2_error_code;  // RFC 9113 section 7

/// The part of a body that goes into one frame.
struct OutputPart {
  std::size_t bytes = 0;
  bool ended = false;                    ///< no byte follows
  std::span<const nghttp2_nv> trailers;  ///< if `ended`; valid until the next call
};

/// Receives the events that the client's frames cause. Session::receive() and Session::send() call these functions. An
/// event may call a function of Session only if the comment of this function allows it.
class SessionEvents {
 public:
  SessionEvents() = default;
  SessionEvents(const SessionEvents&) = delete;
  SessionEvents& operator=(const SessionEvents&) = delete;
  virtual ~SessionEvents() = default;

  /// A request begins. The function returns a reason to refuse the request, or nothing. The client is allowed to send a
  /// refused request again.
  [[nodiscard]] virtual std::optional<Refusal> on_request(StreamId id) = 0;
  /// A field has arrived: a field of the head, or, after on_head_end(), a field of the trailers. The function returns
  /// false to end the connection.
  [[nodiscard]] virtual bool on_field(StreamId id, std::string_view name, std::string_view value) = 0;
  /// The head is complete. `has_body`: more frames of the stream follow.
  virtual void on_head_end(StreamId id, bool has_body) = 0;
  virtual void on_body(StreamId id, std::string_view bytes) = 0;
  /// No more body and no trailers follow.
  virtual void on_body_end(StreamId id) = 0;
  /// The last frame of the answer was sent.
  virtual void on_answer_sent(StreamId id) = 0;
  /// The stream is over: answered, or reset by either side.
  virtual void on_close(StreamId id) = 0;
  /// Copies bytes of the answer's body to `into`. If no bytes are available now and the body has not ended, the stream
  /// waits for resume().
  [[nodiscard]] virtual OutputPart take_output(StreamId id, std::span<std::uint8_t> into) = 0;
};

/// The frames and states of one HTTP/2 connection (RFC 9113). This class uses nghttp2, and adds the limits that nghttp2
/// does not enforce. It does no I/O. Used on one thread.
class Session {
 public:
  Session(SessionEvents& events, RefusalCounts& refusals);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() = default;

  /// Reads bytes of the client. False if the connection is broken: then write the frames that send() still returns, and
  /// close the connection.
  [[nodiscard]] bool receive(std::string_view bytes);
  /// Returns the next frames to send. The view is valid until the next call. Empty if there is nothing to send now, and
  /// while an event runs: nghttp2 would free the stream that it is working on. After receive(), call send().
  [[nodiscard]] std::string_view send();
  /// Whether an event runs.
  [[nodiscard]] bool inside() const noexcept { return inside_; }
  /// Whether neither side will send anything more.
  [[nodiscard]] bool over() const;

  /// Queues the head of an answer. `ended`: the answer has no body. Otherwise the session calls take_output() for the
  /// body.
  void respond(StreamId id, std::span<const nghttp2_nv> head, bool ended);
  /// Queues an interim head, with a status of 1xx.
  void inform(StreamId id, std::span<const nghttp2_nv> head);
  /// Call this when a stream has output again. An event is allowed to call this function.
  void resume(StreamId id);
  /// Ends a stream so that the client sees a failure. An event is allowed to call this function.
  void reset(StreamId id, ErrorCode code);
  /// Resets a stream for a reason that is counted. A reset for Refusal::memory does not count as a reset that the
  /// client has provoked, because another client of its network may hold the memory.
  void refuse(StreamId id, ErrorCode code, Refusal refusal);
  /// Call this when the handler has taken bytes of a body. Allows the client to send the same number of further bytes:
  /// enlarges the windows of the stream and of the connection. If the stream is over, enlarges only the connection's
  /// window.
  void taken(StreamId id, std::size_t bytes);
  /// Enlarges only the connection's window, for bytes that no handler will take.
  void dropped(std::size_t bytes);
  /// Sets the stream's window: how many bytes of a body the client may send before the handler takes them.
  void widen(StreamId id, std::int32_t window);
  /// Whether the client's window for this stream allows the server to send more of the answer. The connection's window
  /// is not checked.
  [[nodiscard]] bool has_window(StreamId id) const;
  /// Asks the client to send no more requests on this connection. Requests that are already on their way are served.
  void announce_end();
  /// From now on, refuses new requests.
  void refuse_new();
  /// Ends the connection. Give `refusal` if a limit is the reason.
  void end(ErrorCode code);
  void end(ErrorCode code, Refusal refusal);

  /// Whether the client has acknowledged our settings.
  [[nodiscard]] bool acknowledged() const noexcept { return acknowledged_; }

 private:
  friend struct Callbacks;
  class Inside;
  [[nodiscard]] FrameGate::Verdict judge(const FrameHead& frame);
  [[nodiscard]] FrameGate::Verdict end_with(ErrorCode code);
  void count(TokenBucket& bucket, const Rate& rate, Refusal refusal);
  void abuse(Refusal refusal);
  void fail(int error);
  void note_goaway(std::uint32_t code, bool has_text);

  struct Free {
    void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
  };

  SessionEvents& events_;
  RefusalCounts& refusals_;
  TokenBucket idle_frames_;
  TokenBucket client_resets_;
  TokenBucket own_resets_;
  FrameGate gate_;
  StreamId last_request_ = 0;
  std::vector<StreamId> reset_;  ///< the streams that the server reset last; the client may not know it yet
  std::size_t next_reset_ = 0;
  std::vector<StreamId> excused_;  ///< streams whose reset, which is not sent yet, does not count
  bool inside_ = false;            ///< nghttp2 runs, so this call comes from one of its events
  bool acknowledged_ = false;
  bool refused_ = false;  ///< the reason for the connection's end is already counted
  std::unique_ptr<nghttp2_session, Free> session_;
};

}  // namespace faasta::http::http2
