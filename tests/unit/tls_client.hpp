#pragma once
// A TLS client without a socket: its bytes are strings.

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "tls/library.hpp"

namespace faasta::test {

class TlsClient {
 public:
  struct Options {
    std::string server_name = "a.test";
    std::initializer_list<std::string_view> protocols{};
    std::uint16_t most_version = TLS1_3_VERSION;
    const char* groups = "X25519MLKEM768:X25519:P-256";
    SSL_SESSION* resumes = nullptr;
    bool early_data = false;
  };

  TlsClient() : TlsClient(Options()) {}
  explicit TlsClient(const Options& options) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), options.most_version);
    SSL_CTX_set1_groups_list(context_.get(), options.groups);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_early_data_enabled(context_.get(), options.early_data ? 1 : 0);
    SSL_CTX_sess_set_new_cb(context_.get(), [](SSL* session, SSL_SESSION* ticket) {
      static_cast<TlsClient*>(SSL_get_app_data(session))->ticket_.reset(ticket);
      return 1;
    });
    session_.reset(SSL_new(context_.get()));
    SSL_set_app_data(session_.get(), this);
    if (!options.server_name.empty()) SSL_set_tlsext_host_name(session_.get(), options.server_name.c_str());
    std::string protocols;
    for (const std::string_view name : options.protocols) {
      protocols += static_cast<char>(name.size());
      protocols += name;
    }
    SSL_set_alpn_protos(session_.get(), reinterpret_cast<const std::uint8_t*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
    if (options.resumes != nullptr) SSL_set_session(session_.get(), options.resumes);
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in_, -1);
    SSL_set_bio(session_.get(), in_, out_);
    SSL_set_connect_state(session_.get());
    step();
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// The bytes that the client wants to send.
  [[nodiscard]] std::string take() {
    std::string out;
    char part[4096];
    for (int bytes = 0; (bytes = BIO_read(out_, part, sizeof part)) > 0;)
      out.append(part, static_cast<std::size_t>(bytes));
    return out;
  }
  /// Passes bytes of the server to the client.
  void give(std::string_view bytes) {
    if (!bytes.empty()) BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
    step();
  }
  void send(std::string_view text) {
    if (SSL_write(session_.get(), text.data(), static_cast<int>(text.size())) != static_cast<int>(text.size()))
      throw std::runtime_error("SSL_write");
  }
  /// Ends the client's direction properly (close_notify).
  void end() { SSL_shutdown(session_.get()); }

  [[nodiscard]] bool done() const { return done_; }
  /// The alert or error that ended the connection; empty if there is none.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] std::string take_received() { return std::exchange(received_, {}); }
  /// Whether the server has ended its direction properly (close_notify).
  [[nodiscard]] bool saw_end() const { return (SSL_get_shutdown(session_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  [[nodiscard]] SSL_SESSION* ticket() const { return ticket_.get(); }
  [[nodiscard]] SSL* session() const { return session_.get(); }
  [[nodiscard]] std::string protocol() const {
    const std::uint8_t* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(session_.get(), &name, &length);
    return {reinterpret_cast<const char*>(name), length};
  }

 private:
  void step() {
    ERR_clear_error();
    if (!failure_.empty()) return;
    if (!done_) {
      const int result = SSL_do_handshake(session_.get());
      if (result != 1) return note(result);
      done_ = SSL_in_early_data(session_.get()) == 0;
      if (!done_) return;
    }
    char part[4096];
    int bytes = 0;
    while ((bytes = SSL_read(session_.get(), part, sizeof part)) > 0)
      received_.append(part, static_cast<std::size_t>(bytes));
    note(bytes);
  }
  void note(int result) {
    const int error = SSL_get_error(session_.get(), result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_ZERO_RETURN) return;
    failure_ = tls::take_failure();
  }

  tls::Context context_;
  std::unique_ptr<SSL_SESSION, tls::FreeWith<SSL_SESSION_free>> ticket_;
  tls::Session session_;
  BIO* in_ = nullptr;  // the session owns both
  BIO* out_ = nullptr;
  std::string received_;
  std::string failure_;
  bool done_ = false;
};

}  // namespace faasta::test
