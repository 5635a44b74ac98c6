#include "http/http2/session.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "http/http2/limits.hpp"

namespace faasta::http::http2 {
namespace {

std::string_view text(const std::uint8_t* bytes, std::size_t length) {
  return {reinterpret_cast<const char*>(bytes), length};
}

bool is_request(const nghttp2_frame& frame) {
  return frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST;
}

/// The session keeps a list of the streams that it has reset last. The list has at most this many streams.
constexpr std::size_t kRemembered = 128;

void must(int result) {
  if (result == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
}

}  // namespace

/// The functions that nghttp2 calls. `user` is the Session.
struct Callbacks {
  static Session& session_of(void* user) { return *static_cast<Session*>(user); }

  static int begin_headers(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
    if (!is_request(*frame)) return 0;
    Session& self = session_of(user);
    self.last_request_ = frame->hd.stream_id;
    const auto refusal = self.events_.on_request(frame->hd.stream_id);
    if (!refusal) return 0;
    self.refuse(frame->hd.stream_id, NGHTTP2_REFUSED_STREAM, *refusal);
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static int header(nghttp2_session* /*session*/, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_length, const std::uint8_t* value, std::size_t value_length,
                    std::uint8_t /*flags*/, void* user) {
    Session& self = session_of(user);
    if (self.events_.on_field(frame->hd.stream_id, text(name, name_length), text(value, value_length))) return 0;
    self.abuse(Refusal::head_flood);
    return NGHTTP2_ERR_CALLBACK_FAILURE;  // nghttp2 reads nothing more, also not the rest of this head
  }

  /// RFC 9113 section 8.2.1: a forbidden byte in a field makes the request malformed.
  static int invalid_header(nghttp2_session* /*session*/, const nghttp2_frame* /*frame*/, const std::uint8_t* /*name*/,
                            std::size_t /*name_length*/, const std::uint8_t* /*value*/, std::size_t /*value_length*/,
                            std::uint8_t /*flags*/, void* /*user*/) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static int frame_received(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
    Session& self = session_of(user);
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        if (is_request(*frame)) self.events_.on_head_end(frame->hd.stream_id, !ends);
        if (ends) self.events_.on_body_end(frame->hd.stream_id);
        break;
      case NGHTTP2_DATA:
        if (ends) {
          self.events_.on_body_end(frame->hd.stream_id);
        } else if (frame->hd.length == 0) {
          self.count(self.idle_frames_, kIdleFrames, Refusal::idle_frames);
        }
        break;
      case NGHTTP2_SETTINGS:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
          self.acknowledged_ = true;
        } else {
          self.count(self.idle_frames_, kIdleFrames, Refusal::idle_frames);
        }
        break;
      case NGHTTP2_RST_STREAM:
        self.count(self.client_resets_, kResets, Refusal::client_resets);
        break;
      case NGHTTP2_PING:
      case NGHTTP2_PRIORITY_UPDATE:
        self.count(self.idle_frames_, kIdleFrames, Refusal::idle_frames);
        break;
      default:
        break;
    }
    return 0;
  }

  static int frame_sent(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
    const bool content = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (content && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
      session_of(user).events_.on_answer_sent(frame->hd.stream_id);
    Session& self = session_of(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) self.note_goaway(frame->goaway.error_code, frame->goaway.opaque_data_len > 0);
    if (frame->hd.type != NGHTTP2_RST_STREAM) return 0;
    if (self.reset_.size() < kRemembered) {
      self.reset_.push_back(frame->hd.stream_id);
    } else {
      self.reset_[self.next_reset_++ % kRemembered] = frame->hd.stream_id;
    }
    if (std::erase(self.excused_, frame->hd.stream_id) > 0) return 0;
    const std::uint32_t code = frame->rst_stream.error_code;
    if (code == NGHTTP2_REFUSED_STREAM) self.refusals_.add(Refusal::streams);
    // The client is not the cause of a reset with one of these codes: the handler failed, or answered without reading
    // the whole body.
    if (code == NGHTTP2_INTERNAL_ERROR || code == NGHTTP2_NO_ERROR) return 0;
    self.count(self.own_resets_, kOwnResets, Refusal::own_resets);
    return 0;
  }

  static int data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, StreamId id, const std::uint8_t* bytes,
                  std::size_t length, void* user) {
    session_of(user).events_.on_body(id, text(bytes, length));
    return 0;
  }

  static int closed(nghttp2_session* /*session*/, StreamId id, std::uint32_t /*code*/, void* user) {
    session_of(user).events_.on_close(id);
    return 0;
  }

  static nghttp2_ssize read_output(nghttp2_session* session, StreamId id, std::uint8_t* into, std::size_t length,
                                   std::uint32_t* flags, nghttp2_data_source* /*source*/, void* user) {
    const OutputPart part = session_of(user).events_.take_output(id, {into, length});
    if (part.bytes == 0 && !part.ended) return NGHTTP2_ERR_DEFERRED;
    if (part.ended) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!part.trailers.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        must(nghttp2_submit_trailer(session, id, part.trailers.data(), part.trailers.size()));
      }
    }
    return static_cast<nghttp2_ssize>(part.bytes);
  }

  static nghttp2_session_callbacks* all() {
    static nghttp2_session_callbacks* const kCallbacks = [] {
      nghttp2_session_callbacks* made = nullptr;
      must(nghttp2_session_callbacks_new(&made));
      nghttp2_session_callbacks_set_on_begin_headers_callback(made, begin_headers);
      nghttp2_session_callbacks_set_on_header_callback(made, header);
      nghttp2_session_callbacks_set_on_invalid_header_callback(made, invalid_header);
      nghttp2_session_callbacks_set_on_frame_recv_callback(made, frame_received);
      nghttp2_session_callbacks_set_on_frame_send_callback(made, frame_sent);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, data);
      nghttp2_session_callbacks_set_on_stream_close_callback(made, closed);
      return made;
    }();
    return kCallbacks;
  }

  static nghttp2_option* options() {
    static nghttp2_option* const kOptions = [] {
      nghttp2_option* made = nullptr;
      must(nghttp2_option_new(&made));
      nghttp2_option_set_no_auto_window_update(made, 1);
      nghttp2_option_set_glitch_rate_limit(made, kGlitchBurst, kGlitchRate);
      nghttp2_option_set_max_continuations(made, kContinuations);
      nghttp2_option_set_max_settings(made, kSettings);
      nghttp2_option_set_max_outbound_ack(made, kUnwrittenAcks);
      nghttp2_option_set_max_deflate_dynamic_table_size(made, kTable);
      nghttp2_option_set_max_send_header_block_length(made, kAnswerHead);
      nghttp2_option_set_builtin_recv_extension_type(made, NGHTTP2_PRIORITY_UPDATE);
      return made;
    }();
    return kOptions;
  }
};

Session::Session(SessionEvents& events, RefusalCounts& refusals)
    : events_(events),
      refusals_(refusals),
      idle_frames_(kIdleFrames, std::chrono::steady_clock::now()),
      client_resets_(kResets, std::chrono::steady_clock::now()),
      own_resets_(kOwnResets, std::chrono::steady_clock::now()) {
  nghttp2_session* made = nullptr;
  must(nghttp2_session_server_new2(&made, Callbacks::all(), this, Callbacks::options()));
  session_.reset(made);
  constexpr auto kOurs = std::to_array<nghttp2_settings_entry>({
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kStreams},
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, kTable},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 64U << 10U},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  });
  must(nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, kOurs.data(), kOurs.size()));
  must(nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, kConnectionWindow));
}

/// Marks the time in which nghttp2 runs and calls events.
class Session::Inside {
 public:
  explicit Inside(Session& session) : session_(session) { session_.inside_ = true; }
  ~Inside() { session_.inside_ = false; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  Session& session_;
};

bool Session::receive(std::string_view bytes) {
  const Inside inside(*this);
  const auto pass = [this](std::string_view part) {
    const nghttp2_ssize taken =
        nghttp2_session_mem_recv2(session_.get(), reinterpret_cast<const std::uint8_t*>(part.data()), part.size());
    if (taken < 0) fail(static_cast<int>(taken));
    return taken >= 0 && static_cast<std::size_t>(taken) == part.size();
  };
  return gate_.take(bytes, [this](const FrameHead& frame) { return judge(frame); }, pass);
}

FrameGate::Verdict Session::end_with(ErrorCode code) {
  end(code);
  return FrameGate::Verdict::stop;
}

/// Checks the rules that nghttp2 does not check: nghttp2 keeps no closed streams, and has only some of the rules.
FrameGate::Verdict Session::judge(const FrameHead& frame) {
  using enum FrameGate::Verdict;
  constexpr std::uint32_t kIdBits = 0x7fff'ffff;
  if (frame.type == NGHTTP2_PRIORITY) {
    // RFC 9113 section 6.3; RFC 7540 section 5.3.1.
    const bool wrong = frame.stream == 0 ||
                       (frame.length == 5 && (frame.number & kIdBits) == static_cast<std::uint32_t>(frame.stream));
    if (wrong) return end_with(NGHTTP2_PROTOCOL_ERROR);
    count(idle_frames_, kIdleFrames, Refusal::idle_frames);  // nghttp2 ignores this frame and does not report it
    return pass;
  }
  const bool content = frame.type == NGHTTP2_HEADERS || frame.type == NGHTTP2_DATA;
  if (frame.stream == 0 || (!content && frame.type != NGHTTP2_WINDOW_UPDATE)) return pass;
  if (nghttp2_session_find_stream(session_.get(), frame.stream) == nullptr) {
    // RFC 9113 section 5.1, state "closed": this frame is an error.
    const bool was_open =
        content && frame.stream <= last_request_ && std::ranges::find(reset_, frame.stream) == reset_.end();
    return was_open ? end_with(NGHTTP2_STREAM_CLOSED) : pass;
  }
  if (frame.type == NGHTTP2_WINDOW_UPDATE && frame.length == 4) {
    // RFC 9113 section 6.9.1: a window that is too large is an error of the stream, and not of the connection.
    const auto window = nghttp2_session_get_stream_remote_window_size(session_.get(), frame.stream);
    if ((frame.number & kIdBits) > kIdBits - static_cast<std::uint32_t>(std::max(window, 0))) {
      reset(frame.stream, NGHTTP2_FLOW_CONTROL_ERROR);
      return drop;
    }
  }
  return pass;
}

std::string_view Session::send() {
  if (inside_) return {};
  const Inside inside(*this);
  const std::uint8_t* bytes = nullptr;
  const nghttp2_ssize length = nghttp2_session_mem_send2(session_.get(), &bytes);
  if (length <= 0) return {};
  return text(bytes, static_cast<std::size_t>(length));
}

bool Session::over() const {
  return nghttp2_session_want_read(session_.get()) == 0 && nghttp2_session_want_write(session_.get()) == 0;
}

void Session::respond(StreamId id, std::span<const nghttp2_nv> head, bool ended) {
  const nghttp2_data_provider2 body{.source = {.ptr = nullptr}, .read_callback = Callbacks::read_output};
  must(nghttp2_submit_response2(session_.get(), id, head.data(), head.size(), ended ? nullptr : &body));
}

void Session::inform(StreamId id, std::span<const nghttp2_nv> head) {
  must(nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, id, nullptr, head.data(), head.size(), nullptr));
}

void Session::resume(StreamId id) { static_cast<void>(nghttp2_session_resume_data(session_.get(), id)); }

void Session::refuse(StreamId id, ErrorCode code, Refusal refusal) {
  // A reset for another reason is counted when its frame is sent, in the same way as a reset that nghttp2 itself makes.
  if (refusal == Refusal::memory) {
    refusals_.add(refusal);
    excused_.push_back(id);
  }
  reset(id, code);
}

void Session::reset(StreamId id, ErrorCode code) {
  must(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, code));
}

void Session::taken(StreamId id, std::size_t bytes) { must(nghttp2_session_consume(session_.get(), id, bytes)); }
void Session::dropped(std::size_t bytes) { must(nghttp2_session_consume_connection(session_.get(), bytes)); }

void Session::widen(StreamId id, std::int32_t window) {
  must(nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, id, window));
}

bool Session::has_window(StreamId id) const {
  return nghttp2_session_get_stream_remote_window_size(session_.get(), id) > 0;
}

void Session::announce_end() { must(nghttp2_submit_shutdown_notice(session_.get())); }

void Session::refuse_new() {
  const StreamId last = nghttp2_session_get_last_proc_stream_id(session_.get());
  must(nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0));
}

void Session::end(ErrorCode code) { must(nghttp2_session_terminate_session(session_.get(), code)); }

void Session::end(ErrorCode code, Refusal refusal) {
  if (!std::exchange(refused_, true)) refusals_.add(refusal);
  end(code);
}

void Session::count(TokenBucket& bucket, const Rate& rate, Refusal refusal) {
  if (bucket.take(rate, std::chrono::steady_clock::now())) abuse(refusal);
}

void Session::abuse(Refusal refusal) { end(NGHTTP2_ENHANCE_YOUR_CALM, refusal); }

/// Tells the client the reason for a failure of nghttp2. After the failure, nghttp2 reads nothing more.
void Session::fail(int error) {
  switch (error) {
    case NGHTTP2_ERR_NOMEM:
      throw std::bad_alloc();
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
      return abuse(Refusal::continuations);
    case NGHTTP2_ERR_FLOODED:
      return abuse(Refusal::acks);
    default:
      end(NGHTTP2_PROTOCOL_ERROR);
  }
}

/// Counts the end of a connection if nghttp2 itself decided to end it.
void Session::note_goaway(std::uint32_t code, bool has_text) {
  if (code == NGHTTP2_NO_ERROR || std::exchange(refused_, true)) return;
  if (code != NGHTTP2_ENHANCE_YOUR_CALM) return refusals_.add(Refusal::protocol);
  // nghttp2 gives a text only if the reason is too many settings.
  refusals_.add(has_text ? Refusal::settings : Refusal::glitches);
}

}  // namespace faasta::http::http2
