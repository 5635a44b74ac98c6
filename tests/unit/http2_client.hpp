#pragma once
// A client of HTTP/2 in memory: an nghttp2 session. The test passes its bytes to the server, and the server's bytes
// back.

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/field.hpp"

namespace faasta::test {

class Http2Client {
 public:
  /// One request and its answer.
  struct Stream {
    int status = 0;
    std::vector<int> interim;  ///< statuses of 1xx
    std::vector<Field> fields;
    std::vector<Field> trailers;
    std::string body;
    bool head_ended_it = false;  ///< END_STREAM came with the head
    bool ended = false;          ///< END_STREAM has come
    std::optional<std::uint32_t> reset;
    std::size_t window_given = 0;  ///< WINDOW_UPDATE of the server, in bytes

    // The body of the request.
    std::string to_send;
    bool sends_more = false;
    std::vector<Field> send_trailers;
  };
  struct Options {
    std::optional<std::uint32_t> window;  ///< SETTINGS_INITIAL_WINDOW_SIZE
    bool gives_credit = true;             ///< sends WINDOW_UPDATE for the bytes that it received
  };

  explicit Http2Client(const Options& options) {
    nghttp2_session_callbacks* made = nullptr;
    nghttp2_session_callbacks_new(&made);
    const std::unique_ptr<nghttp2_session_callbacks, void (*)(nghttp2_session_callbacks*)> callbacks(
        made, nghttp2_session_callbacks_del);
    nghttp2_session_callbacks_set_on_header_callback(made, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, on_head);
    nghttp2_option* chosen = nullptr;
    nghttp2_option_new(&chosen);
    const std::unique_ptr<nghttp2_option, void (*)(nghttp2_option*)> option(chosen, nghttp2_option_del);
    if (!options.gives_credit) nghttp2_option_set_no_auto_window_update(chosen, 1);
    nghttp2_option_set_no_http_messaging(chosen, 1);  // a test may send invalid requests
    constexpr std::size_t kLargestHead = 1U << 20U;
    nghttp2_option_set_max_send_header_block_length(chosen, kLargestHead);
    nghttp2_session* session = nullptr;
    nghttp2_session_client_new2(&session, made, this, chosen);
    session_.reset(session);
    std::vector<nghttp2_settings_entry> settings;
    if (options.window) settings.push_back({NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, *options.window});
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  }

  static std::vector<Field> get(std::string path = "/", std::string method = "GET") {
    return {{":method", std::move(method)}, {":scheme", "http"}, {":path", std::move(path)}, {":authority", "x"}};
  }

  /// Begins a request without a body.
  std::int32_t ask(const std::vector<Field>& head) {
    const auto list = values(head);
    const auto id = nghttp2_submit_request2(session_.get(), nullptr, list.data(), list.size(), nullptr, nullptr);
    streams[id];
    return id;
  }
  std::int32_t ask(std::string path = "/") { return ask(get(std::move(path))); }
  /// Begins a request with a body. `whole`: the body ends after these bytes.
  std::int32_t post(const std::vector<Field>& head, std::string body, bool whole, std::vector<Field> trailers = {}) {
    const auto list = values(head);
    const nghttp2_data_provider2 source{.source = {.ptr = nullptr}, .read_callback = read_body};
    const auto id = nghttp2_submit_request2(session_.get(), nullptr, list.data(), list.size(), &source, nullptr);
    Stream& stream = streams[id];
    stream.to_send = std::move(body);
    stream.sends_more = !whole;
    stream.send_trailers = std::move(trailers);
    return id;
  }
  void send_more(std::int32_t id, std::string_view body, bool whole) {
    streams[id].to_send += body;
    streams[id].sends_more = !whole;
    nghttp2_session_resume_data(session_.get(), id);
  }
  void reset(std::int32_t id, std::uint32_t code = NGHTTP2_CANCEL) {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, code);
  }
  void give_window(std::int32_t id, std::int32_t bytes) {
    nghttp2_submit_window_update(session_.get(), NGHTTP2_FLAG_NONE, id, bytes);
  }
  /// Sends any frame, without checks.
  void raw(std::uint8_t type, std::uint8_t flags, std::int32_t id, std::string_view payload) {
    raw_ += frame(type, flags, id, payload);
  }
  static std::string frame(std::uint8_t type, std::uint8_t flags, std::int32_t id, std::string_view payload) {
    std::string out;
    for (const int shift : {16, 8, 0}) out += static_cast<char>(payload.size() >> static_cast<unsigned>(shift));
    out += static_cast<char>(type);
    out += static_cast<char>(flags);
    for (const int shift : {24, 16, 8, 0})
      out += static_cast<char>(static_cast<std::uint32_t>(id) >> static_cast<unsigned>(shift));
    return out.append(payload);
  }

  /// The bytes to pass to the server.
  [[nodiscard]] std::string take() {
    std::string out;
    for (;;) {
      const std::uint8_t* bytes = nullptr;
      const auto length = nghttp2_session_mem_send2(session_.get(), &bytes);
      if (length <= 0) break;
      out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
    }
    return out + std::exchange(raw_, {});
  }
  /// Passes bytes of the server to the client. Returns false if they violate the protocol.
  bool receive(std::string_view bytes) {
    return nghttp2_session_mem_recv2(session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                     bytes.size()) == static_cast<nghttp2_ssize>(bytes.size());
  }

  /// The size of the table of the server's fields (RFC 7541 section 4.1), in bytes.
  [[nodiscard]] std::size_t table_size() const {
    return nghttp2_session_get_hd_inflate_dynamic_table_size(session_.get());
  }

  std::map<std::int32_t, Stream> streams;
  std::vector<std::pair<std::int32_t, std::uint32_t>> goaways;  ///< last stream, code
  std::size_t connection_window_given = 0;
  std::map<std::int32_t, std::uint32_t> settings;  ///< of the server

 private:
  static Http2Client& self(void* user) { return *static_cast<Http2Client*>(user); }
  static std::string text(const std::uint8_t* bytes, std::size_t length) {
    return {reinterpret_cast<const char*>(bytes), length};
  }
  static std::vector<nghttp2_nv> values(const std::vector<Field>& fields) {
    std::vector<nghttp2_nv> out;
    out.reserve(fields.size());
    for (const Field& field : fields) {
      out.push_back({.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(field.name.data())),
                     .value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(field.value.data())),
                     .namelen = field.name.size(),
                     .valuelen = field.value.size(),
                     .flags = NGHTTP2_NV_FLAG_NONE});
    }
    return out;
  }

  static int on_head(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Stream& stream = self(user).streams[frame->hd.stream_id];
    if (stream.status >= 200) self(user).trailers_ = true;
    return 0;
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_length,
                       const std::uint8_t* value, std::size_t value_length, std::uint8_t, void* user) {
    Stream& stream = self(user).streams[frame->hd.stream_id];
    Field field{text(name, name_length), text(value, value_length)};
    if (field.name == ":status") {
      const int status = std::stoi(field.value);
      status < 200 ? stream.interim.push_back(status) : static_cast<void>(stream.status = status);
    } else {
      (self(user).trailers_ ? stream.trailers : stream.fields).push_back(std::move(field));
    }
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t length,
                     void* user) {
    self(user).streams[id].body += text(bytes, length);
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Client& client = self(user);
    client.trailers_ = false;
    const std::int32_t id = frame->hd.stream_id;
    const bool content = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (content && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      client.streams[id].ended = true;
      client.streams[id].head_ended_it = frame->hd.type == NGHTTP2_HEADERS && client.streams[id].trailers.empty();
    }
    if (frame->hd.type == NGHTTP2_RST_STREAM) client.streams[id].reset = frame->rst_stream.error_code;
    if (frame->hd.type == NGHTTP2_GOAWAY)
      client.goaways.emplace_back(frame->goaway.last_stream_id, frame->goaway.error_code);
    if (frame->hd.type == NGHTTP2_WINDOW_UPDATE) {
      const auto bytes = static_cast<std::size_t>(frame->window_update.window_size_increment);
      (id == 0 ? client.connection_window_given : client.streams[id].window_given) += bytes;
    }
    if (frame->hd.type == NGHTTP2_SETTINGS) {
      for (std::size_t i = 0; i < frame->settings.niv; ++i)
        client.settings[frame->settings.iv[i].settings_id] = frame->settings.iv[i].value;
    }
    return 0;
  }
  static nghttp2_ssize read_body(nghttp2_session* session, std::int32_t id, std::uint8_t* into, std::size_t length,
                                 std::uint32_t* flags, nghttp2_data_source*, void* user) {
    Stream& stream = self(user).streams[id];
    const std::size_t bytes = std::min(length, stream.to_send.size());
    std::copy_n(stream.to_send.begin(), bytes, into);
    stream.to_send.erase(0, bytes);
    if (!stream.to_send.empty()) return static_cast<nghttp2_ssize>(bytes);
    if (stream.sends_more) return bytes > 0 ? static_cast<nghttp2_ssize>(bytes) : NGHTTP2_ERR_DEFERRED;
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!stream.send_trailers.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto list = values(stream.send_trailers);
      nghttp2_submit_trailer(session, id, list.data(), list.size());
    }
    return static_cast<nghttp2_ssize>(bytes);
  }

  std::unique_ptr<nghttp2_session, void (*)(nghttp2_session*)> session_{nullptr, nghttp2_session_del};
  std::string raw_;
  bool trailers_ = false;  ///< the fields that arrive now are trailers
};

}  // namespace faasta::test
